"""What a load does to a real table: loads, leaves alone, changes, refuses; and what it records."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from etl import load_csv
from etl.load import book, part, run
from kit import db, task
from kit.errors import ConfigurationError, ConflictError, RefusedInputError
from tests import etl_support as kit

COUNTS = "select rows_read, rows_bad, rows_duplicate, rows_inserted, rows_updated, state, plan from etl_loads"


def test_good_rows_are_loaded_with_a_checkpoint_a_chunk(sales, tmp_path):
    path = kit.write(tmp_path, [kit.row(number) for number in range(1000)])
    report = kit.load(sales, path, chunk_rows=300, workers=2)
    assert (report.rows, report.inserted, report.updated, report.chunks) == (1000, 1000, 0, 4)
    assert kit.rows_of(sales, "select chunk, rows from etl_load_chunks order by 1") == [
        *[(chunk, 300) for chunk in range(3)],
        (3, 100),
    ]
    assert kit.rows_of(sales, COUNTS) == [(1000, 0, 0, 1000, 0, "done", "straight")]
    assert kit.rows_of(sales, "select note from sales_events where event_id = 'evt-000005'") == [("Café, nº 5",)]


def test_a_replay_changes_nothing(sales, tmp_path):
    path = kit.write(tmp_path, kit.dirty_rows(1000))
    kit.load(sales, path)
    written = "select max(xmin::text::bigint), max(xmax::text::bigint) from sales_events"
    before, rows = kit.state(sales), kit.rows_of(sales, written)
    report = kit.load(sales, path, run="run-2", ttl_minutes=0, chunk_rows=77, workers=2)
    assert (report.plan, report.inserted, report.updated) == ("diff", 0, 0)
    assert (kit.state(sales), kit.rows_of(sales, written)) == (before, rows)


def test_only_what_changed_is_written(sales, tmp_path):
    rows = [kit.row(number) for number in range(500)]
    kit.load(sales, kit.write(tmp_path, rows))
    rows[::10] = [kit.row(number, amount="7.77") for number in range(0, 500, 10)]
    report = kit.load(sales, kit.write(tmp_path, [*rows, kit.row(900)]), run="run-2")
    assert (report.inserted, report.updated, report.unchanged) == (1, 50, 450)


def test_an_older_event_never_replaces_a_newer_one(sales, tmp_path):
    newer = kit.row(1, occurred_at="2025-05-05T10:00:00Z", amount="2.00")
    kit.load(sales, kit.write(tmp_path, [newer]))
    report = kit.load(sales, kit.write(tmp_path, [kit.row(1, occurred_at="2025-05-05T09:59:59Z")]), run="run-2")
    assert report.updated == 0
    assert kit.rows_of(sales, "select amount::text from sales_events") == [("2.00",)]


def test_of_one_key_the_last_event_wins_wherever_it_lies(sales, tmp_path):
    times = ("2025-05-05T10:00:00Z", "2025-05-05T12:00:00+01:00", "2025-05-05T09:00:00Z")
    rows = [kit.row(1, occurred_at=time, amount=f"{number}.00") for number, time in enumerate(times)]
    same = [kit.row(2, amount="1.00"), kit.row(2, amount="2.00")]  # one event twice: the row that comes last
    report = kit.load(sales, kit.write(tmp_path, [*rows, *same, kit.row(3)]), chunk_rows=1)
    assert (report.inserted, report.duplicates) == (3, 3)
    found = kit.rows_of(sales, "select event_id, amount::text from sales_events order by 1")
    assert found[:2] == [("evt-000001", "1.00"), ("evt-000002", "2.00")]


def test_the_same_content_is_not_loaded_again_within_its_time(sales, tmp_path):
    path = kit.write(tmp_path, [kit.row(1)])
    kit.load(sales, path)
    again = kit.load(sales, path, run="run-2")
    assert (again.state, again.same_as) == ("skipped", "run-1")
    assert kit.load(sales, path, run="run-3", allow_overwrite=True).state == "done"
    assert kit.load(sales, path, run="run-4", window="another").state == "done"
    assert kit.load(sales, path).inserted == 1  # the report of the first run, not a second load


def test_a_dry_run_writes_nothing(sales, tmp_path):
    report = kit.load(sales, kit.write(tmp_path, kit.dirty_rows(100)), dry_run=True)
    assert (report.state, report.plan, report.bad) == ("planned", "straight", 2)
    assert kit.rows_of(sales, ALL_ROWS) == [(0,)] * 4


ALL_ROWS = " union all ".join(
    f"select count(*) from {table}"  # noqa: S608 - names of ours
    for table in ("sales_events", "etl_loads", "etl_load_chunks", "etl_quarantine")
)


def test_one_window_has_one_run_and_the_others_refuse_at_once(sales, tmp_path):
    path = kit.write(tmp_path, [kit.row(number) for number in range(100)])
    with db.connect(sales) as conn:
        with run._window(conn, kit.job(path)), ThreadPoolExecutor(4) as pool:
            refused = [pool.submit(kit.load, sales, path, run=f"run-{number}") for number in range(4)]
            assert {future.exception().code for future in refused} == {"window_busy"}
        assert kit.load(sales, path).inserted == 100  # let go of with the load, not with the connection


def test_a_name_belongs_to_one_load(sales, tmp_path):
    kit.load(sales, kit.write(tmp_path, [kit.row(1)]))
    with pytest.raises(ConflictError) as refused:
        kit.load(sales, kit.write(tmp_path, [kit.row(2)]), window="another")
    assert refused.value.code == "run_taken"


def test_an_empty_source_is_a_load_of_nothing(sales, tmp_path):
    report = kit.load(sales, kit.write(tmp_path, []), workers=2)
    assert (report.state, report.rows, report.chunks) == ("done", 0, 0)


@pytest.mark.parametrize(
    ("header", "code", "told"),
    [
        ([name for name in kit.HEADER if name != "amount"], "columns_missing", "amount"),
        ([name.replace("amount", "total") for name in kit.HEADER], "columns_missing", "It has total"),
        ([*kit.HEADER, "colour"], "columns_unknown", "colour"),
        ([*kit.HEADER, "amount"], "columns_unknown", "twice"),
    ],
)
def test_other_columns_are_refused(sales, tmp_path, header, code, told):
    with pytest.raises(RefusedInputError, match=told) as refused:
        kit.load(sales, kit.write(tmp_path, [kit.row(1)], header=",".join(header)))
    assert refused.value.code == code


@pytest.mark.parametrize(("unknown", "columns"), [("discard", 8), ("evolve", 9)])
def test_unknown_columns_are_discarded_or_added(sales, tmp_path, unknown, columns):
    rows = [kit.row(number).rstrip("\n") + ',"red, or ""so"""\n' for number in range(20)]
    path = kit.write(tmp_path, rows, header=",".join([*kit.HEADER, "colour"]))
    assert kit.load(sales, path, contract=kit.contracted(unknown=unknown), chunk_rows=7).inserted == 20
    with db.connect(sales) as conn:
        row = db.fetch_one(conn, "select * from sales_events limit 1")
    assert len(row) == columns
    assert row.get("colour", 'red, or "so"') == 'red, or "so"'


