"""kill -9 of a backfill, of a worker and of the whole: it goes on, and every window is there once and proven."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import etl_support as kit

pytestmark = pytest.mark.slow
PROGRAM = Path(__file__).with_name("backfill_and_die.py")
WINDOWS = """
select state, sum(rows) as rows, sum(inserted) as added, sum(updated) as changed from etl_backfill_windows group by 1
"""
POINTS = [
    ("_load", "before", 2, "worker"),
    ("_load", "after", 2, "worker"),  # loaded, not noted
    ("read", "after", 1, "worker"),
    ("read", "before", 5, "worker"),  # in the proof
    ("_load", "before", 2, "parent"),
    ("read", "before", 1, "parent"),
    ("read", "after", 4, "parent"),
]


def run(dsn: str, *arguments: object) -> subprocess.CompletedProcess:
    command = [sys.executable, str(PROGRAM), *map(str, arguments or ("-", "before", 1, "worker"))]
    env = {**os.environ, "OPSFLOWS_PG_DSN": dsn, "OPSFLOWS_LOG_LEVEL": "ERROR"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        out, _ = process.communicate(timeout=120)
    return subprocess.CompletedProcess(command, process.returncode, out)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: "-".join(map(str, point)))
def test_a_killed_backfill_goes_on_and_doubles_nothing(sales, point):
    kit.execute(sales, "truncate etl_backfills cascade; truncate etl_runs cascade")
    died = run(sales, *point)
    assert died.returncode == -9 or "worker_gone" in died.stdout, died.stdout
    told = json.loads(run(sales).stdout.splitlines()[-1])
    assert (told["code"], told["proven"], told["missing"]) == ("ok", 6, 0)
    assert kit.state(sales)[1] == 1200
    state, rows, inserted, updated = kit.rows_of(sales, WINDOWS)[0]
    assert (state, rows, updated) == ("proven", 1200, 0)
    assert inserted <= 1200  # what was loaded and not noted is found there
