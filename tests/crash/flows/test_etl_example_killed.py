"""kill -9 of the engine, or of a task, in the middle of etl_example: nothing lost, nothing doubled, nothing again.

The table of what was tried is in docs/etl-loader.md; `WRITE_DOCS=1` writes it anew.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
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
create table public.{table} (
    event_id text primary key, customer_id bigint not null, event_type text not null, occurred_at timestamptz not null,
    amount numeric(12, 2) not null, currency text not null, quantity integer not null, payload jsonb);
insert into source.sales_events (event_id, customer_id, event_type, occurred_at, amount, currency, quantity)
select '{table}-' || n, '7', 'sale', '2026-01-05T10:00:00Z', case n % 100 when 0 then 'x' else '1.5' end, 'EUR', '1'
from generate_series(1, 3000) n;
create or replace function test_gate() returns trigger language plpgsql as $$
begin
    if new.chunk = 3 then perform pg_advisory_xact_lock_shared(780513); end if;
    return new;
end $$;
create or replace trigger test_gate before insert on etl_load_chunks for each row execute function test_gate()
"""
CLEAN = """
drop trigger test_gate on etl_load_chunks;
drop function test_gate;
drop table source.sales_events
"""
# Where it is held: the task, and what the test locks meanwhile.
POINTS = {
    "reading the source": ("extract_rows", "lock table source.sales_events in access exclusive mode"),
    "before the first chunk": ("load_rows", "lock table public.{table} in exclusive mode"),
    "between two chunks": ("load_rows", "select pg_advisory_xact_lock(780513)"),
    "loaded, the run not closed": ("load_rows", "lock table etl_lineage_edges in exclusive mode"),
}
STORIES = [
    ("engine", "between two chunks"),
    ("engine", "loaded, the run not closed"),
    *(("task", point) for point in POINTS),
]
HELD = """
select count(*) as waiting from pg_stat_activity
where application_name = %s and wait_event_type = 'Lock' and cardinality(pg_blocking_pids(pid)) > 0
"""
# Each story has a table, rows and a run of its own: what a killed engine left may go on beside the next one.
CHECKPOINTS = "select chunk, committed_at from etl_load_chunks where load_id = %s order by 1"
COUNTS = "select count(*) as rows, count(*) - count(distinct event_id) as doubled from public.{table}"
GOOD = ROWS - ROWS // 100


@pytest.fixture(scope="module")
def seen(stack) -> Iterator[Receipts]:
    found = Receipts(stack)
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
def held(seen: Receipts, point: str, table: str) -> Iterator[None]:
    """Keep the task from going beyond a point, and give it free at the end."""
    with db.connect(seen.stack.postgres.dsn, statement_s=0) as conn, db.transaction(conn):
        db.execute(conn, POINTS[point][1].format(table=table))
        yield


def tasks_of(execution: str) -> list[int]:
    """The processes that work for an execution, workers of a task too; each says so in its environment."""
    mark, found = f"OPSFLOWS_EXECUTION_ID={execution}\0".encode(), []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (place / "environ").read_bytes() and b"etl.example." in (place / "cmdline").read_bytes():
                found.append(int(place.name))
        except OSError:
            continue
    return sorted(found)


def kill(seen: Receipts, victim: str, execution: str) -> None:
    if victim == "engine":
        seen.stack.engine.kill()
        return
    (first, *_others) = tasks_of(execution)
    os.kill(first, signal.SIGKILL)


def one_story(seen: Receipts, victim: str, point: str, table: str) -> list[int]:
    """Kill once at a point, and let it come to its end; return rows lost, rows doubled, chunks published again."""
    with db.connect(seen.stack.postgres.dsn) as conn:
        db.execute(conn, TABLES.replace("{table}", table))
    with held(seen, point, table):
        execution = start(seen, table)
        wait_for(lambda: seen.row(HELD, f"opsflows {POINTS[point][0]}")["waiting"], f"the task to be {point}")
        before = checkpoints(seen, execution)
        kill(seen, victim, execution)
    if victim == "engine":
        seen.stack.restart_engine()
    ended: dict[str, Any] = seen.execution(execution)
    assert ended["state"]["current"] == "SUCCESS", ended
    assert seen.outputs(execution)["outcome"] == "ok"
    after = checkpoints(seen, execution)
    assert len(after) == CHUNKS
    book = seen.row("select status, total_rows from etl_runs where execution_id = %s", execution)
    assert book == {"status": "succeeded", "total_rows": GOOD}
    again = sum(after[chunk] != at for chunk, at in before.items())
    found = seen.row(COUNTS.format(table=table))
    return [GOOD - found["rows"], found["doubled"], again]


def checkpoints(seen: Receipts, execution: str) -> dict[int, Any]:
    return {row["chunk"]: row["committed_at"] for row in seen.rows(CHECKPOINTS, execution)}


def test_no_kill_loses_or_doubles_a_row(seen: Receipts):
    lines = ["| `etl_example`: killed | while it is | rows lost | rows doubled | chunks published again |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for number, (victim, point) in enumerate(STORIES):
        story = one_story(seen, victim, point, f"killed_{number}")
        assert story == [0, 0, 0], (victim, point)
        lines.append(f"| the {victim} | {point} | {' | '.join(map(str, story))} |")
    table = "\n".join(lines) + "\n"
    head, rest = PAGE.read_text().split(BEGIN)
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(f"{head}{BEGIN}{table}{END}{rest.split(END, 1)[1]}")
    else:
        assert rest.split(END)[0] == table
