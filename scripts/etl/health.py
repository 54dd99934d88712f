"""What a run needs, looked at before it begins: the database, room in its pool, the bucket, the tracking server.

What is needed and is not there is trouble that may pass: the task is tried again. What is not needed is only told.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from etl import queries
from kit.errors import ConfigurationError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.db import Connection
    from kit.settings import Settings

_REACH_S: Final = 2.0
_S3: Final = "https://s3.{region}.amazonaws.com"
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `needed` by this run."""

    name: str
    ok: bool
    message: str
    needed: bool = True


def look(conn: Connection, config: Settings, *, workers: int, bucket_needed: bool) -> list[Check]:
    """Look at everything, and return what was found.

    Args:
        conn: to the business database.
        config: the settings.
        workers: connections that the run will open.
        bucket_needed: whether the source lies there.
    """
    return [*_database(conn, workers), *_bucket(config, needed=bucket_needed), *_tracking(config)]


def require(checks: list[Check]) -> None:
    """Refuse to begin when something that is needed is not there.

    Raises:
        ConfigurationError: the schema is missing (code `migrations_missing`).
        UnavailableError: anything else (code `unhealthy`), which may pass.
    """
    bad = [check for check in checks if check.needed and not check.ok]
    if any(check.name == "schema" for check in bad):
        raise ConfigurationError(
            "The database lacks the tables of the ETL flows.",
            code="migrations_missing",
            next_action="Run the flow schema_migrate, or make up.",
        )
    if bad:
        raise UnavailableError(
            f"The run cannot begin: {'; '.join(check.message for check in bad)}.",
            code="unhealthy",
            next_action="It is tried again; see the task's output `health`.",
        )


def _database(conn: Connection, workers: int) -> Iterator[Check]:
    row = queries.one(conn, "health") or {}
    yield Check("database", not row["standby"], "the database only reads" if row["standby"] else "it writes")
    yield Check("schema", bool(row["migrated"]), "the tables are there" if row["migrated"] else "tables are missing")
    free = row["most"] - row["taken"]
    yield Check("pool_slots", free >= workers, f"{free} connections are free, {workers} are needed")


def _bucket(config: Settings, *, needed: bool) -> Iterator[Check]:
    place = config.etl_bucket or ""
    if place.startswith("s3://"):
        address = config.etl_bucket_endpoint or _S3.format(region=config.etl_bucket_region)
        yield _reach("bucket", address, needed=needed)
    elif place:
        ok = os.access(Path(place.removeprefix("file://")), os.R_OK | os.X_OK)
        yield Check("bucket", ok, f"{place} can be read" if ok else f"{place} cannot be read", needed)


def _tracking(config: Settings) -> Iterator[Check]:
    place = config.mlflow_tracking_uri or ""
    if urlsplit(place).scheme in _PORTS:
        yield _reach("tracking", place, needed=False)


def _reach(name: str, address: str, *, needed: bool) -> Check:
    """Whether something listens there; nothing is sent."""
    parts = urlsplit(address)
    try:
        socket.create_connection((parts.hostname or "", parts.port or _PORTS[parts.scheme]), _REACH_S).close()
    except (OSError, KeyError, ValueError) as error:
        return Check(name, ok=False, message=f"nothing answers for the {name} ({type(error).__name__})", needed=needed)
    return Check(name, ok=True, message="it answers", needed=needed)
