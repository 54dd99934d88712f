"""A process that dies at the nth call of a function, before or after it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from kit import db
from tests.waiting import wait_for

ROOT = Path(__file__).resolve().parents[3]
_CHILD = """
import importlib, os, signal, sys

module, owner, name, when, nth, work = sys.argv[1:]
holder = importlib.import_module(module)
holder = getattr(holder, owner) if owner else holder
real, calls = getattr(holder, name), []

def die(*arguments, **named):
    calls.append(1)
    mine = len(calls) == int(nth)
    if mine and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    found = real(*arguments, **named)
    if mine:
        os.kill(os.getpid(), signal.SIGKILL)
    return found

setattr(holder, name, die)
exec(work)
"""
_LOCKS = """
select 1 from pg_locks l join pg_database d on d.oid = l.database
where d.datname = current_database() and pid <> pg_backend_pid()
"""


def kill(conn: db.Connection, point: tuple[str, str, str, str, int], work: str) -> None:
    """Do the work in a process of its own, which dies at the point, and wait until Postgres has noticed.

    Args:
        conn: of the database that the work is done in.
        point: module, class or blank, function; `before` or `after`; which call of it.
        work: the program.
    """
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, *map(str, point), work],
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'scripts'}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr[-2000:]
    wait_for(lambda: not db.fetch_all(conn, _LOCKS), "the killed one's locks to go")
