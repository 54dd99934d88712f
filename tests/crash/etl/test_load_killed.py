"""kill -9 of the loader at every point: nothing lost, nothing doubled, nothing published again.

The table of what was tried is in docs/etl-loader.md; `WRITE_DOCS=1` writes it anew.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kit import db
from tests import etl_support as kit

pytestmark = pytest.mark.slow
PROGRAM = Path(__file__).with_name("load_and_die.py")
PAGE = Path(__file__).resolve().parents[3] / "docs/etl-loader.md"
BEGIN, END = "<!-- made by tests/crash/etl/test_load_killed.py -->\n", "<!-- end -->"
# What is killed: where, before or after, at which use the first and the second time.
POINTS = {
    "while a chunk is judged": ("check", "before", 1, 3),
    "bad rows written, not committed": ("write", "after", 1, 2),
    "before the gate": ("gate", "before", 1, 1),
    "before duplicates are looked for": ("find", "before", 1, 1),
    "before the plan is recorded": ("record", "before", 1, 1),
    "before a chunk is copied": ("_copy", "before", 1, 3),
    "rows written, no checkpoint": ("_rows", "after", 1, 2),
    "checkpoint written, not committed": ("commit", "before", 4, 6),
    "committed, not known": ("commit", "after", 4, 6),
    "between two chunks": ("once", "after", 1, 2),
    "all chunks published, duplicates too": ("_publish", "after", 1, 1),
}
CHECKPOINTS = "select chunk, committed_at from etl_load_chunks where load_id = 'run-1' order by 1"
SOUND = """
select l.state, l.rows_read - l.rows_duplicate = (select count(*) from sales_events) as all_there,
       (select count(*) from etl_load_chunks c where c.load_id = l.load_id) = l.chunks + 1 as all_checkpoints,
       (select sum(c.rows) from etl_load_chunks c where c.load_id = l.load_id) = l.rows_read as equal_source
from etl_loads l where load_id = 'run-1'
"""


def run(dsn: str, path: Path, point: str = "-", when: str = "before", count: int = 1, signal: str = "SIGKILL"):
    arguments = [dsn, str(path), point, when, str(count), signal]
    return subprocess.run(
        [sys.executable, PROGRAM, *arguments], capture_output=True, text=True, check=False, timeout=120
    )


def died(done: subprocess.CompletedProcess) -> bool:
    """The process that was asked for the load was killed, or its worker was and it said so."""
    return done.returncode in (-9, -15) or done.stdout.startswith("worker_gone")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return kit.write(tmp_path_factory.mktemp("source"), kit.dirty_rows(2000))


@pytest.fixture(scope="module")
def whole(migrated, source):
    """What an undisturbed load leaves."""
    kit.execute(migrated, kit.TABLE)
    kit.load(migrated, source)
    return kit.state(migrated)


def filled(dsn: str, source: Path, tmp_path: Path) -> None:
    """A table that has every third row already, some of them older."""
    lines = source.read_bytes().splitlines(keepends=True)[1:]
    part = kit.write(tmp_path, [line for line in lines if line.startswith(b"evt") and line.count(b'"') % 2 == 0][::3])
    kit.load(dsn, part, run="run-0")


def one_story(dsn: str, source: Path, whole: tuple, point: str) -> list[int]:
    """Kill it twice at a point, let it finish; return kills, lost, doubled, published again."""
    name, when, *counts = POINTS[point]
    kills, again, before = 0, 0, {}
    for count in (*counts, None):
        done = run(dsn, source, name, when, count) if count else run(dsn, source)
        after = dict(kit.rows_of(dsn, CHECKPOINTS))
        again += sum(after.get(chunk) != at for chunk, at in before.items())
        kills, before = kills + died(done), after
    assert done.stdout.startswith("done"), done.stderr
    assert kit.rows_of(dsn, SOUND) == [("done", True, True, True)]
    state, rows = kit.state(dsn)
    assert state == whole[0]
    return [kills, whole[1] - rows, len(kit.rows_of(dsn, DOUBLED)), again]


DOUBLED = "select event_id from sales_events group by 1 having count(*) > 1"


@pytest.mark.timeout(900)
def test_no_kill_loses_or_doubles_a_row(migrated, source, whole, tmp_path):
    lines = ["| killed | table before | kills | rows lost | rows doubled | chunks published again |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    total = 0
    for point in POINTS:
        for before in ("empty", "a third of the rows"):
            kit.execute(migrated, kit.TABLE)
            if before != "empty":
                filled(migrated, source, tmp_path)
            story = one_story(migrated, source, whole, point)
            assert story[1:] == [0, 0, 0], point
            total += story[0]
            lines.append(f"| {point} | {before} | {' | '.join(map(str, story))} |")
    lines.append(f"| **in all** | | {total} | 0 | 0 | 0 |")
    assert total >= 40
    table = "\n".join(lines) + "\n"
    page = PAGE.read_text()
    head, rest = page.split(BEGIN)
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(f"{head}{BEGIN}{table}{END}{rest.split(END, 1)[1]}")
    else:
        assert rest.split(END)[0] == table


@pytest.mark.parametrize("point", ["check", "_copy", "once"])
def test_sigterm_ends_it_at_once_and_it_resumes(sales, source, whole, point):
    done = run(sales, source, point, "before", 2, "SIGTERM")
    assert died(done)
    assert run(sales, source).stdout.startswith("done")
    assert kit.state(sales) == whole


def test_killed_at_ninety_percent_it_repeats_at_most_what_was_in_flight(sales, tmp_path):
    path = kit.write(tmp_path, [kit.row(number) for number in range(9000)])  # 30 chunks, 15 a connection
    assert died(run(sales, path, "_copy", "after", 14))
    published = len(kit.rows_of(sales, CHECKPOINTS))
    done = run(sales, path)
    assert done.stdout.split() == ["done", str(published)]
    assert kit.state(sales)[1] == 9000


def test_of_five_at_once_one_works_and_four_refuse_within_a_second(sales, source, whole):
    command = [sys.executable, PROGRAM, sales, source, "-", "before", "1", "SIGKILL"]
    with db.connect(sales) as conn, db.transaction(conn):
        db.execute(conn, "lock table sales_events in exclusive mode")  # the one who works waits for this
        five = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(5)]
        finished = [process for process in five if _ended(process)]
    told = sorted(process.communicate(timeout=120)[0].split() for process in five)
    assert len(finished) == 4
    assert told[0][:2] == ["done", "0"]
    assert {words[0] for words in told[1:]} <= {"window_busy", "same_run"}
    assert max(float(words[1]) for words in told[1:]) < 1
    assert kit.state(sales) == whole


def _ended(process: subprocess.Popen, seconds: float = 20) -> bool:
    """Whether a process ends by itself; the one that works does not while the table is locked."""
    try:
        return process.wait(seconds) is not None
    except subprocess.TimeoutExpired:
        return False
