# ruff: noqa: INP001 a command, not a package
"""The first process of the Kestra container: secrets from files into the environment, or a refusal to start.

    entrypoint.py [--secrets /run/secrets] [--pgpass /tmp/pgpass] docker-entrypoint.sh server standalone …

Each file of the folder is one secret. Those of the flows become `SECRET_<NAME>` in base64, as Kestra's `secret()`
wants them; an optional one that is not there becomes blank, because Kestra cannot render one that does not exist.
Kestra's own keep their names, which application.yaml mentions. The business database's password goes into a pgpass
file, so that OPSFLOWS_PG_DSN holds none. Only the standard library is used. No value is ever printed.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit

from tools.secrets import catalogue, files, rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONFIGURATION_ERROR: Final = 78  # EX_CONFIG of sysexits.h
# What application.yaml mentions; a test keeps the two equal.
PLATFORM: Final = ("KESTRA_ADMIN_PASSWORD", "KESTRA_DB_PASSWORD", "KESTRA_ENCRYPTION_KEY")
BUSINESS_DATABASE: Final = "OPSFLOWS_DB_PASSWORD"
# Kestra's own rule. With a name that breaks it, Kestra starts and lets whoever comes first set up the administrator.
_EMAIL: Final = re.compile(r"[a-zA-Z0-9_!#$%&'*+/=?`{|}~^.-]+@[a-zA-Z0-9.-]+")


class StartError(RuntimeError):
    """The container must not start; the message has a line for each reason, with the next action."""


def main(arguments: Sequence[str]) -> None:
    """Become the command, with the secrets in its environment; exit with 78 when something is missing or wrong."""
    parser = argparse.ArgumentParser(description="Start Kestra with the secrets of a folder.")
    parser.add_argument("--secrets", type=Path, default=Path("/run/secrets"))
    parser.add_argument("--pgpass", type=Path, default=Path("/tmp/pgpass"))  # noqa: S108 a tmpfs of this container alone
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args(arguments)
    if not given.command:
        parser.error("the command to become is missing")
    try:
        environment = prepare(given.secrets, given.pgpass, os.environ)
    except StartError as error:
        refuse(str(error))
    except files.FolderError as error:
        refuse(f"  {error} RUN_AS in .env must be the owner of the files in secrets/.")
    os.execvpe(given.command[0], given.command, environment)  # noqa: S606 the image's own command, no shell


def refuse(reasons: str) -> NoReturn:
    """End the container, for these reasons."""
    print(f"Kestra does not start.\n{reasons}", file=sys.stderr)  # noqa: T201 the container's log is read by people
    sys.exit(CONFIGURATION_ERROR)


def prepare(secrets: Path, pgpass: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Check everything, write the pgpass file, and return the environment for Kestra.

    Args:
        secrets: folder with one file a secret.
        pgpass: file to write, readable by its owner only.
        environment: of this process.

    Raises:
        StartError: a secret or a setting is missing or wrong.
        FolderError: a file cannot be read.
    """
    values = files.load(secrets)
    dsn = environment.get("OPSFLOWS_PG_DSN", "")
    vault = bool(environment.get("VAULT_ADDR", "").strip())
    reasons = [
        *_secret_reasons(values, vault=vault),
        *_setting_reasons(environment.get("KESTRA_ADMIN_USERNAME", ""), dsn),
    ]
    if reasons:
        raise StartError("\n".join(f"  {reason}" for reason in reasons))
    _write_private(pgpass, pgpass_line(dsn, values[BUSINESS_DATABASE]))
    return {**environment, **exported(values), "PGPASSFILE": str(pgpass)}


def exported(values: Mapping[str, str]) -> dict[str, str]:
    """The variables that Kestra gets: its own by their names, the flows' as SECRET_<NAME>, absent ones blank."""
    flows = {secret.name: values.get(secret.name, "").strip() for secret in catalogue.needed_by(catalogue.FLOWS)}
    encoded = {f"SECRET_{name}": base64.b64encode(value.encode()).decode() for name, value in flows.items()}
    return {name: values[name] for name in PLATFORM} | encoded


def pgpass_line(dsn: str, password: str) -> str:
    r"""One line of libpq's password file for the DSN's host, port, database and user; `:` and `\` are escaped."""
    found = dsn_parts(dsn)
    fields = [found.get(name) or "*" for name in ("host", "port", "dbname", "user")]
    return ":".join(re.sub(r"([:\\])", r"\\\1", field) for field in [*fields, password]) + "\n"


def dsn_parts(dsn: str) -> dict[str, str]:
    """The parts of a libpq DSN of either form, by libpq's names.

    Raises:
        ValueError: it is neither form.
    """
    if "://" not in dsn:
        return dict(word.split("=", 1) for word in shlex.split(dsn))
    url = urlsplit(dsn)
    parts = {
        "host": url.hostname,
        "port": str(url.port or ""),
        "dbname": url.path.lstrip("/"),
        "user": url.username,
        "password": url.password,
    }
    return {name: unquote(value) for name, value in parts.items() if value} | dict(parse_qsl(url.query))


def _secret_reasons(values: Mapping[str, str], *, vault: bool) -> list[str]:
    needed = {secret.name for service in (catalogue.KESTRA, catalogue.FLOWS) for secret in catalogue.needed_by(service)}
    found = rules.trouble(values, needed, vault=vault)
    return [f"{name} {' and '.join(said)}. {rules.advice(name)}" for name, said in found.items()]


def _setting_reasons(username: str, dsn: str) -> list[str]:
    reasons = []
    if not _EMAIL.fullmatch(username):
        reasons.append("KESTRA_ADMIN_USERNAME is no e-mail address. Write one into .env.")
    try:
        parts = dsn_parts(dsn)
    except ValueError:
        return [*reasons, "OPSFLOWS_PG_DSN is no libpq DSN. Write it as in docker-compose.yml."]
    if not parts.get("host") or not parts.get("user"):
        reasons.append("OPSFLOWS_PG_DSN names no host or no user. Write it as in docker-compose.yml.")
    if parts.get("password"):
        reasons.append(f"OPSFLOWS_PG_DSN holds a password. Take it out: it belongs into secrets/{BUSINESS_DATABASE}.")
    return reasons


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
