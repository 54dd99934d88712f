"""The book of runs, its views, and the tables that its functions make."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg2.errors
import pytest

from etl import lineage, record
from kit import db, files
from kit.errors import ConflictError
from tests.kit_support import FaultServer, reply, server

__all__ = ["server"]

EVENT = """
insert into etl_improved_events (event_id, customer_id, event_type, occurred_at, amount, currency, quantity)
values (%s, 1, 'sale', %s, %s, 'EUR', 1)
"""


@pytest.fixture
def book(migrated: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[db.Connection]:
    monkeypatch.setenv("OPSFLOWS_PG_DSN", migrated)
    with db.connect(migrated) as conn:
        db.execute(conn, "truncate etl_runs cascade")
        yield conn
        # Without its partitions again: other tests count those of the database.
        db.execute(conn, "drop table etl_improved_events; select etl_create_events('public', 'etl_improved_events')")


def begin(conn: db.Connection, name: str = "run-1", **changes) -> int:
    return record.begin(conn, flow="etl_improved", run_name=name, execution_id="e1", **changes)


def one(conn: db.Connection, sql: str, *values) -> dict:
    return db.fetch_one(conn, sql, values) or {}


def test_a_run_that_is_tried_again_stays_one(book):
    first = begin(book, run_label="daily", params={"batch_size": 500})
    assert begin(book) == first
    assert begin(book, "run-2") != first
    record.finish(book, first, status="succeeded", total_rows=98, expected_rows=100, ratio=0.98, outcome={"code": "ok"})
    found = one(book, "select * from etl_runs where run_id = %s", first)
    assert (found["status"], found["total_rows"], float(found["ratio"]), found["outcome"]) == (
        "succeeded",
        98,
        0.98,
        {"code": "ok"},
    )
    with pytest.raises(ConflictError, match="no run"):
        record.finish(book, 0, status="failed")


def test_metrics_and_alerts_stay_one_and_the_audit_tells_each_attempt(book):
    run_id = begin(book)
    for value in (1.5, 2.5):
        record.metric(book, run_id, "load_seconds", value, {"task": "load"})
        record.audit(book, run_id, "loaded", {"rows": 3})
    alerts = {
        record.alert(book, run_id=run_id, kind="low_ratio", level="warning", message="0.9", detail={"at": 1})
        for _ in range(2)
    }
    assert len(alerts) == 1
    assert one(book, "select array_agg(value) as found from etl_improved_metrics")["found"] == [2.5]
    assert one(book, "select count(*) as found from etl_improved_audit")["found"] == 2


def test_views_show_the_newest_and_leave_dry_runs_out(book):
    for name, value in (("run-1", 10), ("run-2", 20)):
        record.finish(book, begin(book, name), status="succeeded", total_rows=value)
    record.finish(book, begin(book, "run-3", dry_run=True), status="planned", total_rows=99)
    record.alert(book, run_id=None, kind="volume", level="critical", message="nothing came")
    latest = one(book, "select value, run_name from v_etl_latest_metrics where name = 'total_rows'")
    assert latest == {"value": 20.0, "run_name": "run-2"}
    assert one(book, "select kind from v_etl_recent_alerts") == {"kind": "volume"}
    db.execute(book, "select refresh_etl_mvs()")
    daily = one(book, "select measured, least, greatest, p50 from mv_etl_metrics_daily where name = 'total_rows'")
    assert daily == {"measured": 2, "least": 10.0, "greatest": 20.0, "p50": 15.0}
    assert one(book, "select alerts from mv_etl_alerts_daily") == {"alerts": 1}


def test_the_daily_views_refresh_while_they_are_read(book, migrated):
    """A reader's transaction holds its lock; a refresh that is not concurrent would wait for it and time out."""
    begin(book)
    db.execute(book, "select refresh_etl_mvs()")
    with db.connect(migrated) as reader, db.transaction(reader):
        db.fetch_all(reader, "select * from mv_etl_metrics_daily")
        db.execute(book, "set lock_timeout = '2s'")
        db.execute(book, "select refresh_etl_mvs()")


