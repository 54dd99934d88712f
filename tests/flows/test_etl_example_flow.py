"""etl_example on the engine: from one table to another, skipped when told so, refused when something is wrong."""

from collections.abc import Iterator
from typing import Any

import pytest
from flowkit import Receipts

from kit import db, kv, settings

pytestmark = [pytest.mark.engine]
TABLES = """
create schema if not exists source;
drop table if exists source.sales_events, public.sales_events;
create table source.sales_events (
    seq bigint generated always as identity, recorded_at timestamptz not null default now() - interval '1 hour',
    event_id text, customer_id text, event_type text, occurred_at text, amount text, currency text, quantity text,
    payload text);
create table public.sales_events (
    event_id text primary key, customer_id bigint not null, event_type text not null, occurred_at timestamptz not null,
    amount numeric(12, 2) not null, currency text not null, quantity integer not null, payload jsonb);
delete from etl_checkpoints;
insert into source.sales_events (event_id, customer_id, event_type, occurred_at, amount, currency, quantity)
select 'evt-' || n, '7', case when n % 10 = 0 then 'SALE' else 'sale' end, '2026-01-05T10:00:00Z',
       case when n <= 30 then '1,5' else '1.5' end, 'EUR', '1'
from generate_series(1, 1000) n
"""


class Chain:
    """The flow, and the tables that it stands between."""

    def __init__(self, stack) -> None:
        self.stack, self.seen = stack, Receipts(stack)

    def run(self, **inputs: str) -> dict[str, Any]:
        """An execution that has ended."""
        return self.seen.start("etl.etl_example", **inputs)

    def done(self, **inputs: str) -> dict[str, Any]:
        execution = self.run(**inputs)
        assert execution["state"]["current"] == "SUCCESS", execution
        return self.seen.outputs(execution["id"])

    def execute(self, sql: str) -> None:
        with db.connect(self.stack.postgres.dsn) as conn:
            db.execute(conn, sql)

    def count(self) -> int:
        return self.seen.row("select count(*) as rows from sales_events")["rows"]


@pytest.fixture(scope="module")
def chain(stack) -> Iterator[Chain]:
    found = Chain(stack)
    found.execute(TABLES)
    yield found
    found.execute("drop table source.sales_events, public.sales_events; delete from etl_checkpoints")


def test_rows_go_through_the_chain_once(chain: Chain):
    planned = chain.done(dry_run="true", run_name="rehearsal")
    assert (planned["outcome"], chain.count()) == ("planned", 0)
    done = chain.done(chunk_rows="100")
    summary = done["summary"]
    assert (done["outcome"], summary["inserted"], summary["bad"], summary["chunks"]) == ("ok", 970, 30, 10)
    assert summary["repaired"] == 100
    assert chain.count() == 970
    run = chain.seen.row("select status, num_chunks, execution_id from etl_runs where run_id = %s", int(done["run_id"]))
    assert (run["status"], run["num_chunks"]) == ("succeeded", 10)
    metrics = chain.seen.get(f"metrics/{run['execution_id']}", size=100).json()["results"]
    found = {(metric["name"], metric["tags"].get("quantile")) for metric in metrics}
    assert {("etl_example_chunk_seconds", "p95"), ("etl_example_ms_per_1000_rows", None)} <= found


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({"since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}, "window is refused"),
        ({"schema_mode": "strict", "since": "2026-01-01T00:00:00Z"}, "rows.csv are bad"),
    ],
)
def test_what_is_refused_fails_with_its_reason(chain: Chain, inputs: dict[str, str], told: str):
    before = chain.count()
    execution = chain.run(**inputs)
    assert execution["state"]["current"] == "FAILED"
    run = chain.seen.row("select status, outcome from etl_runs where execution_id = %s", execution["id"])
    assert run["status"] == "refused"
    assert told in run["outcome"]["message"]
    assert chain.count() == before


def test_a_source_that_a_person_switched_off_is_skipped(chain: Chain, monkeypatch: pytest.MonkeyPatch):
    for name, value in chain.stack.config.env.items():
        monkeypatch.setenv(name, value)
    assert settings.get().kestra_url
    store, key = kv.Store(), "cb.open.etl.sales_events_table"
    store.set(key, value=True)
    try:
        assert chain.done()["outcome"] == "breaker_open"
    finally:
        store.delete(key)
    assert chain.done(since="2026-01-01T00:00:00Z")["outcome"] in ("ok", "skipped")
