"""PostgreSQL: connections, and its own programs as child processes; without a shell, no password in an argument."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import psycopg2.extensions

from tools.backup.errors import BackupError
from tools.backup.settings import Login, Settings

Connection = psycopg2.extensions.connection
APPLICATION = "opsflows-backup"
# The settings on which the text of a value depends, so that the same value reads the same on every server.
_SESSION = (
    "-c statement_timeout=0 -c lock_timeout=60s -c idle_in_transaction_session_timeout=0 -c timezone=UTC"
    " -c datestyle=ISO -c intervalstyle=postgres -c bytea_output=hex -c extra_float_digits=1 -c search_path="
)
_ADVICE = {
    "password authentication failed": "Check the file of secret {secret}.",
    "version mismatch": "Use the programs of the server's own version, or newer ones (--pg-bin, or the image).",
    "No space left": "Free space on that disk, or lower KEEP_BACKUPS.",
    "permission denied": "Let the role own every table of its database, and this user write into the folder.",
    "does not exist": "Check the name; the server's first start makes roles and databases.",
}
_OTHERWISE = "Mend that and run the same command again."


@contextmanager
def connected(settings: Settings, database: str, login: Login) -> Iterator[Connection]:
    """A connection in autocommit, closed at the end; errors inside come out as `BackupError`."""
    try:
        conn = psycopg2.connect(
            host=settings.host,
            port=settings.port,
            dbname=database,
            user=login.user,
            password=settings.password(login),
            connect_timeout=10,
            application_name=APPLICATION,
            options=_SESSION,
        )
    except psycopg2.Error as error:
        raise BackupError(_with_advice(f"{database}: {error}", login)) from None
    try:
        conn.autocommit = True
        yield conn
    except psycopg2.Error as error:
        raise BackupError(_with_advice(f"{database}: {error}", login)) from error
    finally:
        conn.close()


def rows(conn: Connection, sql: Any, params: Any = None) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with conn.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def execute(conn: Connection, sql: Any, params: Any = None) -> None:
    """Run a statement that returns nothing."""
    with conn.cursor() as cursor:
        cursor.execute(sql, params)


def run(settings: Settings, program: str, *arguments: str, login: Login | None = None) -> str:
    """Run pg_dump, pg_restore or the like; returns what it printed.

    Raises:
        BackupError: it failed; the message has the end of what it said.
    """
    ran = subprocess.run(
        [settings.program(program), *arguments],
        env=_environment(settings, login),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if ran.returncode:
        said = ran.stderr.strip()[-1500:] or _ending(ran.returncode)
        raise BackupError(_with_advice(f"{program} failed: {said}", login))
    return ran.stdout


def _environment(settings: Settings, login: Login | None) -> dict[str, str]:
    passed = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"} or name.startswith("PGSSL")}
    whole = passed | {"LC_ALL": "C", "PGHOST": settings.host, "PGPORT": settings.port, "PGCONNECT_TIMEOUT": "10"}
    return whole | ({"PGUSER": login.user, "PGPASSWORD": settings.password(login)} if login else {})


def _ending(code: int) -> str:
    if code >= 0:
        return f"it ended with {code} and said nothing"
    too_large = ": a file became larger than allowed (ulimit -f)" if -code == signal.SIGXFSZ else ""
    return f"it was killed by {signal.Signals(-code).name}{too_large}"


def _with_advice(problem: str, login: Login | None) -> str:
    advice = next((text for sign, text in _ADVICE.items() if sign in problem), _OTHERWISE)
    return f"{problem.strip()}\n{advice.format(secret=login.secret if login else '')}"
