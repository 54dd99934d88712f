"""A range brought window by window: each once, proven, gone on with; lying and failing sources are found."""

import csv
import itertools
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import sourcekit

from etl import run_backfill
from etl.backfill import lanes
from etl.load import contract
from kit import db, task
from kit.errors import InvalidResponseError, OpsflowsError, RefusedInputError, UnavailableError
from tests import etl_support as kit

SINCE = datetime(2025, 3, 1, tzinfo=UTC)
DAYS = 8
RANGE = {"since": "2025-03-01T00:00:00Z", "until": "2025-03-09T00:00:00Z"}


class Shop:
    """A source that has some events an hour, and does as a test wants; all that was asked of it is in `log`."""

    def __init__(self, log) -> None:
        self.log = log
        self.rows = {SINCE + timedelta(hours=hour): self.of(hour) for hour in range(24 * DAYS)}
        self.behave = lambda _day, _times, rows: rows

    def of(self, hour: int, count: int = 5) -> list[str]:
        when = SINCE + timedelta(hours=hour)
        numbers = range(hour * 10, hour * 10 + count)
        return [kit.row(number, occurred_at=f"{when:%Y-%m-%dT%H}:{number % 60:02}:00Z") for number in numbers]

    def fetch(self, window, folder):
        with self.log.open("a") as file:
            file.write(f"{window.since:%Y-%m-%d}\n")
        asked = self.asked().count(f"{window.since:%Y-%m-%d}")
        rows = [row for at, rows in sorted(self.rows.items()) if window.since <= at < window.until for row in rows]
        return kit.write(folder, self.behave(window.since.day, asked, rows))

    def asked(self) -> list[str]:
        return self.log.read_text().split() if self.log.exists() else []


class Desk:
    def __init__(self, dsn: str, shop: Shop) -> None:
        self.dsn, self.shop = dsn, shop
        self.names = itertools.count(1)

    def run(self, **inputs):
        given = {"source": "shop", "table_name": "sales_events", "run_name": f"b{next(self.names)}", "parallel": 1}
        return run_backfill.run_task(run_backfill.Inputs(**given | RANGE | inputs), task.Context(execution_id="e-1"))

    def rows(self, sql: str):
        return kit.rows_of(self.dsn, sql)


