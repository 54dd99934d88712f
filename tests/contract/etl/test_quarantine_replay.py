"""Rows of the quarantine tried again: after a fix they are published once, and what is still bad stays open."""

from datetime import UTC, datetime, timedelta

import pytest

from etl import dlq_replay, requeue
from etl.load import contract
from kit import db, task
from kit.errors import ConfigurationError, ConflictError, UnavailableError
from tests import etl_support as kit

OPEN = "select count(*) from etl_quarantine where state = 'open'"
STATES = "select state, count(*) from etl_quarantine group by 1 order by 1"


class Desk:
    """The table of sales events, and a contract that a test changes."""

    def __init__(self, dsn: str, folder, monkeypatch) -> None:
        self.dsn, self.folder = dsn, folder
        self.contract = kit.contracted(max_bad_rate=0.5)
        monkeypatch.setattr(contract, "read", lambda _dataset: self.contract)

    def load(self, rows, **changes):
        return kit.load(self.dsn, kit.write(self.folder, rows), contract=self.contract, **changes)

    def replay(self, execution: str = "e-1", **inputs):
        return dlq_replay.replay(dlq_replay.Inputs(**inputs), task.Context(execution_id=execution))

    def widen(self, name: str, **changes) -> None:
        """Set the contract right."""
        columns = [{**column, **changes} if column["name"] == name else column for column in kit.COLUMNS]
        self.contract = kit.contracted(max_bad_rate=0.5, columns=columns)

    def rows(self, sql: str):
        return kit.rows_of(self.dsn, sql)


