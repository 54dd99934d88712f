"""What the checks work with: the settings of an environment, the secrets, and the time that is left."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from kit import http, redaction, secrets, settings
from tools.deploy import environments
from tools.doctor import compose
from tools.secrets import files
from tools.secrets.catalogue import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.settings import Settings

# Of one check; a slow provider must not keep a person waiting, and all checks run side by side.
DEADLINE_S: Final = 12.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """One run's view of the world.

    Attributes:
        settings: as the flows read them.
        public_url: where Meta reaches the edge, e.g. `https://hooks.example.com`; None when it is not known.
        deadline_s: seconds that each check has.
        begun: monotonic moment at which the run began.
    """

    settings: Settings
    public_url: str | None = None
    deadline_s: float = DEADLINE_S
    begun: float = field(default_factory=time.monotonic)

    @property
    def remaining_s(self) -> float:
        """Seconds until the deadline, at least a moment."""
        return max(0.05, self.begun + self.deadline_s - time.monotonic())

    def secret(self, name: str) -> str | None:
        """A secret, hidden in everything that is printed from now on; None when it is not set."""
        return secrets.optional(name)

    def policy(self) -> http.RetryPolicy:
        """The bounds of one call: two attempts, and never beyond the deadline."""
        total = min(8.0, self.remaining_s)
        return http.RetryPolicy(attempts=2, total_s=total, connect_s=4.0, read_s=total, wait_initial_s=0.2)


def enter(
    environment: str | None = None,
    folder: Path = files.FOLDER,
    *,
    more: Mapping[str, str] | None = None,
    public_url: str | None = None,
) -> Surroundings:
    """Make this process see what the flows see: variables, then files, then the environment's settings, then `.env`.

    Args:
        environment: dev, stg or prod; None takes the variables as they are.
        folder: of the secrets, one file each; it may be missing.
        more: values of a local stack, which win over everything.
        public_url: address of the edge; https and EDGE_SERVER_NAME by default.

    Raises:
        ConfigurationError: the environment's file is wrong, or a setting has the wrong form.
        tools.secrets.files.FolderError: a secret's file cannot be read.
    """
    for name, value in {**_of_environment(environment), **_of_files(folder)}.items():
        if not os.environ.get(name, "").strip():
            os.environ[name] = value
    os.environ.update(more or {})
    for secret in CATALOGUE:
        secrets_value = os.environ.get(secret.name, "")
        redaction.register(secrets_value)
    _use_names_of_production()
    edge = (public_url or _edge()).rstrip("/")
    _allow(settings.get().kestra_url, edge)
    return Surroundings(settings.get(), edge or None)


def _edge() -> str:
    name = os.environ.get("EDGE_SERVER_NAME", "").strip()
    return f"https://{name}" if name else ""


def _of_files(folder: Path) -> dict[str, str]:
    found = files.load(folder) if folder.is_dir() else {}
    for value in found.values():
        redaction.register(value)
    return found


def _of_environment(name: str | None) -> dict[str, str]:
    if name is None:
        return {}
    found = environments.load(name)
    kestra = {"OPSFLOWS_KESTRA_URL": found.kestra_url, "OPSFLOWS_KESTRA_USERNAME": found.kestra_username}
    values = {key: _as_text(value) for key, value in {**found.settings, **kestra}.items() if value is not None}
    return compose.variables(Path(".env")) | values


def _as_text(value: Any) -> str:
    """A JSON value as an environment variable has it."""
    if isinstance(value, list | tuple):
        return ",".join(str(part) for part in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _use_names_of_production() -> None:
    """The passwords that the containers get as files serve the commands of the same machine too."""
    for ours, theirs in (("OPSFLOWS_KESTRA_PASSWORD", "KESTRA_ADMIN_PASSWORD"), ("PGPASSWORD", "OPSFLOWS_DB_PASSWORD")):
        if not os.environ.get(ours) and os.environ.get(theirs):
            os.environ[ours] = os.environ[theirs]


def _allow(*urls: str | None) -> None:
    """Our own servers may be private and plain http: a person named them, no message did."""
    known = [os.environ.get("OPSFLOWS_HTTP_ALLOW_PRIVATE", "")]
    for parts in (urlsplit(url) for url in urls if url):
        port = parts.port or {"https": 443}.get(parts.scheme, 80)
        known.append(f"{parts.hostname}:{port}")
    os.environ["OPSFLOWS_HTTP_ALLOW_PRIVATE"] = ",".join(part for part in known if part)
