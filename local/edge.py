"""Runs the edge, the real nginx with the project's configuration, on loopback: for tests and benchmarks.

`start(EdgeConfig(upstream, secrets)) -> Edge`; requests go to `edge.url` with `SERVER_NAME` as Host.
`edge.write_secrets(…)` and `edge.reload()` do what edge/reload.sh does in the container; `edge.stop()` ends it.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped,unused-ignore]

from local import ports
from local.certificate import make_certificate

EDGE = Path(__file__).resolve().parents[1] / "edge"
NJS = Path("/usr/lib/nginx/modules/ngx_http_js_module.so")
SERVER_NAME = "hooks.opsflows.test"
WAIT_S = 20.0
# What unprivileged workers run as when nginx is started by root; it exists on every Debian.
WORKER_USER = "www-data"


class EdgeError(Exception):
    """The edge did not start, or refused a change; the message says why."""


@dataclass(frozen=True)
class EdgeConfig:
    """What a caller may choose.

    Attributes:
        upstream: host:port of Kestra.
        secrets: by name, as the files of the secrets' folder.
        tls: with a certificate made for this run, instead of plain HTTP.
        settings: further EDGE_… variables.
    """

    upstream: str
    secrets: Mapping[str, str]
    tls: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Edge:
    """A running edge.

    Attributes:
        folder: everything that it reads and writes: secrets, certificates, logs, the rendered configuration.
        port: where the public server listens.
        plain_port: where plain HTTP is; the same without TLS, else redirects.
        status_port: health and counts, for the inside.
        environment: what render.sh and nginx were started with.
    """

    folder: Path
    port: int
    plain_port: int
    status_port: int
    environment: dict[str, str]
    _process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        """The public server; callers send `SERVER_NAME` as Host."""
        return f"{'http' if self.port == self.plain_port else 'https'}://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The master process."""
        return self._process.pid

    @property
    def certificate(self) -> Path:
        """What clients trust, with TLS."""
        return self.folder / "certs" / "fullchain.pem"

    def logs(self) -> str:
        """Everything that any log holds so far."""
        return "".join(path.read_text(errors="replace") for path in sorted((self.folder / "logs").iterdir()))

    def write_secrets(self, secrets: Mapping[str, str]) -> None:
        """Write or replace secrets' files; `reload` takes them over."""
        for name, value in secrets.items():
            path = self.folder / "secrets" / name
            path.touch(mode=0o600)
            path.write_text(value, encoding="utf-8")

    def reload(self) -> None:
        """Render and reload as in production, and wait until the old workers accept nothing more.

        Raises:
            EdgeError: if the change was refused; the edge then goes on as it was.
        """
        before = {worker.pid for worker in self._workers()}
        _run([str(EDGE / "reload.sh")], self.environment)
        _until(lambda: bool(self._workers()) and not before & {worker.pid for worker in self._workers()}, "to reload")

    def stop(self) -> str:
        """End it at once and forget its folder; returns what its logs held in the end."""
        self._process.terminate()
        self._process.wait(WAIT_S)
        logged = self.logs()
        shutil.rmtree(self.folder, ignore_errors=True)
        return logged

    def _workers(self) -> list[psutil.Process]:
        """The workers that accept connections; those that only finish what they have are left out."""
        return [child for child in psutil.Process(self.pid).children() if "shutting down" not in _title(child)]


def missing() -> str | None:
    """Say what is not installed, or nothing."""
    if not shutil.which("nginx", path=_path()) or not NJS.exists():
        return "nginx and its njs module are not installed (Debian: apt-get install nginx libnginx-mod-http-js)"
    return None


def start(config: EdgeConfig) -> Edge:
    """Render the configuration, start nginx and wait until it answers.

    Raises:
        EdgeError: if it is not installed, refuses its configuration or does not get ready.
    """
    if problem := missing():
        raise EdgeError(problem)
    folder = _new_folder()
    plain, secure, status = ports.free(), ports.free(), ports.free()
    environment = _environment(config, folder, {"HTTP_PORT": plain, "HTTPS_PORT": secure, "STATUS_PORT": status})
    if config.tls:
        make_certificate(folder / "certs", SERVER_NAME)
    nginx = shutil.which("nginx", path=_path()) or "nginx"
    command = [nginx, "-e", "stderr", "-c", environment["EDGE_RUN"] + "/nginx.conf", "-g", "daemon off;"]
    try:
        for name, value in config.secrets.items():
            (folder / "secrets" / name).write_text(value, encoding="utf-8")
        _run([str(EDGE / "render.sh")], environment)
        with (folder / "logs" / "console.log").open("wb") as output:
            process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    edge = Edge(folder, secure if config.tls else plain, plain, status, environment, process)
    _await_ready(edge)
    return edge


def _new_folder() -> Path:
    """A folder that workers of another user may pass through, with the secrets for the owner only."""
    folder = Path(tempfile.mkdtemp(prefix="opsflows-edge-"))
    folder.chmod(0o755)
    for name, mode in (("secrets", 0o700), ("certs", 0o700), ("acme", 0o755), ("logs", 0o755)):
        (folder / name).mkdir(mode=mode)
    return folder


def _environment(config: EdgeConfig, folder: Path, ports: Mapping[str, int]) -> dict[str, str]:
    return {
        "PATH": _path(),
        "EDGE_RUN": str(folder / "run"),
        "EDGE_SECRETS_DIR": str(folder / "secrets"),
        "EDGE_CERT_DIR": str(folder / "certs"),
        "EDGE_ACME_DIR": str(folder / "acme"),
        "EDGE_ACCESS_LOG": str(folder / "logs" / "access.log"),
        "EDGE_ERROR_LOG": str(folder / "logs" / "error.log"),
        "EDGE_SERVER_NAME": SERVER_NAME,
        "EDGE_UPSTREAM": config.upstream,
        "EDGE_LISTEN": "127.0.0.1",
        "EDGE_TLS": "on" if config.tls else "off",
        "EDGE_USER": WORKER_USER,
        **{f"EDGE_{name}": str(port) for name, port in ports.items()},
        **config.settings,
    }


def _path() -> str:
    """Where Debian puts nginx is not on everyone's PATH."""
    return os.environ.get("PATH", os.defpath) + ":/usr/sbin"


def _run(command: list[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EdgeError(done.stderr.strip())


def _await_ready(edge: Edge) -> None:
    def ready() -> bool:
        if edge._process.poll() is not None:  # noqa: SLF001 - the class and this function are one unit
            said = edge.logs()
            edge.stop()
            raise EdgeError(f"nginx ended at once: {said.strip()}")
        return bool(edge._workers())  # noqa: SLF001 - as above

    _until(ready, "to start")


def _until(reached: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not reached():
        if time.monotonic() > deadline:
            raise EdgeError(f"The edge took longer than {WAIT_S:.0f} s {what}.")
        time.sleep(0.02)


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return "shutting down"
