# syntax=docker/dockerfile:1
# Two images: `kestra` (the default target, at the end) and `backup`. docs/production.md says how they are built.

# An image is named by its version, and held by its digest when one is given:
#   docker buildx imagetools inspect kestra/kestra:v2.0.7 --format '{{json .Manifest.Digest}}'
ARG KESTRA_VERSION=v2.0.7
ARG KESTRA_DIGEST=
ARG POSTGRES_IMAGE=postgres:18-trixie
# Owner of the secrets' files on the server, as numbers; the official image's own user is 1000:1000.
ARG RUN_AS=1000:1000

# --- The tasks' packages, made by the Python and the uv that the official image brings ---------------------------------
FROM kestra/kestra:${KESTRA_VERSION}${KESTRA_DIGEST:+@${KESTRA_DIGEST}} AS venv
# Root only here, in a stage of which nothing but the venv goes on.
# hadolint ignore=DL3002
USER 0:0
# The system's interpreter: the final image has the same one at the same place, so that the venv's link to it holds.
ARG PYTHON=/usr/bin/python3
ARG VENV=/opt/opsflows/venv
WORKDIR /build
COPY requirements-image.lock ./
RUN "$PYTHON" -c 'import sys; sys.exit("Python 3.11 or newer is needed: take a Kestra image that is not -slim." \
        if sys.version_info < (3, 11) else 0)' \
    && "$PYTHON" -m venv --without-pip "$VENV"
# Wheels only, so no compiler is asked for; compiled now, because the tasks' user may not write there later.
# hadolint ignore=DL3059
RUN uv pip sync --no-cache --require-hashes --only-binary :all: --link-mode copy --compile-bytecode \
        --python "$VENV/bin/python" requirements-image.lock
# The models, the font and every native library of the wheels load on this base, or the build ends here.
COPY deploy/docker/check_packages.py ./
RUN "$VENV/bin/python" -I check_packages.py

# --- Backups: PostgreSQL's own tools of the server's version, and what tools.backup imports ----------------------------
# The tag stands in POSTGRES_IMAGE, where hadolint does not look.
# hadolint ignore=DL3006
FROM ${POSTGRES_IMAGE} AS backup
ARG RUN_AS
# No versions: Debian keeps one at a time of each.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-psycopg2 \
    && rm -rf /var/lib/apt/lists/* \
    # A new volume takes the owner of the folder that it is mounted on.
    && mkdir /backups /scratch /storage \
    && chown "$RUN_AS" /backups /scratch /storage \
    && chmod 0700 /backups /scratch /storage
ENV PYTHONPATH=/opt/opsflows/lib PYTHONDONTWRITEBYTECODE=1
COPY tools/__init__.py /opt/opsflows/lib/tools/
COPY tools/backup /opt/opsflows/lib/tools/backup
# As Kestra, so that what is restored into its storage belongs to it.
USER ${RUN_AS}
ENTRYPOINT ["python3", "-m", "tools.backup"]
CMD ["--help"]

# --- Kestra ------------------------------------------------------------------------------------------------------------
FROM kestra/kestra:${KESTRA_VERSION}${KESTRA_DIGEST:+@${KESTRA_DIGEST}} AS kestra
ARG RUN_AS
ARG KESTRA_VERSION
ARG VERSION=development
ARG REVISION=unknown
LABEL org.opencontainers.image.title="opsflows" \
      org.opencontainers.image.description="Kestra with the Python packages of opsflows' tasks" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/kestra/kestra:${KESTRA_VERSION}"
USER 0:0
RUN case "$RUN_AS" in 0 | 0:* | root*) echo "RUN_AS is root. Name the user who owns secrets/ in .env." >&2; exit 1 ;; esac \
    # Nothing that installs packages stays: no task may change what it runs on.
    && rm -f /bin/uv /bin/uvx \
    # A new volume takes the owner of the folder that it is mounted on.
    && mkdir -p /app/storage \
    && chown "$RUN_AS" /app/storage \
    && chmod 0700 /app/storage
COPY --from=venv /opt/opsflows/venv /opt/opsflows/venv
COPY deploy/docker/entrypoint.py /opt/opsflows/lib/
COPY tools/__init__.py /opt/opsflows/lib/tools/
COPY tools/secrets/__init__.py tools/secrets/catalogue.py tools/secrets/files.py tools/secrets/rules.py \
     /opt/opsflows/lib/tools/secrets/
# The web console, which runs from this image too.
COPY console /opt/opsflows/lib/console
COPY scripts /opt/opsflows/lib/scripts
COPY namespace_files /opt/opsflows/lib/namespace_files
COPY application.yaml deploy/docker/logback.xml /opt/opsflows/
# The tasks' `python` is the venv's. Compiled files are written nowhere: a release's scripts are read once a task.
ENV PATH=/opt/opsflows/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER ${RUN_AS}
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=3m --retries=4 \
    CMD ["curl", "--fail", "--silent", "--show-error", "--max-time", "4", "--output", "/dev/null", "http://127.0.0.1:8081/health"]
ENTRYPOINT ["/opt/opsflows/venv/bin/python", "/opt/opsflows/lib/entrypoint.py", "docker-entrypoint.sh"]
CMD ["server", "standalone", "--config", "/opt/opsflows/application.yaml"]
