"""What an engine is started with: the caller's choices, the settings file, the environment, the ports."""

import base64
import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kit import private_files
from local import ports

_PORT_S = 3  # a killed engine keeps its port for a moment
DEFAULT_USERNAME = "admin@opsflows.local"
DEFAULT_PASSWORD = "Opsflows2026"  # noqa: S105 - the engine listens on loopback only; a caller may choose another
# Kestra and Micronaut read such variables as configuration.
CONFIGURATION_PREFIXES = ("KESTRA_", "MICRONAUT_", "DATASOURCES_", "SECRET_")


class EngineError(Exception):
    """The engine did not start or stop; the message says why and where its log is."""


@dataclass(frozen=True)
class EngineConfig:
    """What a caller may choose.

    Attributes:
        port: the HTTP port on 127.0.0.1; 0 takes a free one.
        data_dir: where the store lies; None keeps it in memory and forgets it at the end.
        username: for basic authentication.
        password: for basic authentication.
        secrets: values for `{{ secret('NAME') }}` by name.
        env: further variables of the engine's environment, which every task inherits.
        path_prefix: folder at the front of the tasks' PATH; by default that of the running Python.
    """

    port: int = 0
    data_dir: Path | None = None
    username: str = DEFAULT_USERNAME
    password: str = DEFAULT_PASSWORD
    secrets: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    path_prefix: Path = Path(sys.executable).parent


def write_settings(folder: Path, config: EngineConfig, port: int) -> Path:
    """Write the settings to a file that only we can read: a command line is visible to every user."""
    # `async`, not `file`: H2's default file channel is closed for good when a thread is interrupted in the middle of a
    # write, as the worker's are when a task is killed or times out, and with it the whole store.
    store = f"async:{folder.resolve() / 'store'}" if config.data_dir else "mem:opsflows"
    # Without WRITE_DELAY=0 an execution that was already acknowledged is lost when the process is killed.
    durability = "DB_CLOSE_ON_EXIT=FALSE;WRITE_DELAY=0" if config.data_dir else "DB_CLOSE_DELAY=-1"
    values = {
        "port": port,
        "controller-port": ports.free(),
        "h2": f"jdbc:h2:{store};TIME ZONE=UTC;{durability}",
        "storage": str(folder.resolve() / "storage"),
        "encryption-key": _encryption_key(folder),
        "username": config.username,
        "password": config.password,
    }
    path = folder.resolve() / "settings.json"
    private_files.write(path, json.dumps({"opsflows": values}).encode())
    return path


def _encryption_key(folder: Path) -> str:
    path = folder / "encryption.key"
    if not path.exists():
        private_files.write(path, base64.b64encode(secrets.token_bytes(32)))
    return path.read_text()


def environment(config: EngineConfig) -> dict[str, str]:
    """The environment of the engine, which its tasks inherit."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(CONFIGURATION_PREFIXES)}
    env |= {f"SECRET_{name}": base64.b64encode(value.encode()).decode() for name, value in config.secrets.items()}
    env["PATH"] = f"{config.path_prefix}{os.pathsep}{env.get('PATH', os.defpath)}"
    return env | dict(config.env)


def checked_port(port: int) -> int:
    """Return the port, or refuse it if another program listens on it.

    Raises:
        EngineError: if the port is in use.
    """
    if port and not ports.becomes_free(port, _PORT_S):
        raise EngineError(f"Port {port} is in use by another program. End it, or choose another port.")
    return port
