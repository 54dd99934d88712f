"""Both halves of etl_example as tasks on a real Postgres: extract, repair, gate, load, book, checkpoint."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from etl.example import extract, failed, load
from etl.sources import checkpoints
from kit import dates, db, task
from kit.errors import ConflictError, RefusedInputError, UnavailableError
from tests import etl_support as kit

SOURCE = """
create schema if not exists source;
drop table if exists source.sales_events, public.sales_events cascade;
create table source.sales_events (
    seq bigint generated always as identity, recorded_at timestamptz not null, event_id text, customer_id text,
    event_type text, occurred_at text, amount text, currency text, quantity text, payload jsonb);
create table public.sales_events (
    event_id text primary key, customer_id bigint not null, event_type text not null, occurred_at timestamptz not null,
    amount numeric(12, 2) not null, currency text not null, quantity integer not null, payload jsonb);
truncate etl_loads, etl_load_chunks, etl_quarantine, etl_runs, etl_volumes, etl_checkpoints, ops.breakers cascade
"""
ROWS = """
insert into source.sales_events (
    recorded_at, event_id, customer_id, event_type, occurred_at, amount, currency, quantity, payload)
select %(at)s::timestamptz, %(prefix)s || n, '7', case n %% 10 when 0 then ' SALE' else 'sale' end,
       %(occurred)s, case when n <= %(bad)s then '1.234,56' else '12.50' end, 'EUR', '1',
       case n %% 4 when 0 then null else '{"sku": "P-1"}'::jsonb end
from generate_series(1, %(count)s) n
"""
CTX = task.Context(execution_id="exec-1", flow_id="etl_example", release="1.0")


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


class Chain:
    """The database, and the flow's two tasks one after the other."""

    def __init__(self, dsn: str, folder) -> None:
        self.dsn, self.folder = dsn, folder

    def add(
        self,
        count: int,
        *,
        bad: int = 0,
        at: datetime | None = None,
        prefix: str = "evt-",
        occurred: str = "2026-01-05T10:00:00Z",
    ) -> None:
        with db.connect(self.dsn) as conn:
            values = {"count": count, "bad": bad, "prefix": prefix, "occurred": occurred}
            db.execute(conn, ROWS, values | {"at": at or ago(hours=2)})

    def extract(self, ctx: task.Context = CTX, **inputs) -> dict:
        asked = extract.Inputs(source="sales_events_table", **inputs)
        return json.loads(json.dumps(extract.run(asked, ctx), default=str))

    def load(self, extracted: dict, ctx: task.Context = CTX, **inputs) -> dict:
        found = {"file": "rows.csv", "source": "sales_events_table", "table_name": "sales_events", **inputs}
        return dict(load.run(load.Inputs(extracted=extracted, **found), ctx))

    def both(self, ctx: task.Context = CTX, *, loading: dict | None = None, **inputs) -> dict:
        extracted = self.extract(ctx, **inputs)
        assert extracted.get("outcome", {}).get("code", "ok") == "ok", extracted
        return self.load(extracted, ctx, **(loading or {}))

    def rows(self, sql: str) -> list[tuple]:
        return kit.rows_of(self.dsn, sql)


def again(number: int) -> task.Context:
    return task.Context(execution_id=f"exec-{number}", flow_id="etl_example")


@pytest.fixture
def chain(migrated, tmp_path, monkeypatch) -> Iterator[Chain]:
    kit.execute(migrated, SOURCE)
    monkeypatch.setenv("OPSFLOWS_PG_DSN", migrated)
    monkeypatch.chdir(tmp_path)
    yield Chain(migrated, tmp_path)
    kit.execute(migrated, "drop table source.sales_events")  # other tests look at tables by their bare name


def test_rows_arrive_repaired_and_the_book_tells_all_of_it(chain):
    now = ago(seconds=5).replace(microsecond=123_456)  # a fraction that ends with a nought would be repaired too
    chain.add(250, bad=2, occurred=dates.to_iso(now))
    done = chain.both(chunk_rows=20)
    summary = done["summary"]
    assert (done["outcome"]["code"], summary["rows"], summary["bad"], summary["inserted"]) == ("ok", 248, 2, 248)
    assert (summary["repaired"], summary["chunks"], summary["reasons"]) == (25, 13, {"locale:amount": 2})
    assert set(summary["chunk_seconds"]["transform"]) == {"p50", "p95", "p99"}
    assert summary["rows_per_second"] > 0
    assert (summary["freshness"]["newest"], summary["freshness"]["stale"]) == (now, False)
    assert chain.rows("select count(*), count(distinct event_type) as kinds from sales_events") == [(248, 1)]
    book = "select status, total_rows, expected_rows, ratio::float8, num_chunks from etl_runs"
    assert chain.rows(book) == [("succeeded", 248, 250, 0.992, 13)]
    assert chain.rows("select direction, dataset, rows from etl_lineage_edges order by 1") == [
        ("input", "sales_events_table", 250),
        ("output", "postgres:public.sales_events", 248),
    ]
    assert chain.rows("select kind, level from etl_improved_alerts") == [("quarantine", "info")]
    assert chain.rows("select count(*) from etl_improved_metrics where name = 'chunk_load_seconds'") == [(3,)]


