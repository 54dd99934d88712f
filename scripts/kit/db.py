"""Postgres: connections with time-outs, transactions, SQL from files, and errors of ours only.

Connections are in autocommit; what belongs together goes into `with transaction(conn):`. `with connect() as conn:`
closes the connection at the end.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import psycopg2
import psycopg2.extensions

from kit import files, settings, tracing
from kit.errors import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    ConnectError,
    DeadlineError,
    InvalidRequestError,
    OpsflowsError,
    PermissionDeniedError,
    UnavailableError,
    UncertainError,
)
from kit.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from psycopg2.sql import Composable

    Row = dict[str, Any]
    Params = Mapping[str, Any] | Sequence[Any] | None
    ConnectionFactory = Callable[[], "Connection"]

_OWN_SQL: Final = Path(__file__).parent / "sql"
PROVIDER: Final = "postgres"
# SQLSTATE, or its two-digit class, to the error it means; the longer key wins. Source: PostgreSQL 18, appendix A.
_STATES: Final[dict[str, type[OpsflowsError]]] = {
    "08": ConnectError,
    "21": InvalidRequestError,
    "22": InvalidRequestError,
    "23": ConflictError,
    "25006": UnavailableError,  # read-only: a standby answered during a failover
    "25P03": DeadlineError,
    "25P04": DeadlineError,
    "28": AuthenticationError,
    "3D000": ConfigurationError,
    "3F000": ConfigurationError,
    "40": UnavailableError,  # serialisation failure, deadlock
    "40003": UncertainError,
    "42501": PermissionDeniedError,
    "42P01": ConfigurationError,  # undefined table: migrations are missing
    "42703": ConfigurationError,
    "53": UnavailableError,
    "54": InvalidRequestError,
    "55006": UnavailableError,
    "55P03": DeadlineError,  # lock_timeout
    "57014": DeadlineError,  # statement_timeout
    "57": UnavailableError,
    "58": UnavailableError,
}
_REFUSALS: Final[dict[str, type[OpsflowsError]]] = {
    "authentication failed": AuthenticationError,
    "no pg_hba.conf entry": AuthenticationError,
    "no password supplied": AuthenticationError,
    "does not exist": ConfigurationError,
}
_NEXT_ACTIONS: Final[dict[type[OpsflowsError], str]] = {
    ConfigurationError: "Check OPSFLOWS_PG_DSN and run the migrations (flow schema_migrate, or make up).",
    AuthenticationError: "Check the user and password in OPSFLOWS_PG_DSN.",
    ConnectError: "Check that Postgres runs and that OPSFLOWS_PG_DSN points to it.",
    UncertainError: "Run the task again: it finds out what was committed.",
}


class Connection(psycopg2.extensions.connection):
    """psycopg2's connection, except that `with` closes it; transactions are `transaction(conn)`."""

    def __enter__(self) -> Self:
        """Return the connection itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it; what was not committed is rolled back."""
        self.close()


def connect(dsn: str | None = None, *, connect_s: int = 10, statement_s: float = 60.0) -> Connection:
    """Open a connection in autocommit.

    Args:
        dsn: libpq DSN; default: the setting OPSFLOWS_PG_DSN.
        connect_s: seconds for connecting.
        statement_s: seconds for one statement; 0 for no limit.

    Raises:
        ConfigurationError: no DSN is set, or it cannot be read, or there is no such database.
        AuthenticationError: the user or password is wrong.
        ConnectError: nothing answers there, or not yet.
    """
    dsn = dsn or settings.require(settings.get().pg_dsn, "OPSFLOWS_PG_DSN")
    try:
        conn = psycopg2.connect(
            dsn,
            connection_factory=Connection,
            connect_timeout=connect_s,
            application_name=("opsflows " + os.environ.get("OPSFLOWS_TASK_ID", "")).strip(),
            options=f"-c TimeZone=UTC -c statement_timeout={int(statement_s * 1000)} -c client_encoding=UTF8",
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
        )
    except psycopg2.Error as error:
        raise _connect_error(error) from error
    conn.autocommit = True
    return conn


@contextmanager
def transaction(conn: Connection) -> Iterator[Connection]:
    """Commit what happens inside together, or nothing of it; inside another transaction it is a savepoint.

    Raises:
        UncertainError: the connection broke during the commit, so it may or may not have happened.
    """
    with errors_mapped():
        if not conn.autocommit:
            with _savepoint(conn):
                yield conn
            return
        conn.autocommit = False
        try:
            yield conn
            try:
                conn.commit()
            except psycopg2.OperationalError as error:
                if conn.closed:
                    raise UncertainError(
                        "The connection broke during the commit.",
                        code="commit_unknown",
                        next_action=_NEXT_ACTIONS[UncertainError],
                        provider=PROVIDER,
                    ) from error
                raise
        except BaseException:
            if not conn.closed:
                conn.rollback()
            raise
        finally:
            if not conn.closed:
                conn.autocommit = True


