"""kill -9 of runs_collect at each of its statements: the next run leaves every execution in its table, once."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kit import db
from platform_tasks.watch.collect import Bounds, collect
from tests.waiting import wait_for
from tests.watch_support import NOON, killed_source

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
# The nth call of a statement's function dies: before it, or after it and before whatever follows.
CHILD = """
import os, signal, sys
from kit import db
from platform_tasks.watch import queries
from platform_tasks.watch.collect import Bounds, collect
from tests.watch_support import NOON, killed_source

name, when, nth = sys.argv[1], sys.argv[2], int(sys.argv[3])
real, calls = queries.run, []

def die(conn, query, **values):
    calls.append(query)
    mine = query == name and calls.count(name) == nth
    if mine and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    found = real(conn, query, **values)
    if mine:
        os.kill(os.getpid(), signal.SIGKILL)
    return found

queries.run = die
with db.connect() as conn:
    collect(conn, killed_source(), Bounds(), NOON)
"""
POINTS = [
    ("schedules_put", 1),
    ("schedules_drop", 1),
    ("runs_put", 1),
    ("runs_put", 3),
    ("mark_move", 1),
    ("mark_move", 4),
    ("schedules_last", 1),
    ("mark_done", 2),
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("statement", "nth"), POINTS)
def test_nothing_is_lost_or_doubled(conn: db.Connection, dsn: str, statement: str, nth: int, when: str):
    child = subprocess.run(
        [sys.executable, "-c", CHILD, statement, when, str(nth)],
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'scripts'}:{ROOT}", "OPSFLOWS_PG_DSN": dsn},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr[-2000:]
    held = "select 1 from pg_locks l join pg_database d on d.oid = l.database where d.datname = current_database()"
    wait_for(lambda: not db.fetch_all(conn, f"{held} and pid <> pg_backend_pid()"), "the killed one's locks to go")
    collect(conn, killed_source(), Bounds(), NOON)
    source = killed_source()
    rows = db.fetch_all(conn, "select execution_id, state from ops.flow_runs order by execution_id")
    assert [(row["execution_id"], row["state"]) for row in rows] == sorted(
        (one["id"], one["state"]["current"]) for one in source.found
    )
    assert db.fetch_one(conn, "select count(*) as n from ops.flow_schedules") == {"n": 1}
    assert db.fetch_one(conn, "select count(*) as n from ops.watch_marks where at > '2000-01-01'") == {"n": 2}