def test_a_month_gets_one_partition_whoever_asks(book):
    asked = "select create_monthly_partition(%s) as name"
    assert one(book, asked, "2026-02-17") == one(book, asked, "2026-02-01") == {"name": "etl_improved_events_2026_02"}
    db.execute(book, EVENT, ("e", "2026-02-28T23:59:59Z", 1))
    found = one(book, "select tableoid::regclass::text as name from etl_improved_events")
    assert found == {"name": "etl_improved_events_2026_02"}
    db.execute(
        book,
        "create table if not exists etl_years partition of etl_improved_events "
        "for values from ('2020-01-01T00:00:00Z') to ('2021-01-01T00:00:00Z')",
    )
    assert one(book, asked, "2020-05-01") == {"name": None}


def test_a_new_partition_keeps_no_reader_away(book, migrated):
    with db.connect(migrated) as reader, db.transaction(reader):
        db.fetch_all(reader, "select * from etl_improved_events")
        db.execute(book, "set lock_timeout = '2s'")
        db.execute(book, "select create_monthly_partition('2019-03-01')")


def test_of_an_event_the_newest_version_stays_across_partitions(book):
    for month in ("2026-03-01", "2026-04-01"):
        db.execute(book, "select create_monthly_partition(%s)", (month,))
    db.execute(book, EVENT, ("e-1", "2026-03-05T00:00:00Z", 5))
    db.execute(book, EVENT, ("e-1", "2026-04-05T00:00:00Z", 7))  # corrected a month later
    db.execute(book, EVENT, ("e-1", "2026-03-06T00:00:00Z", 6))  # and this version comes late
    rows = db.fetch_all(book, "select occurred_at::date::text as day, amount::int as amount from etl_improved_events")
    assert rows == [{"day": "2026-04-05", "amount": 7}]


def test_two_transactions_with_versions_of_one_event_leave_one(book, migrated):
    db.execute(book, "select create_monthly_partition('2026-05-01')")
    with db.connect(migrated) as other:
        with db.transaction(book):
            db.execute(book, EVENT, ("e-2", "2026-05-02T00:00:00Z", 2))
            db.execute(other, "set lock_timeout = '100ms'")
            with pytest.raises(Exception, match="lock timeout"):
                db.execute(other, EVENT, ("e-2", "2026-05-01T00:00:00Z", 1))
        db.execute(other, EVENT, ("e-2", "2026-05-01T00:00:00Z", 1))
    assert one(book, "select amount::int as amount from etl_improved_events") == {"amount": 2}


def test_transactions_with_other_events_pass_each_other(book, migrated):
    db.execute(book, "select create_monthly_partition('2026-05-01')")
    with db.connect(migrated) as other:
        db.execute(other, "set lock_timeout = '2s'")
        with db.transaction(book):
            db.execute(book, EVENT, ("e-3", "2026-05-02T00:00:00Z", 2))
            db.execute(other, EVENT, ("e-4", "2026-05-01T00:00:00Z", 1))
    assert one(book, "select count(*) as n from etl_improved_events where event_id in ('e-3', 'e-4')") == {"n": 2}


def test_many_versions_at_once_in_any_order_leave_the_newest_and_nobody_waits_in_a_circle(book, migrated):
    for month in range(1, 7):
        db.execute(book, "select create_monthly_partition(%s)", (f"2026-{month:02}-01",))

    def write(turn: int) -> None:
        row = "(%s, 1, 'sale', %s, %s, 'EUR', 1)"
        numbers = [n for n in range(60) if (n + turn) % 3]
        at = f"2026-0{1 + turn}-02T00:00:00Z"
        values = [value for n in (numbers if turn % 2 else numbers[::-1]) for value in (f"m-{n}", at, turn)]
        with db.connect(migrated) as conn:
            db.execute(conn, EVENT.partition("values")[0] + "values " + ", ".join([row] * len(numbers)), values)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    found = db.fetch_all(book, "select event_id, amount::int as turn from etl_improved_events where event_id ~ '^m-'")
    newest = {f"m-{n}": max(turn for turn in range(6) if (n + turn) % 3) for n in range(60)}
    assert {row["event_id"]: row["turn"] for row in found} == newest
    assert len(found) == len(newest)


