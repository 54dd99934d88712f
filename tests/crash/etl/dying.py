"""Work in a fork that a signal ends before its nth step: a statement, a COPY, a commit, a file of a bucket."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

import psycopg2.extensions

from etl.buckets.folder import FolderBucket
from kit import db
from kit.errors import TransientError
from tests.waiting import wait_for

THEIRS = """
select count(*) as sessions from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and application_name like 'opsflows%'
"""
WAITING = THEIRS + " and wait_event_type = 'Lock' and cardinality(pg_blocking_pids(pid)) > 0"
_TRANSIENT, _BROKEN = 3, 4


def dies(work: Callable[[], object], step: int) -> bool:
    """Kill work before its nth step, in whichever of its processes comes there first; false when it has fewer."""
    process = _begin(work, step)
    return _ended(process)


def lives(work: Callable[[], object]) -> None:
    """Do the work to its end, in a fork too."""
    assert not _ended(_begin(work, 0))


def terminated(work: Callable[[], object], dsn: str, lock: str) -> float:
    """Send SIGTERM to work that waits for a lock; return the seconds until it is gone."""
    with db.connect(dsn) as holder, db.transaction(holder):
        db.execute(holder, lock)
        process = _begin(work, 0)
        wait_for(lambda: _sessions(dsn, WAITING), "the task to wait for the lock", 20)
        started = time.monotonic()
        os.kill(process, signal.SIGTERM)
        assert os.waitpid(process, 0)[1] == signal.SIGTERM
        took = time.monotonic() - started
    settle(dsn)
    return took


def settle(dsn: str) -> None:
    """Wait until the server has noticed, and orphans have ended: Kestra starts a killed task seconds later."""
    wait_for(lambda: not _sessions(dsn, THEIRS), "the sessions of the killed task to end", 30)


def _sessions(dsn: str, query: str) -> int:
    with db.connect(dsn) as conn:
        return (db.fetch_one(conn, query) or {})["sessions"]


def _begin(work: Callable[[], object], step: int) -> int:
    process = os.fork()
    if process:
        return process
    code = _BROKEN
    try:
        if step:
            _arm(step)
        work()
        code = 0
    except TransientError:  # a worker of it was killed
        code = _TRANSIENT
    except BaseException:  # noqa: BLE001 - the parent reads it, and nothing else of pytest may go on in this process
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def _ended(process: int) -> bool:
    status = os.waitpid(process, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) in (0, _TRANSIENT), "see what it printed"
    return status != 0


def _arm(step: int) -> None:
    done = 0

    def count() -> None:
        nonlocal done
        done += 1
        if done == step:
            os.kill(os.getpid(), signal.SIGKILL)

    class Cursor(psycopg2.extensions.cursor):
        def execute(self, *arguments: Any, **options: Any) -> Any:
            count()
            return super().execute(*arguments, **options)

        def copy_expert(self, *arguments: Any, **options: Any) -> Any:
            count()
            return super().copy_expert(*arguments, **options)

    def cursor(conn: db.Connection, *arguments: Any, **options: Any) -> Any:
        return psycopg2.extensions.connection.cursor(conn, *arguments, cursor_factory=Cursor, **options)

    def commit(conn: db.Connection) -> None:
        count()
        psycopg2.extensions.connection.commit(conn)

    put = FolderBucket.put

    def counted_put(*arguments: Any, **options: Any) -> bool:
        count()
        return put(*arguments, **options)

    db.Connection.cursor, db.Connection.commit = cursor, commit
    FolderBucket.put = counted_put