def test_neither_a_dry_run_nor_a_refused_one_adds_a_column(sales, tmp_path):
    rows = [kit.row(1).rstrip("\n") + ",red\n", kit.row(2, amount="-1").rstrip("\n") + ",red\n"]
    path = kit.write(tmp_path, rows, header=",".join([*kit.HEADER, "colour"]))
    contract = kit.contracted(unknown="evolve")
    assert kit.load(sales, path, contract=contract, dry_run=True).bad == 1
    with pytest.raises(RefusedInputError):
        kit.load(sales, path, contract=contract)
    assert kit.rows_of(sales, "select * from sales_events") == []
    columns = "select count(*) from pg_attribute where attrelid = 'sales_events'::regclass and attnum > 0"
    assert kit.rows_of(sales, columns) == [(8,)]


def test_the_order_of_the_columns_is_the_files(sales, tmp_path):
    header = ",".join(reversed(kit.HEADER))
    line = '"{""a"": 1}",,EUR,1.50,2025-05-05T10:00:00Z,sale,7,evt-1\n'
    assert kit.load(sales, kit.write(tmp_path, [line], header=header)).inserted == 1
    assert kit.rows_of(sales, "select event_id, customer_id, currency from sales_events") == [("evt-1", 7, "EUR")]


def test_line_ends_of_windows_and_a_byte_order_mark(sales, tmp_path):
    rows = [kit.row(number).replace("\n", "\r\n") for number in range(5)]
    path = kit.write(tmp_path, rows, header="\ufeff" + ",".join(kit.HEADER) + "\r")
    assert kit.load(sales, path).inserted == 5


def test_a_target_that_is_missing_or_lacks_a_column(sales, tmp_path):
    path = kit.write(tmp_path, [kit.row(1)])
    with pytest.raises(ConfigurationError) as refused:
        kit.load(sales, path, table="nowhere")
    assert refused.value.code == "target_missing"
    kit.execute(sales, "alter table sales_events drop column note")
    with pytest.raises(ConfigurationError) as refused:
        kit.load(sales, path)
    assert refused.value.code == "target_column_missing"


