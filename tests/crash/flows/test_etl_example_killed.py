"""kill -9 of the engine, or of a task, in the middle of etl_example: nothing lost, nothing doubled, nothing again.

The table of what was tried is in docs/etl-loader.md; `WRITE_DOCS=1` writes it anew.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from flowkit import Receipts, wait_for

from kit import db

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(900)]
PAGE = Path(__file__).resolve().parents[3] / "docs/etl-loader.md"
BEGIN, END = "<!-- made by tests/crash/flows/test_etl_example_killed.py -->\n", "<!-- end -->"
ROWS, CHUNKS = 3000, 10
# A worker that comes to the checkpoint of chunk 3 waits while the test holds the advisory lock.
TABLES = """
create schema if not exists source;
drop table if exists source.sales_events;
create table source.sales_events (
    seq bigint generated always as identity, recorded_at timestamptz not null default now() - interval '1 hour',
    event_id text, customer_id text, event_type text, occurred_at text, amount text, currency text, quantity text,
    payload text);
insert into source.sales_events (event_id, customer_id, event_type, occurred_at, amount, currency, quantity)
select 'event-' || n, '7', 'sale', '2026-01-05T10:00:00Z', case n % 100 when 0 then 'x' else '1.5' end, 'EUR', '1'
from generate_series(1, 3000) n;
create or replace function test_gate() returns trigger language plpgsql as $$
begin
    if new.chunk = 3 then perform pg_advisory_xact_lock_shared(780513); end if;
    return new;
end $$;
create or replace trigger test_gate before insert on etl_load_chunks for each row execute function test_gate()
"""
TARGET = """
create table public.{table} (
    event_id text primary key, customer_id bigint not null, event_type text not null, occurred_at timestamptz not null,
    amount numeric(12, 2) not null, currency text not null, quantity integer not null, payload jsonb)
"""
CLEAN = """
drop trigger test_gate on etl_load_chunks;
drop function test_gate;
drop table source.sales_events
"""
# What the test locks, so that a run comes to this point and no further.
POINTS = {
    "loaded, the run not closed": "lock table etl_lineage_edges in exclusive mode",
    "between two chunks": "select pg_advisory_xact_lock(780513)",
    "before the first chunk": "lock table public.{table} in exclusive mode",
    "reading the source": "lock table source.sales_events in access exclusive mode",
}
# Who is killed, at which points. Runs of one kind stand still side by side; a run comes through what later ones lock,
# because it is started first. The engine takes what it was doing with it.
KINDS = {
    "engine": ["loaded, the run not closed", "between two chunks"],
    "task": list(POINTS),
}
WAITING = "select count(*) as waiting from pg_stat_activity where %s = any (pg_blocking_pids(pid))"
CHECKPOINTS = "select chunk, committed_at from etl_load_chunks where load_id = %s order by 1"
COUNTS = "select count(*) as rows, count(*) - count(distinct event_id) as doubled from public.{table}"
GOOD = ROWS - ROWS // 100


@dataclass
class Story:
    """A run with a table of its own, and the chunks that were published before something was killed."""

    point: str
    table: str
    execution: str
    before: dict[int, Any]


@pytest.fixture(scope="module")
def seen(stack) -> Iterator[Receipts]:
    found = Receipts(stack)
    with db.connect(stack.postgres.dsn) as conn:
        db.execute(conn, TABLES)
    yield found
    with db.connect(stack.postgres.dsn) as conn:
        db.execute(conn, CLEAN)


def start(seen: Receipts, table: str) -> str:
    target = seen.stack.target
    url = f"{target.url}/api/v1/main/executions/opsflows.etl/etl_example"
    since = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    inputs = {"chunk_rows": str(ROWS // CHUNKS), "table_name": table, "since": since}
    form = {name: (None, value) for name, value in inputs.items()}
    answer = requests.post(url, files=form, auth=(target.username, target.password), timeout=30)
    answer.raise_for_status()
    return str(answer.json()["id"])


@contextmanager
def held(seen: Receipts, point: str, table: str) -> Iterator[int]:
    """Keep a run from going beyond a point, and give it free at the end; yields the backend that it waits for."""
    with db.connect(seen.stack.postgres.dsn, statement_s=0) as conn, db.transaction(conn):
        db.execute(conn, POINTS[point].format(table=table))
        yield conn.info.backend_pid


def begin(seen: Receipts, free: ExitStack, kind: str, point: str) -> Story:
    """Start a run, and come back when it stands still at the point."""
    table = f"{kind}_{point.replace(' ', '_').replace(',', '')}"
    with db.connect(seen.stack.postgres.dsn) as conn:
        db.execute(conn, TARGET.format(table=table))
    backend = free.enter_context(held(seen, point, table))
    execution = start(seen, table)
    wait_for(lambda: seen.row(WAITING, backend)["waiting"], f"the run to be {point}")
    return Story(point, table, execution, checkpoints(seen, execution))


def task_of(execution: str) -> int:
    """The process of an execution's task, the parent of its workers; each says in its environment whose it is."""
    mark, found = f"OPSFLOWS_EXECUTION_ID={execution}\0".encode(), {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (place / "environ").read_bytes():
                found[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    (first,) = (process for process, parent in found.items() if parent not in found)
    return first


def kill(seen: Receipts, kind: str, stories: list[Story]) -> None:
    if kind == "engine":
        seen.stack.engine.kill()
    else:
        for story in stories:
            os.kill(task_of(story.execution), signal.SIGKILL)


def outcome(seen: Receipts, story: Story) -> list[int]:
    """Wait for the end of a run; return rows lost, rows doubled, chunks published again."""
    ended: dict[str, Any] = seen.execution(story.execution)
    assert ended["state"]["current"] == "SUCCESS", ended
    assert seen.outputs(story.execution)["outcome"] == "ok"
    after = checkpoints(seen, story.execution)
    assert len(after) == CHUNKS
    book = seen.row("select status, total_rows from etl_runs where execution_id = %s", story.execution)
    assert book == {"status": "succeeded", "total_rows": GOOD}
    again = sum(after[chunk] != at for chunk, at in story.before.items())
    found = seen.row(COUNTS.format(table=story.table))
    return [GOOD - found["rows"], found["doubled"], again]


def checkpoints(seen: Receipts, execution: str) -> dict[int, Any]:
    return {row["chunk"]: row["committed_at"] for row in seen.rows(CHECKPOINTS, execution)}


def test_no_kill_loses_or_doubles_a_row(seen: Receipts):
    lines = ["| `etl_example`: killed | while it is | rows lost | rows doubled | chunks published again |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for kind, points in KINDS.items():
        with ExitStack() as free:
            stories = [begin(seen, free, kind, point) for point in points]
            kill(seen, kind, stories)
        if kind == "engine":
            seen.stack.restart_engine()
        for story in stories:
            found = outcome(seen, story)
            assert found == [0, 0, 0], (kind, story)
            lines.append(f"| the {kind} | {story.point} | {' | '.join(map(str, found))} |")
    table = "\n".join(lines) + "\n"
    head, rest = PAGE.read_text().split(BEGIN)
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(f"{head}{BEGIN}{table}{END}{rest.split(END, 1)[1]}")
    else:
        assert rest.split(END)[0] == table