@pytest.fixture
def desk(sales, tmp_path, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", sales)
    return Desk(sales, tmp_path, monkeypatch)


def test_after_a_fix_nothing_is_left_and_a_second_replay_finds_nothing(desk):
    desk.load([kit.row(n, amount="-1" if n % 10 == 0 else "5.00") for n in range(100)])
    desk.widen("amount", min=-10)
    told = desk.replay(dry_run=False)
    counts = {"before": 10, "tried": 10, "replayed": 10, "inserted": 10}
    assert told["counts"] == {**counts, "updated": 0, "bad": 0, "broken": 0, "after": 0}
    assert kit.state(desk.dsn)[1] == 100
    assert desk.rows(STATES) == [("replayed", 10)]
    again = desk.replay("e-2", dry_run=False)
    assert (again["counts"]["before"], again["counts"]["after"]) == (0, 0)


def test_a_rehearsal_is_the_default_and_writes_nothing(desk):
    desk.load([kit.row(1, amount="-1"), kit.row(2, amount="x"), *[kit.row(n) for n in range(3, 9)]])
    desk.widen("amount", min=-10)
    before = desk.rows("select * from etl_quarantine"), desk.rows("select * from etl_loads"), kit.state(desk.dsn)
    told = desk.replay()
    assert (told["counts"]["replayed"], told["counts"]["bad"], told["reasons"]) == (1, 1, {"type:amount": 1})
    assert before == (
        desk.rows("select * from etl_quarantine"),
        desk.rows("select * from etl_loads"),
        kit.state(desk.dsn),
    )


def test_what_is_still_bad_stays_open_with_the_reason_of_today(desk):
    desk.load([kit.row(1, amount="-1"), kit.row(2, amount="-99"), *[kit.row(n) for n in range(3, 9)]])
    desk.widen("amount", type="integer", min=-10)
    told = desk.replay(dry_run=False)
    assert (told["counts"]["replayed"], told["counts"]["bad"]) == (1, 1)
    assert told["reasons"] == {"range:amount": 1}
    found = desk.rows(
        "select state, attempts, replayed_by is null as none, raw like '%-99%' as worse from etl_quarantine order by 1"
    )
    assert found == [("open", 1, True, True), ("replayed", 0, False, False)]


def test_a_corrected_row_is_published_and_its_raw_stays(desk):
    desk.load([kit.row(1, amount="1.234,56"), *[kit.row(n) for n in range(2, 9)]])
    corrected = kit.row(1, amount="1234.56").rstrip("\n")
    with db.connect(desk.dsn) as conn:
        db.execute(conn, "update etl_quarantine set corrected = %s", (corrected,))
    assert desk.replay(dry_run=False)["counts"]["replayed"] == 1
    assert desk.rows("select amount::text from sales_events where event_id = 'evt-000001'") == [("1234.56",)]
    assert desk.rows("select state, raw like '%1.234,56%' as kept from etl_quarantine") == [("replayed", True)]


def test_rows_of_another_encoding_are_read_in_it_when_asked(desk):
    latin = kit.row(1, note='"café"').encode("iso-8859-1")
    desk.load([latin, *[kit.row(n) for n in range(2, 9)]])
    assert desk.replay(dry_run=False)["counts"]["bad"] == 1
    assert desk.replay("e-2", encoding="iso-8859-1", dry_run=False)["counts"]["replayed"] == 1
    assert desk.rows("select note from sales_events where event_id = 'evt-000001'") == [("café",)]


def test_a_replayed_row_never_replaces_a_newer_event(desk):
    desk.load([kit.row(1, amount="-1"), *[kit.row(n) for n in range(2, 9)]])
    desk.load([kit.row(1, occurred_at="2025-09-09T00:00:00Z", amount="2.00")], run="run-2")
    desk.widen("amount", min=-10)
    told = desk.replay(dry_run=False)["counts"]
    assert (told["replayed"], told["inserted"], told["updated"]) == (1, 0, 0)
    assert desk.rows("select amount::text from sales_events where event_id = 'evt-000001'") == [("2.00",)]


def test_without_a_version_a_replayed_row_replaces_nothing(desk):
    desk.contract = kit.contracted(max_bad_rate=0.5, version=None)
    desk.load([kit.row(1, currency="XXX"), kit.row(9, currency="XXX"), *[kit.row(n) for n in range(2, 9)]])
    desk.load([kit.row(1, amount="2.00")], run="run-2")
    columns = [{**c, "enum": None} if c["name"] == "currency" else c for c in kit.COLUMNS]
    desk.contract = kit.contracted(max_bad_rate=0.5, version=None, columns=columns)
    told = desk.replay(dry_run=False)["counts"]
    assert (told["replayed"], told["inserted"], told["updated"]) == (2, 1, 0)
    assert desk.rows("select amount::text from sales_events where event_id = 'evt-000001'") == [("2.00",)]


def test_the_same_bad_row_of_many_loads_is_published_once_and_settled_for_all(desk):
    for number in range(4):
        desk.load([kit.row(1, amount="-1"), *[kit.row(n) for n in range(2, 9)]], run=f"r{number}", ttl_minutes=0)
    desk.widen("amount", min=-10)
    told = desk.replay(dry_run=False)["counts"]
    assert (told["before"], told["replayed"], told["inserted"], told["after"]) == (4, 4, 1, 0)


def test_only_the_rows_that_are_asked_for_are_tried(desk):
    future = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    bad = [kit.row(1, amount="-1"), kit.row(2, currency="XXX"), kit.row(3, occurred_at=future)]
    desk.load([*bad, *[kit.row(n) for n in range(4, 9)]])
    desk.load([kit.row(11, amount="-1"), *[kit.row(n) for n in range(14, 19)]], run="run-2")
    tried = {
        "all": desk.replay(),
        "run": desk.replay(run_name="run-2"),
        "code": desk.replay(reason="range"),
        "field": desk.replay(reason="range:occurred_at"),
        "age": desk.replay(min_age_minutes=5),
        "dataset": desk.replay(dataset="others"),
        "most": desk.replay(most=2),
    }
    counts = {name: told["counts"].get("tried", 0) for name, told in tried.items()}
    assert counts == {"all": 4, "run": 1, "code": 3, "field": 1, "age": 0, "dataset": 0, "most": 2}


def test_an_event_from_a_clock_that_is_ahead_is_published_when_its_time_has_come(desk):
    at = datetime.now(UTC) + timedelta(days=2)
    desk.load([kit.row(1, occurred_at=f"{at:%Y-%m-%dT%H:%M:%SZ}"), *[kit.row(n) for n in range(2, 9)]])
    assert desk.replay(dry_run=False)["counts"]["bad"] == 1
    desk.widen("occurred_at", max="now+3d")  # stands for two days that pass
    assert desk.replay("e-2", dry_run=False)["counts"]["replayed"] == 1


def test_rows_of_a_refused_load_wait_for_their_file_unless_asked_for(desk):
    rows = [kit.row(n, amount="-1" if n % 4 else "1") for n in range(40)]
    with pytest.raises(db.OpsflowsError, match="are bad"):
        desk.load(rows)
    desk.widen("amount", min=-10)
    assert desk.replay(dry_run=False)["counts"]["before"] == 0
    assert desk.replay("e-2", include_refused=True, dry_run=False)["counts"]["replayed"] == 30
    desk.load(rows)  # the file itself, under its own name
    assert (kit.state(desk.dsn)[1], desk.rows(OPEN)) == (40, [(0,)])


def test_rows_that_cannot_stand_beside_others_are_left_open(desk):
    desk.load([kit.row(1, note='"never closed'), *[kit.row(n) for n in range(2, 9)]])
    desk.load([kit.row(11, amount="-1"), *[kit.row(n) for n in range(12, 19)]], run="run-2")
    desk.widen("amount", min=-10)
    told = desk.replay(dry_run=False)["counts"]
    assert told["replayed"] >= 1
    assert told["broken"] >= 1
    assert desk.rows(OPEN) == [(told["broken"],)]


def test_loads_of_before_columns_were_recorded_are_told_apart(desk):
    desk.load([kit.row(1, amount="-1"), *[kit.row(n) for n in range(2, 9)]])
    kit.execute(desk.dsn, "update etl_loads set header = null")
    assert desk.replay(dry_run=False)["counts"]["no_header"] == 1
    assert desk.rows(OPEN) == [(1,)]


def test_a_missing_table_hinders_no_other(desk):
    desk.load([kit.row(1, amount="-1"), *[kit.row(n) for n in range(2, 9)]])
    desk.load([kit.row(11, amount="-1"), *[kit.row(n) for n in range(12, 19)]], run="run-2")
    kit.execute(desk.dsn, "update etl_loads set target = 'public.gone' where load_id = 'run-1'")
    desk.widen("amount", min=-10)
    with pytest.raises(ConfigurationError) as refused:
        desk.replay(dry_run=False)
    assert refused.value.code == "target_missing"
    assert desk.rows(STATES) == [("open", 1), ("replayed", 1)]


def test_one_replay_at_a_time_and_an_orphan_of_the_same_one_is_waited_for(desk):
    with db.connect(desk.dsn) as conn, db.advisory_lock(conn, dlq_replay.LOCK):
        with pytest.raises(ConflictError) as refused:
            desk.replay("e-1")
        assert refused.value.code == "replay_running"
        with db.advisory_lock(conn, f"{dlq_replay.LOCK}:e-1"):
            with pytest.raises(UnavailableError) as orphan:
                desk.replay("e-1")
            assert orphan.value.code == "same_run"
            with pytest.raises(ConflictError):
                desk.replay("e-2")
    assert desk.replay("e-1")["counts"]["before"] == 0


@pytest.mark.parametrize("dies", ["settle", "load"])
def test_killed_it_is_run_again_and_nothing_is_doubled(desk, monkeypatch, dies):
    desk.load([kit.row(n, amount="-1" if n % 10 == 0 else "5.00") for n in range(50)])
    desk.load([kit.row(60, amount="-99"), *[kit.row(n) for n in range(61, 70)]], run="run-2")
    desk.widen("amount", min=-10)
    with monkeypatch.context() as patch:
        patch.setattr(dlq_replay if dies == "settle" else dlq_replay.run, f"_{dies}", killed)
        with pytest.raises(KeyboardInterrupt):
            desk.replay(dry_run=False)
    for execution in ("e-1", "e-2"):
        told = desk.replay(execution, dry_run=False)["counts"]
        assert told["after"] == 1
    assert kit.state(desk.dsn)[1] == 59
    assert desk.rows(STATES) == [("open", 1), ("replayed", 5)]


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("raw", "alone"),
    [(b"a,b", True), (b'a,"b\nc"', True), (b'a,"b', False), (b"a\nb", False), (b"", False), (b'"a\n"\n"b"', False)],
)
def test_a_row_stands_alone_when_it_is_one_row_wherever_it_is(raw, alone):
    assert requeue.stands_alone(raw) is alone