@contextmanager
def errors_mapped() -> Iterator[None]:
    """Turn psycopg2's errors into ours; wrap it around direct use of a cursor (COPY, server-side cursors)."""
    try:
        yield
    except psycopg2.Error as error:
        raise map_error(error) from error


def map_error(error: Exception) -> OpsflowsError:
    """Return our error for one of psycopg2, chosen by its SQLSTATE, else by its class."""
    state = getattr(error, "pgcode", None) or getattr(error, "sqlstate", None) or ""
    mapped = _STATES.get(state) or _STATES.get(state[:2])
    if mapped is None:
        lost = isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)
        mapped = UnavailableError if lost else InvalidRequestError
    constraint = getattr(getattr(error, "diag", None), "constraint_name", None)
    return _ours(mapped, error, {"sqlstate": state, **({"constraint": constraint} if constraint else {})})


def _connect_error(error: psycopg2.Error) -> OpsflowsError:
    """Libpq gives no SQLSTATE for a connection that was refused, only the server's words."""
    if isinstance(error, psycopg2.ProgrammingError):
        return _ours(ConfigurationError, error, {})  # the DSN itself
    text = str(error)
    kind = next((kind for words, kind in _REFUSALS.items() if words in text), ConnectError)
    return _ours(kind, error, {})


def _ours(kind: type[OpsflowsError], error: Exception, details: dict[str, str]) -> OpsflowsError:
    summary = str(error).strip().splitlines() or [type(error).__name__]
    return kind(
        f"Postgres: {redact(summary[0])}", next_action=_NEXT_ACTIONS.get(kind), provider=PROVIDER, details=details
    )


def execute(conn: Connection, sql: str | Composable, params: Params = None) -> int:
    """Run a statement and return the number of rows it touched."""
    with tracing.sql(sql), errors_mapped(), conn.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def fetch_all(conn: Connection, sql: str | Composable, params: Params = None) -> list[Row]:
    """Run a statement and return its rows as dictionaries."""
    with tracing.sql(sql), errors_mapped(), conn.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()] if names else []


def fetch_one(conn: Connection, sql: str | Composable, params: Params = None) -> Row | None:
    """Run a statement and return its first row, or None."""
    return next(iter(fetch_all(conn, sql, params)), None)


class Statement(str):
    """The text of a statement that knows its file, for spans."""

    __slots__ = ("file",)
    file: str

    def __new__(cls, text: str, file: str) -> Self:
        """Return the text with the name."""
        made = super().__new__(cls, text)
        made.file = file
        return made


def own_sql(name: str) -> str:
    """Return a statement of the kit itself, which travels with it."""
    return Statement((_OWN_SQL / f"{name}.sql").read_text(encoding="utf-8"), f"kit/{name}.sql")


def load_sql(relative: str) -> str:
    """Return a statement from namespace_files/sql/queries, e.g. `tickets/get_ticket.sql`."""
    return Statement(files.read_text(f"sql/queries/{relative}"), relative)


@contextmanager
def advisory_lock(conn: Connection, key: str, *, wait_s: float = 60.0) -> Iterator[None]:
    """Hold the session's advisory lock on `key`; the server frees it when the process dies.

    Raises:
        DeadlineError: another session kept it for `wait_s` seconds.
    """
    with transaction(conn):
        execute(conn, "select set_config('lock_timeout', %s, true)", (str(max(1, int(wait_s * 1000))),))
        execute(conn, "select set_config('statement_timeout', '0', true)")
        execute(conn, "select pg_advisory_lock(hashtextextended(%s, 0))", (key,))
    try:
        yield
    finally:
        if not conn.closed:
            execute(conn, "select pg_advisory_unlock(hashtextextended(%s, 0))", (key,))


@contextmanager
def advisory_lock_if_free(conn: Connection, key: str) -> Iterator[bool]:
    """Hold the session's advisory lock on `key` if nobody else does; yields whether it is held."""
    row = fetch_one(conn, "select pg_try_advisory_lock(hashtextextended(%s, 0)) as held", (key,))
    held = bool(row and row["held"])
    try:
        yield held
    finally:
        if held and not conn.closed:
            execute(conn, "select pg_advisory_unlock(hashtextextended(%s, 0))", (key,))


def lock_until_commit(conn: Connection, key: str) -> None:
    """Wait for whoever holds the advisory lock on `key`, and hold it until the caller's transaction ends."""
    execute(conn, "select pg_advisory_xact_lock(hashtextextended(%s, 0))", (key,))


@contextmanager
def _savepoint(conn: Connection) -> Iterator[None]:
    execute(conn, "savepoint kit")
    try:
        yield
    except BaseException:
        if not conn.closed:
            execute(conn, "rollback to savepoint kit")
        raise
    execute(conn, "release savepoint kit")