@pytest.fixture
def desk(sales, tmp_path, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", sales)
    monkeypatch.chdir(tmp_path)
    kit.execute(sales, "truncate etl_backfills cascade; truncate etl_runs cascade")
    shop = Shop(tmp_path / "asked.txt")
    monkeypatch.setattr(contract, "read", lambda _dataset: kit.contracted())
    monkeypatch.setattr(run_backfill, "_source", lambda _name: ("sales_events", shop.fetch))
    return Desk(sales, shop)


@pytest.mark.parametrize(("step", "parallel", "windows"), [("day", 3, 8), ("week", 1, 2), ("month", 2, 1)])
def test_a_range_is_there_and_proven(desk, step, parallel, windows):
    told = desk.run(step=step, parallel=parallel)
    assert told["outcome"]["code"] == "ok"
    assert told["counts"] == {
        "proven": windows,
        "windows": windows,
        "missing": 0,
        "left_alone": 0,
        "rows": 960,
        "bad": 0,
        "inserted": 960,
        "updated": 0,
    }
    assert kit.state(desk.dsn)[1] == 960
    assert set(Counter(desk.shop.asked()).values()) == {2}  # read, and read again for the proof
    assert desk.rows("select status, total_rows from etl_runs") == [("succeeded", 960)]


def test_the_lineage_has_an_edge_for_each_window(desk):
    desk.run()
    edges = dict(desk.rows("select dataset, rows from etl_lineage_edges"))
    assert (edges.pop("shop"), edges.pop("postgres:public.sales_events")) == (960, 960)
    assert len(edges) == DAYS
    assert edges["shop[2025-03-01T00:00:00Z/2025-03-02T00:00:00Z]"] == 120
    checksums = desk.rows("select count(distinct checksum) from etl_lineage_edges")
    assert checksums == [(DAYS,)]


def test_windows_that_are_proven_are_left_alone_unless_asked_for(desk):
    desk.run(until="2025-03-05T00:00:00Z")
    told = desk.run()
    assert (told["counts"]["windows"], told["counts"]["left_alone"], told["counts"]["proven"]) == (8, 4, 4)
    assert max(Counter(desk.shop.asked()).values()) == 2
    again = desk.run(again=True)["counts"]
    assert (again["proven"], again["inserted"], again["updated"]) == (8, 0, 0)


def test_without_a_beginning_it_begins_where_what_is_there_ends(desk):
    with pytest.raises(RefusedInputError) as refused:
        desk.run(since="")
    assert refused.value.code == "no_checkpoint"
    desk.run(until="2025-03-04T00:00:00Z")
    told = desk.run(since="")
    assert (told["counts"]["windows"], told["counts"]["proven"]) == (5, 5)
    assert desk.run(since="")["counts"]["windows"] == 0
    assert kit.state(desk.dsn)[1] == 960


@pytest.mark.parametrize(
    ("since", "until", "code"),
    [
        ("2025-03-05T00:00:00Z", "2025-03-01T00:00:00Z", "window_reversed"),
        ("2025-03-05T00:00:00", "", "window_no_zone"),
        ("2025-03-05T00:00:00Z", "2999-01-01T00:00:00Z", "window_future"),
        ("1999-03-05T00:00:00Z", "2025-01-01T00:00:00Z", "window_too_wide"),
    ],
)
def test_what_is_no_range_is_refused(desk, since, until, code):
    with pytest.raises(RefusedInputError) as refused:
        desk.run(since=since, until=until)
    assert refused.value.code == code


def test_a_plan_reads_and_writes_nothing(desk, tmp_path):
    desk.run(until="2025-03-03T00:00:00Z")
    asked = len(desk.shop.asked())
    told = desk.run(dry_run=True)
    assert (told["outcome"]["code"], told["counts"]["windows"], told["counts"]["to_read"]) == ("planned", 8, 6)
    assert told["counts"]["expected_rows"] == 720
    with (tmp_path / run_backfill.PLAN).open() as file:
        lines = list(csv.DictReader(file))
    assert lines[0] == {"since": "2025-03-01T00:00:00Z", "until": "2025-03-02T00:00:00Z", "state": "proven"}
    assert [line["state"] for line in lines].count("to_read") == 6
    assert len(desk.shop.asked()) == asked
    assert kit.rows_of(desk.dsn, "select count(*) from etl_backfills") == [(1,)]


def test_a_source_that_drops_a_page_the_first_time_is_found_and_mended(desk):
    desk.shop.behave = lambda day, times, rows: rows[:60] if day == 4 and times == 1 else rows
    told = desk.run()
    assert (told["outcome"]["code"], told["counts"]["rows"]) == ("ok", 960)
    assert kit.state(desk.dsn)[1] == 960
    assert Counter(desk.shop.asked())["2025-03-04"] == 3


def test_a_source_that_never_tells_the_same_twice_is_named(desk):
    chance = random.Random(1)
    desk.shop.behave = lambda day, times, rows: (
        [kit.row(900_000 + times * 100 + chance.randrange(9)), *rows] if day == 4 else rows
    )
    told = desk.run()
    assert told["outcome"]["code"] == "windows_failed"
    assert [(problem["since"], problem["code"]) for problem in told["problems"]] == [
        ("2025-03-04T00:00:00Z", "unstable")
    ]
    assert told["counts"]["missing"] == 1
    assert desk.rows("select kind, level from etl_improved_alerts") == [("windows_failed", "critical")]


def test_rows_that_vanish_from_the_table_before_the_proof_are_brought_again(desk, monkeypatch):
    real = lanes._bring

    def bring(conn, plan, taken, pace):
        if not taken.first and taken.reading == 2 and taken.span[0].day == 5:
            db.execute(conn, "delete from sales_events where occurred_at::date = '2025-03-05'")
        real(conn, plan, taken, pace)

    monkeypatch.setattr(lanes, "_bring", bring)
    assert desk.run()["outcome"]["code"] == "ok"
    assert kit.state(desk.dsn)[1] == 960


def test_a_thin_window_is_there_and_a_person_is_told(desk):
    for hour in range(24 * 5, 24 * 6 - 2):
        desk.shop.rows[SINCE + timedelta(hours=hour)] = []
    told = desk.run()
    assert told["outcome"]["code"] == "windows_thin"
    assert [(problem["since"], problem["rows"]) for problem in told["problems"]] == [("2025-03-06T00:00:00Z", 10)]
    assert told["counts"]["missing"] == 0
    assert desk.run()["counts"]["left_alone"] == 8  # it is as the source is


def test_an_empty_source_is_a_range_of_nothing(desk):
    desk.shop.rows = {}
    assert desk.run()["counts"]["rows"] == 0


def test_a_window_with_too_many_bad_rows_hinders_no_other(desk):
    desk.shop.behave = lambda day, _times, rows: [
        row.replace("EUR", "XXX") if day == 7 and number % 3 else row for number, row in enumerate(rows)
    ]
    told = desk.run()
    assert told["outcome"]["code"] == "windows_failed"
    assert (told["counts"]["proven"], told["counts"]["failed"]) == (7, 1)
    assert told["problems"][0]["code"] == "too_many_bad_rows"
    desk.shop.behave = lambda _day, _times, rows: rows
    again = desk.run(run_name="b1")
    assert (again["outcome"]["code"], again["counts"]["proven"]) == ("ok", 8)


def test_bad_rows_are_in_the_quarantine_once(desk):
    desk.shop.behave = lambda day, _times, rows: [
        row.replace("EUR", "XXX") if day == 7 and number == 3 else row for number, row in enumerate(rows)
    ]
    assert desk.run()["counts"]["bad"] == 1
    assert desk.rows("select code, field from etl_quarantine") == [("enum", "currency")]


def test_a_source_that_is_away_is_left_alone_after_three_windows_and_gone_on_with(desk):
    def away(day, _times, rows):
        if day >= 5:
            raise UnavailableError("away")
        return rows

    desk.shop.behave = away
    with pytest.raises(UnavailableError) as refused:
        desk.run(run_name="b")
    assert refused.value.code == "windows_failed"
    assert len(desk.shop.asked()) == 4 + 3
    desk.shop.behave = lambda _day, _times, rows: rows
    told = desk.run(run_name="b", since="", until="")  # Kestra tries again, and it is later by now
    assert (told["outcome"]["code"], told["counts"]["proven"]) == ("ok", 8)
    assert kit.state(desk.dsn)[1] == 960


def test_what_the_source_says_cannot_be_is_no_reason_to_stop(desk):
    def lies(day, _times, rows):
        if day == 2:
            raise InvalidResponseError("a page twice", code="pages_repeat")
        return rows

    desk.shop.behave = lies
    told = desk.run()
    assert (told["counts"]["proven"], told["problems"][0]["code"]) == (7, "pages_repeat")


def test_a_name_belongs_to_one_range(desk):
    desk.run(run_name="b", until="2025-03-03T00:00:00Z")
    with pytest.raises(OpsflowsError) as refused:
        desk.run(run_name="b", until="2025-03-03T00:00:00Z", step="month")
    assert refused.value.code == "run_taken"


def test_windows_begin_no_faster_than_asked(desk, monkeypatch):
    waited = []
    monkeypatch.setattr("kit.limits.time.sleep", waited.append)
    monkeypatch.setattr(lanes.Limiter.__init__, "__kwdefaults__", {"sleep": waited.append})
    desk.run(until="2025-03-03T00:00:00Z", windows_per_minute=60)
    assert len(waited) == 3  # four readings, the first at once
    assert sum(waited) > 1.5


def test_a_missing_table_is_told_before_anything_is_read(desk):
    with pytest.raises(OpsflowsError) as refused:
        desk.run(table_name="nowhere")
    assert refused.value.code == "target_missing"
    assert desk.shop.asked() == []


def test_a_table_of_the_source_arrives_as_it_was_recorded(sales, tmp_path, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", sales)
    monkeypatch.chdir(tmp_path)
    table = "create table target (like source.sales_events, primary key (event_id)); alter table target "
    retyped = {"amount": "numeric(12, 2)", "quantity": "integer", "customer_id": "bigint", "occurred_at": "timestamptz"}
    retyped |= {"payload": "jsonb"}
    changes = ", ".join(f"alter {name} type {kind} using {name}::{kind}" for name, kind in retyped.items())
    with db.connect(sales) as conn:
        db.execute(conn, sourcekit.TABLE)
        sourcekit.fill(conn, 1, 24 * 60 * 3 - 1)
        db.execute(conn, f"drop table if exists target; {table} drop column seq, drop column recorded_at, {changes}")
        db.execute(conn, "update source.sales_events set amount = '+1.25', event_type = 'SALE' where seq = 7")
    begin = sourcekit.DAY.isoformat()
    monkeypatch.setattr("etl.run_backfill.dates.utcnow", lambda: sourcekit.DAY + timedelta(days=3, hours=2))
    inputs = run_backfill.Inputs(source="sales_events_table", table_name="target", since=begin, run_name="real")
    told = run_backfill.run_task(inputs, task.Context(execution_id="e-9"))
    assert (told["outcome"]["code"], told["counts"]["windows"], told["counts"]["inserted"]) == ("ok", 3, 4319)
    found = kit.rows_of(sales, "select amount::text, event_type from target where event_id = 'evt-7'")
    assert found == [("1.25", "sale")]
