"""runs_collect: nothing lost, nothing doubled, waiting told apart from working, schedules as the flows have them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kit import db
from kit.errors import ConnectError, InvalidResponseError
from platform_tasks.watch import marks, runs, store
from platform_tasks.watch.collect import NAME, Bounds, collect
from tests.watch_support import NOON, FakeSource, execution, flow

MINUTE = timedelta(minutes=1)


def rows(conn, columns="execution_id, state"):
    sql = f"select {columns} from ops.flow_runs order by execution_id"  # noqa: S608 - literals of this file
    return [tuple(row.values()) for row in db.fetch_all(conn, sql)]


def test_what_an_execution_tells(conn):
    due = datetime(2026, 11, 20, 13, 0, tzinfo=ZoneInfo("Europe/Madrid"))
    ran = execution("a", NOON, due=due, waited_s=2.5, took_s=7, labels={"tier": "1"}, inputs={"day": "2026-11-19"})
    collect(conn, FakeSource([ran], [flow()]), Bounds(), NOON)
    [row] = db.fetch_all(conn, "select * from ops.flow_runs")
    assert (row["namespace"], row["flow_id"], row["state"]) == ("opsflows.etl", "etl_improved", "SUCCESS")
    assert (row["queued_s"], row["run_s"], row["sla_s"]) == (2.5, 7, 3600)
    assert (row["trigger"], row["due_at"], row["data_date"]) == ("every_day", NOON, date(2026, 11, 19))
    assert row["labels"] == {"tier": "1"}
    assert (row["created_at"], row["ended_at"]) == (NOON, NOON + timedelta(seconds=9.5))


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"state": "CREATED"}, (None, None)),
        ({"state": "RUNNING", "waited_s": 30}, (30, None)),
        ({"state": "PAUSED", "waited_s": 3}, (3, None)),
        ({"state": "FAILED", "waited_s": 3, "took_s": 4}, (3, 4)),
        ({"state": "KILLED", "waited_s": 0, "took_s": 0}, (0, 0)),
    ],
)
def test_waiting_is_told_apart_from_working(made, expected):
    found = runs.read(execution("a", **made))
    assert (found.queued_s, found.run_s) == expected


def test_one_that_ended_without_a_task_waited_all_the_time():
    ran = execution("a", state="CANCELLED", waited_s=5, took_s=0)
    ran["taskRunList"] = []
    ran["state"]["histories"].pop(1)
    found = runs.read(ran)
    assert (found.queued_s, found.run_s) == (5, 0)


@pytest.mark.parametrize(
    ("labels", "inputs", "expected"),
    [
        ({}, {}, None),
        ({"data_date": "2026-11-01"}, {"day": "2026-10-01"}, date(2026, 11, 1)),
        ({}, {"month": "2026-10"}, date(2026, 10, 1)),
        ({}, {"since": "2026-10-05T00:00:00Z"}, date(2026, 10, 5)),
        ({}, {"day": "2026-13-45", "since": "2026-02-03"}, date(2026, 2, 3)),
        ({}, {"day": "yesterday"}, None),
    ],
)
def test_the_day_of_the_data(labels, inputs, expected):
    assert runs.read(execution("a", labels=labels, inputs=inputs)).data_date == expected


def test_what_is_no_execution_is_refused():
    with pytest.raises(InvalidResponseError):
        runs.read({"id": "a"})


def test_a_second_run_changes_nothing(conn):
    source = FakeSource([execution(f"e{number}", NOON + number * MINUTE) for number in range(7)], page=3)
    first = collect(conn, source, Bounds(), NOON + timedelta(hours=1))
    again = collect(conn, source, Bounds(), NOON + timedelta(hours=1))
    assert (first.changed, again.changed) == (7, 0)
    # Only what lies within the overlap is read again.
    assert again.read < first.read
    assert len(rows(conn)) == 7


def test_pages_of_one_single_moment_are_all_read(conn):
    source = FakeSource([execution(f"e{number:02}") for number in range(11)], page=3)
    collect(conn, source, Bounds(), NOON)
    assert len(rows(conn)) == 11


def test_one_that_is_indexed_late_is_found_within_the_overlap(conn):
    source = FakeSource([execution("a", NOON)])
    collect(conn, source, Bounds(), NOON)
    source.found.append(execution("late", NOON - MINUTE, state="RUNNING"))
    collect(conn, source, Bounds(), NOON)
    assert len(rows(conn)) == 2


def test_running_ones_are_brought_up_to_date(conn):
    source = FakeSource([execution("a", NOON, state="RUNNING"), execution("b", NOON, state="PAUSED")])
    collect(conn, source, Bounds(), NOON)
    later = NOON + timedelta(hours=3)
    source.found = [
        execution("a", NOON, state="FAILED", took_s=3600),
        execution("b", NOON, state="PAUSED"),
        *(execution(f"other{number}", later - number * MINUTE) for number in range(5)),
    ]
    collect(conn, source, Bounds(), later)
    assert dict(rows(conn))["a"] == "FAILED"
    assert dict(rows(conn))["b"] == "PAUSED"


def test_one_that_no_page_tells_of_is_asked_for_by_its_id(conn):
    source = FakeSource([execution("a", NOON, state="RUNNING"), execution("gone", NOON, state="RUNNING")])
    collect(conn, source, Bounds(), NOON)
    db.execute(conn, "update ops.flow_runs set seen_at = now() - interval '1 hour'")
    upto = NOON + timedelta(days=1)
    for name in ("startDate", "endDate"):
        marks.move(conn, f"{NAME}.{name}", upto)
    source.found = [execution("a", NOON)]
    collect(conn, source, Bounds(), NOON)
    assert rows(conn) == [("a", "SUCCESS"), ("gone", "DELETED")]
    assert [asked for asked in source.asked if asked[0] == "id"] == [("id", "a", 0), ("id", "gone", 0)]


def test_a_restarted_one_runs_again(conn):
    source = FakeSource([execution("a", NOON, state="FAILED")])
    collect(conn, source, Bounds(), NOON)
    again = execution("a", NOON, state="FAILED")
    again["state"] = {"current": "RUNNING", "startDate": again["state"]["startDate"]} | {
        "histories": [*again["state"]["histories"], {"state": "RUNNING", "date": "2026-11-20T12:30:00Z"}]
    }
    source.found = [again]
    collect(conn, source, Bounds(), NOON)
    assert rows(conn, "state, ended_at") == [("RUNNING", None)]


def test_an_older_reading_does_not_replace_a_newer_one(conn):
    store.enter(conn, [runs.read(execution("a", NOON))])
    assert store.enter(conn, [runs.read(execution("a", NOON, state="RUNNING"))]) == 0
    assert rows(conn) == [("a", "SUCCESS")]


def test_other_namespaces_are_left_alone(conn):
    made = [execution("a", namespace="opsflows"), execution("b", namespace="opsflowsx"), execution("c", namespace="x")]
    collect(conn, FakeSource(made), Bounds(), NOON)
    assert rows(conn) == [("a", "SUCCESS")]


def test_what_is_too_much_for_one_run_is_gone_on_with(conn):
    source = FakeSource([execution(f"e{number}", NOON + number * MINUTE) for number in range(10)], page=2)
    bounds = Bounds(pages=2, overlap=timedelta(0))
    first = collect(conn, source, bounds, NOON)
    assert (first.complete, marks.read(conn, NAME).at) == (False, None)
    found = [collect(conn, source, bounds, NOON).complete for _ in range(12)]
    assert found[-1]
    assert len(rows(conn)) == 10


def test_a_page_that_does_not_come_loses_nothing(conn):
    class Failing(FakeSource):
        def executions(self, by, since, number):
            if len(self.asked) == 2:
                self.asked.append(("", "", 0))
                raise ConnectError("away")
            return super().executions(by, since, number)

    source = Failing([execution(f"e{number}", NOON + number * MINUTE) for number in range(9)], page=2)
    with pytest.raises(ConnectError):
        collect(conn, source, Bounds(), NOON)
    assert 0 < len(rows(conn)) < 9
    collect(conn, source, Bounds(), NOON)
    assert len(rows(conn)) == 9


def schedules(conn, columns="trigger_id, disabled, next_at"):
    return [tuple(row[name] for name in columns.split(", ")) for row in store.schedules(conn)]


def forget_when(conn):
    """Flows are read every two minutes; not so long in a test."""
    db.execute(conn, "update ops.watch_marks set at = '2000-01-01'")


def test_schedules_follow_the_flows(conn):
    source = FakeSource([], [flow()])
    collect(conn, source, Bounds(), NOON)
    next_at = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)
    assert schedules(conn, "trigger_id, next_at, grace_s, sla_s") == [("every_day", next_at, 3600, 3600)]
    [before] = store.schedules(conn)

    source.off = {("opsflows.etl", "etl_improved", "every_day")}
    forget_when(conn)
    collect(conn, source, Bounds(), NOON)
    assert schedules(conn) == [("every_day", True, None)]

    source.off, source.all_flows = set(), [flow(cron="0 4 * * *", timezone="Europe/Madrid")]
    forget_when(conn)
    collect(conn, source, Bounds(), NOON + MINUTE)
    assert schedules(conn) == [("every_day", False, datetime(2026, 11, 21, 3, 0, tzinfo=UTC))]
    assert store.schedules(conn)[0]["since"] > before["since"]

    source.all_flows = [flow(disabled=True)]
    forget_when(conn)
    collect(conn, source, Bounds(), NOON)
    assert schedules(conn) == [("every_day", True, None)]

    source.all_flows = []
    forget_when(conn)
    collect(conn, source, Bounds(), NOON)
    assert schedules(conn) == []


def test_times_move_on_between_two_readings_of_the_flows(conn):
    due = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)
    source = FakeSource([], [flow()])
    collect(conn, source, Bounds(), NOON)
    db.execute(conn, "update ops.watch_marks set at = %s", (due,))
    source.found = [execution("a", due, due=due)]
    collect(conn, source, Bounds(), due + MINUTE)
    assert schedules(conn, "last_at, next_at") == [(due, due + timedelta(days=1))]


@pytest.mark.parametrize("change", [{"cron": "99 * * * *"}, {"when": "{{ trigger.date | date('d') == '1' }}"}])
def test_a_schedule_that_cannot_be_read_is_told_and_hinders_no_other(conn, change):
    other = flow()
    other["triggers"][0] |= change
    source = FakeSource([], [other, flow("good")])
    found = collect(conn, source, Bounds(), NOON)
    assert [line.split(":")[0] for line in found.unreadable] == ["opsflows.etl.etl_improved.every_day"]
    assert [row["flow_id"] for row in store.schedules(conn)] == ["good"]
