"""source_producer on the engine: data in every target, and etl_example begins because they are ready."""

import pytest
from flowkit import Receipts, wait_for

from kit import db

pytestmark = [pytest.mark.engine]
TABLE = """
drop schema if exists source cascade;
drop table if exists public.sales_events;
create table public.sales_events (
    event_id text primary key, customer_id bigint not null, event_type text not null, occurred_at timestamptz not null,
    amount numeric(12, 2) not null, currency text not null, quantity integer not null, payload jsonb);
delete from etl_checkpoints
"""
LEAVE = "drop schema source cascade; drop table public.sales_events; delete from etl_checkpoints"


@pytest.fixture
def seen(stack):
    with db.connect(stack.postgres.dsn) as conn:
        db.execute(conn, TABLE)
        yield Receipts(stack)
        db.execute(conn, LEAVE)


def started_by(seen: Receipts, execution_id: str) -> dict:
    """The execution of etl_example that followed, when it has ended."""
    begun = "select execution_id from etl_runs where flow = 'etl_example' and parents ? %s"
    row = wait_for(lambda: seen.row(begun, execution_id), "etl_example to begin", 120)
    return seen.execution(row["execution_id"])


def test_data_are_made_everywhere_and_the_chain_begins(stack, seen: Receipts):
    execution = seen.start("etl.source_producer", since="2026-11-20", size="300", dirt="0.02")
    assert execution["state"]["current"] == "SUCCESS", execution
    told = seen.outputs(execution["id"])
    assert (told["rows"], told["absent"]) == (300, [])
    assert {one["target"] for one in told["written"]} == {"postgres", "api", "bucket"}
    assert len(list((stack.home / "bucket").rglob("date=2026-11-20/part-00000.*"))) == 6
    followed = started_by(seen, execution["id"])
    assert followed["state"]["current"] == "SUCCESS", followed
    counts = seen.row("select count(*) as rows from public.sales_events")
    assert 0 < counts["rows"] <= 300 - told["kinds"]["malformed"]