def test_without_a_window_each_run_takes_what_is_new(chain):
    chain.add(30)
    assert chain.both()["summary"]["inserted"] == 30
    chain.add(5, at=datetime.now(UTC) - timedelta(seconds=1), prefix="new-")
    extracted = chain.extract(again(2))
    assert (extracted["rows"], extracted["window"]["name"]) == (5, "all")
    assert chain.load(extracted, again(2))["summary"]["inserted"] == 5


def test_a_window_is_cut_by_the_source_and_leaves_the_checkpoint_alone(chain):
    day = datetime(2026, 3, 2, tzinfo=UTC)
    chain.add(10, at=day, prefix="in-")
    chain.add(10, at=day + timedelta(days=1), prefix="out-")
    summary = chain.both(since="2026-03-02T00:00:00Z", until="2026-03-03T00:00:00Z")["summary"]
    assert (summary["inserted"], summary["window"]) == (10, "2026-03-02T00:00:00Z/2026-03-03T00:00:00Z")
    with db.connect(chain.dsn) as conn:
        assert checkpoints.read(conn, "sales_events_table", "etl_example") is None


def test_the_same_again_is_skipped_and_then_changes_nothing(chain):
    chain.add(30)
    window = {"since": ago(days=1).isoformat(), "until": ago().isoformat()}
    chain.both(**window)
    assert chain.both(again(2), **window)["outcome"]["code"] == "skipped"
    third = chain.both(again(3), loading={"idempotency_ttl_minutes": 0}, **window)["summary"]
    assert (third["inserted"], third["updated"], third["unchanged"]) == (0, 0, 30)


def test_a_rehearsal_and_a_trial_leave_no_trace_of_rows_and_checkpoint(chain):
    chain.add(30)
    planned = chain.both(dry_run=True, loading={"dry_run": True})
    assert (planned["outcome"]["code"], planned["summary"]["rows"]) == ("planned", 30)
    assert chain.rows("select count(*) from sales_events") == [(0,)]
    trial = chain.both(again(2), rows=7)["summary"]
    assert trial["inserted"] == 7
    assert chain.rows("select count(*) from etl_checkpoints") == [(0,)]
    assert chain.rows("select count(*) from etl_volumes") == [(0,)]


@pytest.mark.parametrize(
    ("count", "bad", "mode", "environment", "code"),
    [
        (0, 0, "tolerant", {}, "dq_too_few_rows"),
        (50, 0, "tolerant", {"OPSFLOWS_ETL_DQ_MAX_ROWS": "49"}, "dq_too_many_rows"),
        (50, 0, "tolerant", {"OPSFLOWS_ETL_DQ_NULL_RATES": "payload=0.2"}, "dq_nulls"),
        (50, 10, "tolerant", {}, "too_many_bad_rows"),
        (50, 1, "strict", {}, "too_many_bad_rows"),
    ],
)
def test_what_a_gate_refuses_is_published_nowhere(chain, monkeypatch, count, bad, mode, environment, code):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    chain.add(count, bad=bad)
    extracted = chain.extract()
    with pytest.raises(RefusedInputError) as refused:
        chain.load(extracted, schema_mode=mode)
    assert refused.value.code == code
    assert chain.rows("select count(*) from sales_events") == [(0,)]
    assert chain.rows("select status, outcome->>'code' from etl_runs") == [("refused", code)]
    assert chain.rows("select kind, level from etl_improved_alerts") == [(f"refused:{code}", "critical")]
    assert chain.rows("select count(*) from etl_checkpoints") == [(0,)]