def test_events_of_before_there_were_keys_get_theirs(book):
    db.execute(book, "select create_monthly_partition('2026-07-01'), create_monthly_partition('2026-08-01')")
    db.execute(book, EVENT, ("e-7", "2026-07-02T00:00:00Z", 1))
    db.execute(book, "delete from etl_event_keys")
    db.execute(book, files.read_text("sql/migrations/0028_etl_event_keys.sql"))
    db.execute(book, EVENT, ("e-7", "2026-08-02T00:00:00Z", 2))
    assert one(book, "select sum(amount)::int as amount from etl_improved_events where event_id = 'e-7'") == {
        "amount": 2
    }


def test_versions_within_one_statement_and_within_one_transaction_leave_the_newest(book):
    db.execute(book, "select create_monthly_partition('2026-05-01'), create_monthly_partition('2026-06-01')")
    several = EVENT + ", " + EVENT.partition("values ")[2]
    db.execute(book, several, ("e-5", "2026-05-02T00:00:00Z", 2, "e-5", "2026-06-02T00:00:00Z", 3))
    with db.transaction(book):
        for day, amount in (("2026-06-01", 5), ("2026-05-01", 4)):
            db.execute(book, EVENT, ("e-6", f"{day}T00:00:00Z", amount))
    found = (
        "select event_id, amount::int as amount from etl_improved_events where event_id in ('e-5', 'e-6') order by 1"
    )
    assert [tuple(row.values()) for row in db.fetch_all(book, found)] == [("e-5", 3), ("e-6", 5)]


def test_an_audit_table_of_another_name(book):
    db.execute(book, "select etl_create_audit('public', 'other audit')")
    record.audit(book, begin(book), "begun", {"why": "test"}, table="other audit")
    assert one(book, 'select action, detail from "other audit"') == {"action": "begun", "detail": {"why": "test"}}
    db.execute(book, 'drop table "other audit"')
    with pytest.raises(Exception, match="does not exist") as told:
        record.audit(book, begin(book), "begun", table="no_such")
    assert not isinstance(told.value, psycopg2.errors.UndefinedTable)


def test_lineage_is_recorded_and_told(book, server: FaultServer, monkeypatch):
    server.answers(reply(201))
    monkeypatch.setenv("OPSFLOWS_OPENLINEAGE_URL", f"{server.url}/api/v1/lineage")
    run_id = begin(book)
    record.finish(book, run_id, status="succeeded", total_rows=3)
    source, target = "postgres:source.sales_events", "postgres:public.etl_improved_events"
    told = lineage.record(
        book,
        run_id,
        inputs=[source],
        outputs=[target],
        rows={source: 4, target: 3},
        checksums={source: "abc"},
        release="1.2.3",
        parents=["e0"],
    )
    assert told
    assert '"eventType": "COMPLETE"' in server.requests[0].body.decode()
    assert '"rowCount": 3' in server.requests[0].body.decode()
    found = one(book, "select release, parents, inputs, outputs from etl_lineage where run_id = %s", run_id)
    assert found == {
        "release": "1.2.3",
        "parents": ["e0"],
        "inputs": [{"dataset": source, "rows": 4, "checksum": "abc"}],
        "outputs": [{"dataset": target, "rows": 3}],
    }


def test_a_lineage_server_that_is_away_hinders_nothing(book, server: FaultServer, monkeypatch):
    server.answers(reply(500))
    monkeypatch.setenv("OPSFLOWS_OPENLINEAGE_URL", f"{server.url}/api/v1/lineage")
    assert not lineage.record(book, begin(book), inputs=["a"], outputs=["b"])
    assert one(book, "select count(*) as edges from etl_lineage_edges") == {"edges": 2}
