"""A table as a source: whole windows, from the checkpoint on, through lost connections, and never a changed column."""

from datetime import timedelta

import pytest
import sourcekit as kit

from etl.sources import checkpoints, opening, postgres
from etl.sources.model import Checkpoint, Window
from kit import db
from kit.errors import ConfigurationError, ConnectError, RefusedInputError, UnavailableError

TYPED = """
alter table source.sales_events alter customer_id type bigint using customer_id::bigint,
    alter amount type numeric(12, 2) using amount::numeric, alter quantity type smallint using quantity::smallint,
    alter occurred_at type timestamptz using occurred_at::timestamptz, alter payload type jsonb using payload::jsonb
"""


@pytest.fixture
def conn(migrated, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", migrated)
    with db.connect(migrated) as connection:
        db.execute(connection, kit.TABLE)
        yield connection


def config(**changes):
    return {"kind": "postgres", "dataset": "sales_events", "table": "sales_events", "page_rows": 7} | changes


@pytest.mark.parametrize("read", ["copy", "keyset"])
def test_a_window_comes_whole_in_order_and_alone(conn, tmp_path, read):
    kit.fill(conn, 1, 100)
    source = opening.open_source(config(read=read))
    found = source.extract(Window(kit.minute(20), kit.minute(61)), tmp_path / "rows.csv")
    assert kit.ids(found.path) == [f"evt-{number}" for number in range(20, 61)]
    assert (found.rows, found.source_name, found.is_fallback) == (41, "source", False)
    assert found.path.read_text().splitlines()[0].split(",") == kit.HEADER
    assert found.checkpoint == Checkpoint(kit.minute(61), (kit.minute(60).isoformat(), 60))


def test_both_ways_of_reading_give_the_same_file(conn, tmp_path):
    kit.fill(conn, 1, 50)
    window = Window(None, kit.minute(1000))
    copied, paged = (
        opening.open_source(config(read=read)).extract(window, tmp_path / f"{read}.csv") for read in ("copy", "keyset")
    )
    assert copied.checksum == paged.checksum
    assert copied.rows == 50


def test_typed_columns_come_as_the_loader_reads_them(conn, tmp_path):
    kit.fill(conn, 3, 3)
    db.execute(conn, TYPED)
    found = opening.open_source(config()).extract(Window(None, kit.minute(9)), tmp_path / "rows.csv")
    assert found.path.read_text().splitlines()[1] == (
        'evt-3,3,sale,2026-11-20T10:00:00.000000Z,3.50,EUR,1,"{""note"": ""a, \\""b\\""""}"'
    )


def test_null_and_the_empty_text_stay_apart(conn, tmp_path):
    kit.fill(conn, 1, 1)
    db.execute(conn, "update source.sales_events set currency = '', quantity = null, payload = null")
    found = opening.open_source(config()).extract(Window(None, kit.minute(9)), tmp_path / "rows.csv")
    assert found.path.read_text().splitlines()[1].endswith(',1.50,"",,')


def test_from_the_checkpoint_on_with_an_overlap(conn, tmp_path):
    kit.fill(conn, 1, 30)
    first = opening.open_source(config()).extract(Window(None, kit.minute(20)), tmp_path / "rows.csv")
    source = opening.open_source(config(overlap_s=300), first.checkpoint)
    again = source.extract(Window(None, kit.minute(31)), tmp_path / "rows.csv")
    assert kit.ids(again.path) == [f"evt-{number}" for number in range(15, 31)]


def test_a_table_without_a_time_goes_on_after_its_last_key(conn, tmp_path):
    kit.fill(conn, 1, 30)
    by_key = config(window_column=None, read="keyset")
    # The column that other sources cut windows by is then one that the contract does not know.
    db.execute(conn, "alter table source.sales_events drop column recorded_at")
    first = opening.open_source(by_key).extract(Window(), tmp_path / "rows.csv")
    assert first.checkpoint == Checkpoint(None, (30,))
    db.execute(conn, "insert into source.sales_events (seq, event_id) values (31, 'evt-31')")
    again = opening.open_source(by_key, first.checkpoint).extract(Window(), tmp_path / "rows.csv")
    assert kit.ids(again.path) == ["evt-31"]
    nothing = opening.open_source(by_key, again.checkpoint).extract(Window(), tmp_path / "rows.csv")
    assert (nothing.rows, nothing.checkpoint) == (0, again.checkpoint)


@pytest.mark.usefixtures("conn")
def test_an_empty_window_is_a_file_with_a_header(tmp_path):
    found = opening.open_source(config()).extract(Window(None, kit.minute(9)), tmp_path / "rows.csv")
    assert (found.rows, found.path.read_text()) == (0, ",".join(kit.HEADER) + "\n")


@pytest.mark.parametrize(
    ("change", "code", "named"),
    [
        ("drop column amount", "columns_missing", "lacks the columns amount"),
        ("rename column amount to betrag", "columns_missing", "betrag"),
        ("add column colour text", "columns_unknown", "colour"),
        ("alter amount type double precision using 1.5", "columns_retyped", "double precision instead of numeric"),
        ("alter occurred_at type timestamp using now()", "columns_retyped", "timestamp without time zone"),
        ("alter event_id type bigint using 1", "columns_retyped", "bigint instead of text"),
    ],
)
def test_a_changed_column_is_refused_by_name(conn, tmp_path, change, code, named):
    db.execute(conn, f"alter table source.sales_events {change}")
    with pytest.raises(RefusedInputError, match=named) as caught:
        opening.open_source(config()).extract(Window(None, kit.minute(9)), tmp_path / "rows.csv")
    assert caught.value.code == code


@pytest.mark.usefixtures("conn")
def test_a_missing_table_or_key_is_told(tmp_path):
    for wrong in (config(table="nothing"), config(key=["number"]), config(window_column="event_id")):
        with pytest.raises(ConfigurationError):
            opening.open_source(wrong).extract(Window(), tmp_path / "rows.csv")


@pytest.mark.parametrize(("read", "connections"), [("copy", 3), ("keyset", 3)])
def test_a_lost_connection_costs_a_page_and_no_row(conn, tmp_path, monkeypatch, read, connections):
    """The server ends our session just after the second page was written; half of the page stays in the file."""
    kit.fill(conn, 1, 30)
    copies, copy, opened, connect = [], postgres.PostgresSource._copy, [], db.connect

    def breaking(source, line, file, *rest):
        rows = copy(source, line, file, *rest)
        copies.append(rows)
        if len(copies) == (1 if read == "copy" else 2):
            db.execute(conn, "select pg_terminate_backend(%s)", (line.info.backend_pid,))
            line.close()
            raise UnavailableError("lost")
        return rows

    def counted(*args, **kwargs):
        opened.append(1)
        return connect(*args, **kwargs)

    monkeypatch.setattr(postgres.PostgresSource, "_copy", breaking)
    monkeypatch.setattr(db, "connect", counted)
    found = opening.open_source(config(read=read)).extract(Window(None, kit.minute(99)), tmp_path / "rows.csv")
    assert kit.ids(found.path) == [f"evt-{number}" for number in range(1, 31)]
    assert (found.rows, len(opened)) == (30, connections)


@pytest.mark.usefixtures("conn")
def test_trouble_that_stays_ends_as_transient(tmp_path, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_ETL_SOURCE_DSN", "host=127.0.0.1 port=1 dbname=x")
    with pytest.raises(ConnectError):
        opening.open_source(config()).extract(Window(), tmp_path / "rows.csv")


def test_a_fallback_is_read_when_the_first_is_away_and_not_when_it_is_wrong(conn, tmp_path):
    kit.fill(conn, 1, 5)
    missing = config(table="nothing", fallback="sales_events_table")
    found = opening.open_source(missing).extract(Window(None, kit.minute(9)), tmp_path / "rows.csv")
    assert (found.rows, found.source_name, found.is_fallback) == (5, "sales_events_table", True)
    assert found.problem == "source_missing"
    db.execute(conn, "create table source.other (like source.sales_events)")
    db.execute(conn, "alter table source.other drop column amount")
    with pytest.raises(RefusedInputError):
        opening.open_source(config(table="other", fallback="sales_events_table")).extract(Window(), tmp_path / "x")
    db.execute(conn, "drop table source.other")


def test_when_the_fallback_fails_too_the_first_ones_trouble_is_told(conn, tmp_path):
    db.execute(conn, "alter table source.sales_events drop column amount")
    with pytest.raises(ConfigurationError) as caught:
        opening.open_source(config(table="nothing", fallback="sales_events_table")).extract(Window(), tmp_path / "x")
    assert caught.value.code == "source_missing"


def test_a_checkpoint_goes_forwards_only(conn):
    later, earlier = Checkpoint(kit.minute(9), ("2026", 9)), Checkpoint(kit.minute(5), ("2026", 5))
    assert checkpoints.read(conn, "s", "c") is None
    assert checkpoints.advance(conn, "s", "c", later, rows=9, execution_id="e")
    assert not checkpoints.advance(conn, "s", "c", earlier, rows=5, execution_id="e")
    assert checkpoints.read(conn, "s", "c") == later
    assert checkpoints.advance(conn, "s", "c", earlier, rows=5, execution_id="e", force=True)
    assert checkpoints.read(conn, "s", "c") == earlier
    assert checkpoints.read(conn, "s", "another") is None
    assert Checkpoint.of_json(later.as_json()) == later


def test_a_window_that_cannot_be_meant_is_refused():
    for since, until, code in (
        (kit.DAY, kit.DAY - timedelta(seconds=1), "window_reversed"),
        (kit.DAY.replace(tzinfo=None), None, "window_no_zone"),
    ):
        with pytest.raises(RefusedInputError) as caught:
            Window(since, until)
        assert caught.value.code == code


def test_sources_that_do_not_exist_are_told():
    with pytest.raises(ConfigurationError, match="sales_events_table"):
        opening.open_source("nothing")
    with pytest.raises(ConfigurationError, match="read"):
        opening.open_source({"kind": "postgres", "dataset": "sales_events", "table": "x", "read": "luck"})
