"""etl_maintenance against a real Postgres: what goes, what stays, what is refused, and who never waits."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from etl.maintenance import months, run
from kit import db
from kit.errors import ConflictError, OpsflowsError, RefusedInputError
from tests import maintenance_support as kit

KEPT = ("etl_improved_metrics", "etl_improved_audit", "etl_improved_alerts", "etl_runs")


@pytest.fixture
def dsn(migrated):
    kit.clean(migrated)
    return migrated


@pytest.fixture
def maintain(dsn, tmp_path, monkeypatch):
    def go(**inputs):
        return kit.maintain(dsn, tmp_path, monkeypatch, **inputs)

    return go


@pytest.fixture
def conn(dsn):
    with db.connect(dsn) as connection:
        yield connection


def test_rows_go_when_their_days_are_over_and_runs_when_the_longest_are(conn, maintain):
    for days in (10, 89, 91, 181, 366):
        kit.measured(conn, days, 30)
    found = maintain()
    assert kit.counts(conn, *KEPT) == [60, 2, 3, 4]
    assert found["counts"]["rows"] == 90 + 3 + 2 + 1
    assert found["counts"]["left"] == 0


def test_the_days_are_inputs_with_bounds():
    assert run.Inputs().kept() == {"metrics": 90, "audit": 90, "alerts": 180, "events": 365, "temp": 7}
    for name in run.Inputs().kept():
        for days in (6, 1096, -1):
            with pytest.raises(ValidationError):
                run.Inputs(**{f"{name}_days": days})
        assert run.Inputs(**{f"{name}_days": 7}).kept()[name] == 7


def test_months_are_dropped_whole_with_their_keys_and_the_month_between_loses_its_old_days(conn, maintain):
    old, newest = kit.events(conn, 14, 1, 200), kit.events(conn, 0, 500, 599)
    edge = (datetime.now(UTC) - timedelta(days=365)).date()
    ago = 12 if edge.day > 1 else 13
    kit.events(conn, ago, 300, 399)
    past = db.fetch_one(
        conn, "select count(*) as n from etl_improved_events where occurred_at < now() - '365 days'::interval"
    )
    found = maintain()
    assert old not in kit.partitions(conn)
    assert newest in kit.partitions(conn)
    assert kit.counts(conn, "pg_class where relname = '" + old + "'") == [0]
    left = 400 - past["n"]
    assert (kit.counts(conn, "etl_improved_events"), kit.keys(conn)) == ([left], left)
    [line] = [line for line in found["told"]["tables"] if line["table"] == "public.etl_improved_events"]
    assert (line["partitions"], line["rows"]) == ([old], past["n"])
    assert found["freed_bytes"] > 8192


def test_an_event_that_a_load_brings_while_its_old_month_goes_keeps_its_key(conn, dsn, maintain, monkeypatch):
    kit.events(conn, 14, 1, 50)
    kit.events(conn, 0, 900, 900)
    drop = months._drop

    def load_first(book, rule, part, cutoff, left):
        with db.connect(dsn) as other:
            db.execute(other, kit.EVENTS.format("etl_improved_events"), (f"{kit.month(0)}T00:00:00Z", 7, 7))
        drop(book, rule, part, cutoff, left)

    monkeypatch.setattr(months, "_drop", load_first)
    maintain()
    assert (kit.counts(conn, "etl_improved_events"), kit.keys(conn)) == ([2], 2)


def test_a_partition_that_a_load_holds_is_left_for_the_next_run(conn, dsn, maintain, monkeypatch):
    monkeypatch.setattr(months, "_PATIENCE_S", 0.2)
    old = kit.events(conn, 14, 1, 20)
    with db.connect(dsn) as load, db.transaction(load):
        db.execute(load, f"update {old} set quantity = 2")  # noqa: S608 - the test's own
        found = maintain()
        assert found["told"]["left"] == [f"public.etl_improved_events: {old}"]
        assert old in kit.partitions(conn)
    maintain(execution="e2")
    assert kit.partitions(conn) == []


def test_a_reader_of_long_standing_hinders_and_is_not_hindered(conn, dsn, maintain, monkeypatch):
    monkeypatch.setattr(months, "_PATIENCE_S", 0.2)
    old = kit.events(conn, 14, 1, 20)
    with db.connect(dsn) as reader, db.transaction(reader):
        db.execute(reader, "set transaction isolation level repeatable read")
        assert kit.counts(reader, "etl_improved_events") == [20]
        assert maintain()["counts"]["left"] == 1
        assert kit.counts(reader, "etl_improved_events") == [20]
    assert kit.counts(conn, "etl_improved_events") == [0]  # detached, not ended
    assert maintain(execution="e2")["told"]["left"] == []
    assert kit.counts(conn, "pg_class where relname = '" + old + "'") == [0]


def test_no_reader_waits_long_for_a_lock(conn, dsn, maintain):
    for ago in (14, 15, 16):
        kit.events(conn, ago, ago * 1000, ago * 1000 + 500)
    kit.measured(conn, 100, 5000)
    stop, readings, hindered = threading.Event(), [], []

    def read():
        with db.connect(dsn) as reader:
            db.execute(reader, "set lock_timeout = '1s'")
            while not stop.is_set():
                try:
                    readings.append(kit.counts(reader, "etl_improved_events", "etl_improved_metrics"))
                except OpsflowsError as error:
                    hindered.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    found = maintain()
    stop.set()
    reader.join()
    assert readings
    assert hindered == []
    assert found["counts"]["partitions"] == 3


def test_a_partition_under_a_default_one_goes_too(conn, maintain):
    kit.events(conn, 14, 1, 20)
    db.execute(conn, "create table other_events partition of etl_improved_events default")
    maintain()
    assert kit.partitions(conn) == ["other_events"]


def test_a_rehearsal_counts_and_changes_nothing(conn, maintain):
    kit.measured(conn, 100, 40)
    old = kit.events(conn, 14, 1, 25)
    before = kit.counts(conn, *KEPT, "etl_improved_events", "etl_event_keys", "ops.maintenance_runs")
    found = maintain(dry_run=True)
    assert found["counts"] == {"rows": 40 + 1 + 25, "partitions": 1, "leftovers": 0, "left": 0}
    assert kit.counts(conn, *KEPT, "etl_improved_events", "etl_event_keys", "ops.maintenance_runs") == before
    assert old in kit.partitions(conn)
    done = maintain()
    assert done["counts"] == found["counts"]


@pytest.mark.parametrize("name", ["public.etl_event_keys", "ops.claims", 'x"; drop table etl_runs; --', "pg_class", ""])
def test_a_table_that_is_not_in_the_list_is_refused(maintain, conn, name):
    kit.measured(conn, 100, 5)
    with pytest.raises(RefusedInputError) as refused:
        maintain(tables=[name])
    assert refused.value.code == "table_not_allowed"
    assert kit.counts(conn, "etl_improved_metrics", "ops.maintenance_runs") == [5, 0]


def test_only_the_tables_that_were_asked_for(conn, maintain):
    kit.measured(conn, 400, 5)
    found = maintain(tables=["public.etl_improved_alerts"])
    assert kit.counts(conn, *KEPT) == [5, 1, 0, 1]
    assert [line["table"] for line in found["told"]["tables"]] == ["public.etl_improved_alerts"]


def test_names_are_never_read_as_sql(conn, maintain, monkeypatch):
    name, column = 'a"b; drop table etl_runs; --', "when'); --"
    quoted = 'public."a""b; drop table etl_runs; --"'
    db.execute(conn, f'drop table if exists {quoted}; create table {quoted} ("{column}" timestamptz, "k""ind" text)')
    rows = "('2020-01-01', 'it''s'), ('2020-01-01', 'kept'), (now(), 'it''s'), (null, 'it''s')"
    db.execute(conn, f"insert into {quoted} values {rows}")  # noqa: S608 - the test's own
    rule = {"table": f"public.{name}", "keep": "metrics", "time": column, "only": {'k"ind': ["it's"]}}
    kit.listed(monkeypatch, rule)
    kit.measured(conn, 400, 1)
    maintain()
    assert kit.counts(conn, quoted, "etl_runs") == [3, 1]


PARTED = """
drop table if exists own_rows;
create table own_rows (at timestamptz, made_at timestamptz, state text) partition by {by};
create table own_rows_old partition of own_rows {bound};
create table own_rows_other partition of own_rows default;
insert into own_rows values ('2020-01-05', '2020-01-05', 'done'), ('2020-01-06', now(), 'open'), (now(), now(), 'done')
"""
BY_TIME = {"by": "range (at)", "bound": "for values from ('2020-01-01Z') to ('2020-02-01Z')"}
BY_STATE = {"by": "list (state)", "bound": "for values in ('open')"}


@pytest.mark.parametrize(
    ("made", "rule", "parts", "left"),
    [
        (BY_TIME, {"time": "at"}, ["own_rows_other"], 1),
        (BY_TIME, {"time": "at", "only": {"state": ["done"]}}, ["own_rows_old", "own_rows_other"], 2),
        (BY_TIME, {"time": "made_at"}, ["own_rows_old", "own_rows_other"], 2),
        (BY_STATE, {"time": "at"}, ["own_rows_old", "own_rows_other"], 1),
    ],
)
def test_a_partitioned_table_of_ones_own_loses_only_what_its_rule_says(
    conn, maintain, monkeypatch, made, rule, parts, left
):
    db.execute(conn, PARTED.format(**made))
    kit.listed(monkeypatch, {"table": "public.own_rows", "keep": "metrics", **rule})
    planned = maintain(dry_run=True)["counts"]
    assert maintain()["counts"] == planned
    assert (kit.partitions(conn, "own_rows"), kit.counts(conn, "own_rows")) == (parts, [left])
    db.execute(conn, "drop table own_rows")


def test_the_quarantine_keeps_open_rows_as_long_as_events(conn, maintain):
    for number, (days, state) in enumerate([(100, "open"), (100, "replayed"), (100, "dropped"), (400, "open")]):
        db.execute(
            conn,
            "insert into etl_quarantine (load_id, chunk, line, dataset, code, raw, state, created_at) "
            "values ('l', 0, %s, 'd', 'c', 'r', %s, now() - %s * interval '1 day')",
            (number, state, days),
        )
    maintain()
    assert kit.counts(conn, "etl_quarantine where line = 0", "etl_quarantine") == [1, 1]


def test_one_at_a_time(dsn, maintain):
    with db.connect(dsn) as other, db.advisory_lock(other, "etl:maintenance"), pytest.raises(ConflictError) as refused:
        maintain()
    assert refused.value.code == "maintenance_running"


def test_a_run_that_ended_tells_the_same_again_and_a_dead_one_is_replaced(conn, maintain):
    kit.measured(conn, 100, 5)
    first = maintain()
    kit.measured(conn, 101, 5)
    assert maintain() == first
    db.execute(conn, "update ops.maintenance_runs set state = 'running', report = null")
    maintain(execution="e2")
    states = db.fetch_all(conn, "select run_id, state from ops.maintenance_runs order by 1")
    assert [tuple(row.values()) for row in states] == [("e1", "replaced"), ("e2", "done")]


def test_what_a_migration_left_goes_when_it_stood_still_for_long_enough(conn, maintain):
    db.execute(conn, "drop table if exists old_events, old_events_partitioned cascade")
    db.execute(conn, "create table old_events (event_id text primary key, occurred_at timestamptz)")
    db.execute(conn, "create table old_events_partitioned (like old_events) partition by range (occurred_at)")
    db.execute(conn, "comment on table old_events_partitioned is 'opsflows:partitioning {}'")
    assert maintain()["counts"]["leftovers"] == 0
    db.execute(conn, "update ops.maintenance_leftovers set seen_at = now() - interval '8 days'")
    db.execute(conn, "comment on table old_events_partitioned is 'opsflows:partitioning {\"next\": 1}'")
    assert maintain(execution="e2")["counts"]["leftovers"] == 0  # somebody went on with it
    db.execute(conn, "update ops.maintenance_leftovers set seen_at = now() - interval '8 days'")
    with db.advisory_lock(conn, "etl:partitioning:public.old_events"):
        assert maintain(execution="e3")["counts"]["leftovers"] == 0  # at this moment
    assert maintain(execution="e4")["told"]["leftovers"] == ["old_events_partitioned"]
    assert kit.counts(conn, "pg_class where relname like 'old_events%'") == [2]  # the table and its key
    db.execute(conn, "drop table old_events")


def test_indexes_that_nobody_reads_and_those_that_are_too_large_are_reported(conn, maintain, monkeypatch, tmp_path):
    db.execute(conn, "drop table if exists wide")
    db.execute(conn, "create table wide (n int primary key, at timestamptz default now(), word text)")
    db.execute(conn, "insert into wide select g, now(), repeat('x', 20) || g from generate_series(1, 60000) g")
    db.execute(conn, "create index wide_word on wide (word)")
    db.execute(conn, "delete from wide where n % 20 <> 0; analyze wide")
    db.execute(conn, "vacuum analyze wide")
    kit.listed(monkeypatch, {"table": "public.wide", "keep": "metrics", "time": "at"})
    monkeypatch.setenv("OPSFLOWS_STORAGE_PRICE_GB_MONTH", "0.12")
    found = maintain()["told"]
    assert [one["index"] for one in found["indexes"]["unused"]] == ["public.wide_word"]
    assert {one["index"] for one in found["indexes"]["bloated"]} == {"public.wide_word", "public.wide_pkey"}
    assert {one["how"] for one in found["indexes"]["bloated"]} == {"estimated"}
    assert (found["price"], found["saving"]) == ("0.12", "0.0000")
    text = (tmp_path / run.MARKDOWN).read_text()
    assert "## Índices sin uso" in text
    assert "public.wide\\_word" in text
    monkeypatch.setenv("OPSFLOWS_LOCALE", "en")
    assert "## Indexes without use" in (maintain(execution="e2"), (tmp_path / run.MARKDOWN).read_text())[1]
    db.execute(conn, "drop table wide")
