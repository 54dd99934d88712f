"""Backfill, replay of the quarantine and export on the engine, one after the other on the same table."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flowkit import Receipts
from pyarrow import parquet

from kit import db
from tools.backfill import __main__ as tool

pytestmark = [pytest.mark.engine]
# Three days, 100 rows each; one row a day has a currency that the contract does not know.
TABLES = """
create schema if not exists source;
drop table if exists source.sales_events, public.range_events;
create table source.sales_events (
    seq bigint generated always as identity, recorded_at timestamptz not null, event_id text, customer_id text,
    event_type text, occurred_at text, amount text, currency text, quantity text, payload text);
create table public.range_events (
    event_id text primary key, customer_id bigint not null, event_type text not null, occurred_at timestamptz not null,
    amount numeric(12, 2) not null, currency text not null, quantity integer not null, payload jsonb);
insert into source.sales_events
    (recorded_at, event_id, customer_id, event_type, occurred_at, amount, currency, quantity)
select '2026-01-05T00:00:00Z'::timestamptz + n * interval '864 s', 'range-' || n, '7', 'sale',
       to_char('2026-01-05'::timestamp + n * interval '864 s', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '1.50',
       case when n % 100 = 50 then 'ESP' else 'EUR' end, '1'
from generate_series(0, 299) n
"""
RANGE = {"since": "2026-01-05T00:00:00Z", "until": "2026-01-08T00:00:00Z"}


class Desk:
    def __init__(self, stack) -> None:
        self.stack, self.seen = stack, Receipts(stack)

    def run(self, flow: str, **inputs: str) -> tuple[str, dict[str, Any]]:
        """The state in which an execution ended, and its outputs."""
        execution = self.seen.start(f"etl.{flow}", **inputs)
        return execution["state"]["current"], self.seen.outputs(execution["id"])

    def execute(self, sql: str) -> None:
        with db.connect(self.stack.postgres.dsn) as conn:
            db.execute(conn, sql)

    def rows(self) -> int:
        return self.seen.row("select count(*) as rows from range_events")["rows"]


@pytest.fixture(scope="module")
def desk(stack) -> Iterator[Desk]:
    found = Desk(stack)
    found.execute(TABLES)
    yield found
    found.execute("drop table source.sales_events, public.range_events; truncate etl_backfills cascade")


@pytest.fixture(scope="module")
def brought(desk: Desk) -> tuple[str, dict[str, Any]]:
    return desk.run("etl_backfill", table_name="range_events", run_name="flow-test", parallel="2", **RANGE)


def test_a_backfill_brings_and_proves_its_windows(desk: Desk, brought):
    state, told = brought
    assert (state, told["outcome"]) == ("SUCCESS", "ok"), told
    counts = told["counts"]
    assert (counts["windows"], counts["proven"], counts["rows"], counts["bad"]) == (3, 3, 297, 3)
    assert desk.rows() == 297


@pytest.mark.usefixtures("brought")
def test_the_command_starts_it_and_shows_the_plan(desk: Desk, capsys, monkeypatch):
    target = desk.stack.target
    settings = {**desk.stack.config.env, "OPSFLOWS_KESTRA_URL": target.url}
    monkeypatch.setattr(tool.local_stack, "variables", lambda _home: settings)
    for name in settings:
        monkeypatch.setenv(name, "")
    given = ["sales_events_table", "--table", "range_events", "--since", RANGE["since"], "--local", "--plan"]
    assert tool.main([*given, "--until", "2026-01-09T00:00:00Z"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("SUCCESS planned: ")
    assert "2026-01-05T00:00:00Z,2026-01-06T00:00:00Z,proven" in told
    assert "2026-01-08T00:00:00Z,2026-01-09T00:00:00Z,to_read" in told
    assert tool.main(["nowhere", "--local"]) == 1


@pytest.mark.usefixtures("brought")
def test_a_replay_publishes_what_was_set_right(desk: Desk):
    desk.execute("update etl_quarantine set corrected = replace(raw, 'ESP', 'EUR') where load_id like 'flow-test/%'")
    state, told = desk.run("etl_dlq_replay", dataset="sales_events", reason="enum:currency")
    assert (state, told["counts"]["replayed"], desk.rows()) == ("SUCCESS", 3, 297)
    state, told = desk.run("etl_dlq_replay", dataset="sales_events", reason="enum:currency", dry_run="false")
    assert (state, told["counts"]["before"], told["counts"]["after"]) == ("SUCCESS", 3, 0)
    assert desk.rows() == 300


@pytest.mark.usefixtures("brought")
def test_an_export_is_the_table_by_day(desk: Desk):
    state, told = desk.run("etl_export", table_name="range_events")
    assert (state, told["outcome"], told["counts"]["files"]) == ("SUCCESS", "ok", 3), told
    bucket = Path(desk.stack.config.env["OPSFLOWS_ETL_BUCKET"])
    manifest = json.loads((bucket / told["manifest"]).read_bytes())
    tables = [parquet.read_table(bucket / file["key"], partitioning=None) for file in manifest["files"]]
    assert sum(table.num_rows for table in tables) == desk.rows()
    assert desk.run("etl_export", table_name="range_events")[1]["counts"]["written"] == 0


def test_what_cannot_be_is_a_failed_execution(desk: Desk):
    wrong = {"since": RANGE["until"], "until": RANGE["since"]}
    assert desk.run("etl_backfill", table_name="range_events", **wrong)[0] == "FAILED"
    assert desk.run("etl_export", table_name="no_such_table")[0] == "FAILED"