def test_a_target_without_the_contracts_key_is_refused(sales, tmp_path):
    kit.execute(sales, "alter table sales_events drop constraint sales_events_pkey; " + OTHER_KEYS)
    with pytest.raises(ConfigurationError) as refused:
        kit.load(sales, kit.write(tmp_path, [kit.row(1)]))
    assert refused.value.code == "target_key_missing"


OTHER_KEYS = """
create index on sales_events (event_id);
create unique index on sales_events (event_id, customer_id);
create unique index on sales_events (event_id) where note is null;
create unique index on sales_events (lower(event_id));
"""


def test_a_file_that_changes_between_judging_and_publishing_is_not_published(sales, tmp_path, monkeypatch):
    path = kit.write(tmp_path, [kit.row(number) for number in range(100)])
    real = book.gate
    monkeypatch.setattr(book, "gate", lambda *found: (real(*found), kit.write(tmp_path, [kit.row(1, amount="-1")])))
    with pytest.raises(ConflictError) as refused:
        kit.load(sales, path)
    assert refused.value.code == "source_changed"
    assert kit.state(sales)[1] == 0


def test_a_worker_that_outlives_its_run_is_waited_for(sales, tmp_path):
    job = kit.job(kit.write(tmp_path, [kit.row(1)]))
    with db.connect(sales) as orphan, ThreadPoolExecutor(1) as pool:
        db.execute(orphan, part.LOCK_SHARED, (job.workers_lock,))
        waiting = pool.submit(run.load, job, sales)
        with db.connect(sales) as conn:
            while not db.fetch_all(conn, "select 1 from pg_locks where locktype = 'advisory' and not granted"):
                assert not waiting.done()
        assert kit.state(sales)[1] == 0
        orphan.close()
        assert waiting.result(60).inserted == 1


def test_partitions_are_made_ahead_and_one_that_is_there_is_kept(sales, tmp_path):
    kit.execute(sales, PARTITIONED)
    contract = kit.contracted(key=["event_id", "occurred_at"])
    path = kit.write(tmp_path, kit.dirty_rows(300))
    first = kit.load(sales, path, contract=contract, chunk_rows=50, workers=2)
    names = [name for (name,) in kit.rows_of(sales, PARTITIONS)]
    assert "mine" in names
    assert {f"sales_events_2025_{month:02}" for month in range(2, 10)} <= set(names)
    assert len(names) == 9 + 3  # this month and the two after it, beyond those of the data
    again = kit.load(sales, path, run="run-2", contract=contract, ttl_minutes=0)
    assert (first.inserted, again.inserted, again.updated) == (first.rows - first.duplicates, 0, 0)


PARTITIONS = "select inhrelid::regclass::text from pg_inherits where inhparent = 'sales_events'::regclass"
PARTITIONED = """
drop table sales_events;
create table sales_events (
    event_id text, customer_id bigint not null, event_type text not null, occurred_at timestamptz not null,
    amount numeric(12, 2) not null, currency text not null, note text, payload jsonb,
    primary key (event_id, occurred_at)) partition by range (occurred_at);
create table mine partition of sales_events for values from ('2025-01-01') to ('2025-02-01');
"""


def test_the_task_loads_a_file_by_its_contract_and_reports(sales, tmp_path, monkeypatch, capsys):
    kit.execute(sales, AS_CONTRACTED)
    line = "evt-1,7,sale,2025-05-05T10:00:00Z,1.50,EUR,2,\n"
    path = kit.write(
        tmp_path, [line], header="event_id,customer_id,event_type,occurred_at,amount,currency,quantity,payload"
    )
    monkeypatch.setenv("OPSFLOWS_PG_DSN", sales)
    inputs = load_csv.Inputs(source=str(path), dataset="sales_events", table_name="task_events")
    outputs = load_csv.run_task(inputs, task.Context(execution_id="e-1"))
    assert (outputs["outcome"]["code"], outputs["run"], outputs["inserted"]) == ("ok", "e-1", 1)
    assert json.dumps(outputs)
    assert "etl_load_rows_per_second" in capsys.readouterr().out


AS_CONTRACTED = """
drop table if exists task_events;
create table task_events (
    event_id text primary key, customer_id bigint, event_type text, occurred_at timestamptz, amount numeric(12, 2),
    currency text, quantity integer, payload jsonb)
"""