def test_null_rates_within_their_limits_are_told(chain, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_ETL_DQ_NULL_RATES", "payload=0.5,amount=0")
    chain.add(100)
    assert chain.both()["summary"]["null_rates"] == {"payload": 0.25, "amount": 0.0}


def test_an_empty_source_passes_where_that_is_allowed(chain, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_ETL_DQ_MIN_ROWS", "0")
    done = chain.both()
    assert (done["outcome"]["code"], done["summary"]["rows"]) == ("ok", 0)


def test_a_wrong_window_is_refused_before_anything_is_read(chain):
    found = chain.extract(since="2026-03-02T00:00:00Z", until="2026-03-01T00:00:00Z")
    assert found["outcome"]["code"] == "window_reversed"
    assert chain.rows("select status, outcome->>'code' from etl_runs") == [("refused", "window_reversed")]


def test_a_table_that_lags_behind_its_contract_is_told_and_only_when_news_were_asked_for(chain):
    chain.add(30)
    window = {"since": ago(days=1).isoformat(), "until": ago().isoformat()}
    assert chain.both(**window)["summary"]["freshness"] is None
    assert chain.rows("select kind from etl_improved_alerts") == []
    assert chain.both(again(2))["summary"]["freshness"]["stale"]
    told = "sales_events is older than its contract allows: the newest event is from 2026-01-05T10:00:00Z"
    assert chain.rows("select kind, level, message from etl_improved_alerts") == [("stale", "warning", told)]


def test_an_unusual_number_of_rows_is_told_or_refused(chain, monkeypatch):
    for week in range(6):
        day = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(weeks=week)
        chain.add(40 if week < 5 else 4, at=day, prefix=f"w{week}-")
        window = {"since": day.isoformat(), "until": (day + timedelta(days=1)).isoformat()}
        extracted = chain.extract(again(week), **window)
        assert extracted["volume"]["verdict"] == ("unknown" if week < 5 else "low")
        chain.load(extracted, again(week))
    assert chain.rows("select kind, level from etl_improved_alerts") == [("volume", "warning")]
    monkeypatch.setenv("OPSFLOWS_ETL_VOLUME_ACTION", "refuse")
    assert chain.extract(again(9), **window)["outcome"]["code"] == "volume_anomaly"


def test_a_source_whose_breaker_is_open_is_skipped(chain):
    kit.execute(chain.dsn, "alter table source.sales_events rename to hidden")
    assert chain.extract(switch="true")["outcome"]["code"] == "breaker_open"
    kit.execute(
        chain.dsn,
        "insert into ops.breakers (provider, state, failures, code, opened_at, cooldown_s, probe_at) values "
        "('etl.sales_events_table', 'open', 5, 'connect', now(), 60, now() + interval '1 minute')",
    )
    found = chain.extract(again(2))
    assert found["outcome"]["code"] == "breaker_open"
    assert chain.rows("select distinct status from etl_runs") == [("skipped",)]
    kit.execute(chain.dsn, "alter table source.hidden rename to sales_events")
    chain.add(3)
    assert chain.extract(again(3), switch="false")["rows"] == 3  # a person says: all the same
    kit.execute(chain.dsn, "update ops.breakers set probe_at = now() - interval '1 second'")
    assert chain.extract(again(4))["rows"] == 3  # the probe
    assert chain.rows("select state, failures from ops.breakers") == [("closed", 0)]


def test_a_failed_run_is_closed_but_one_that_said_why_is_left(chain):
    chain.add(3)
    chain.extract()
    chain.extract(again(2), since="x")
    assert failed.run(failed.Inputs(), CTX)["run_id"]
    assert failed.run(failed.Inputs(), again(2)) == {"run_id": None}
    assert chain.rows("select status from etl_runs order by run_id") == [("failed",), ("refused",)]
    assert chain.rows("select kind, level from etl_improved_alerts") == [("failed", "critical")]


def test_an_orphan_of_the_same_run_is_waited_for_and_a_stranger_is_refused(chain):
    chain.add(30)
    extracted = chain.extract()
    with db.connect(chain.dsn) as conn, db.advisory_lock(conn, "etl:load:public.sales_events:all"):
        with pytest.raises(ConflictError) as stranger:
            chain.load(extracted)
        assert stranger.value.code == "window_busy"
        kit.execute(
            chain.dsn,
            "insert into etl_loads (load_id, dataset, target, load_window, source, state) values "
            "('exec-1', 'sales_events', 'public.sales_events', 'all', 'rows.csv', 'publishing')",
        )
        with pytest.raises(UnavailableError) as orphan:
            chain.load(extracted)
        assert orphan.value.code == "same_run"
    assert chain.load(extracted)["summary"]["inserted"] == 30
