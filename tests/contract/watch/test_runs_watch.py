"""runs_watch: what has not run, takes or waits too long is told once, and ended when the next run is fine."""

from datetime import UTC, datetime, timedelta

import pytest

from kit import db
from platform_tasks.watch import config, marks, runs
from platform_tasks.watch.collect import NAME, Bounds, collect
from platform_tasks.watch.look import LOOKED, watch
from tests.watch_support import NOON, FakeSource, execution, flow, histories

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
DUE = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)
MISSING = "opsflows.etl.etl_improved||flow_missing:every_day"


class Watched:
    """Kestra, seen at moments of a test's own: the collector has always just been there."""

    def __init__(self, conn):
        self.conn, self.source = conn, FakeSource([], [flow()])

    def at(self, now):
        db.execute(self.conn, "update ops.watch_marks set at = '2000-01-01' where name = 'schedules'")
        collect(self.conn, self.source, Bounds(), now)
        db.execute(self.conn, "update ops.watch_marks set at = %s where name = %s", (now, NAME))
        self.looked_since(now)
        return watch(self.conn, config.load(), now=now)

    def looked_since(self, now):
        """Somebody has looked each minute until then."""
        if marks.read(self.conn, LOOKED).upto:
            marks.move(self.conn, LOOKED, now - MINUTE)

    def known_since(self, moment):
        db.execute(self.conn, "update ops.flow_schedules set since = %s", (moment,))

    def alerts(self, state="firing"):
        rows = db.fetch_all(self.conn, "select event from ops.alerts where state = %s order by 1", (state,))
        return [row["event"] for row in rows]


@pytest.fixture
def watched(conn):
    found = Watched(conn)
    found.at(NOON)
    found.known_since(NOON)
    return found


def test_one_that_has_not_run_is_told_once_and_ended_by_its_run(watched: Watched):
    assert watched.at(DUE + HOUR - MINUTE).fired == []
    assert watched.at(DUE + HOUR + MINUTE).fired == [MISSING]
    later = watched.at(DUE + HOUR + 2 * MINUTE)
    assert (later.fired, later.firing) == ([], 1)
    watched.source.found = [execution("late", DUE + 2 * HOUR, due=DUE, state="RUNNING")]
    assert watched.at(DUE + 2 * HOUR + MINUTE).resolved == [MISSING]
    assert watched.alerts("resolved") == ["flow_missing"]


def test_a_run_of_a_later_time_ends_it_too(watched: Watched):
    assert watched.at(DUE + HOUR + MINUTE).fired == [MISSING]
    watched.source.found = [execution("next", DUE + DAY, due=DUE + DAY)]
    assert watched.at(DUE + DAY + MINUTE).resolved == [MISSING]


def test_a_run_that_a_person_started_is_no_run_of_the_schedule(watched: Watched):
    watched.source.found = [execution("by hand", DUE + MINUTE)]
    assert watched.at(DUE + HOUR + MINUTE).fired == [MISSING]


@pytest.mark.parametrize("change", ["off", "disabled", "flow_disabled", "removed", "flow_removed"])
def test_a_schedule_that_is_off_or_gone_is_not_missing(watched: Watched, change: str):
    assert watched.at(DUE + HOUR + MINUTE).fired == [MISSING]
    changed = flow()
    if change == "off":
        watched.source.off = {("opsflows.etl", "etl_improved", "every_day")}
    elif change == "disabled":
        changed["triggers"][0]["disabled"] = True
    elif change == "flow_disabled":
        changed["disabled"] = True
    elif change == "removed":
        changed["triggers"] = []
    watched.source.all_flows = [] if change == "flow_removed" else [changed]
    assert watched.at(DUE + HOUR + 2 * MINUTE).resolved == [MISSING]


def test_one_that_was_switched_on_again_owes_nothing_of_before(watched: Watched):
    watched.source.off = {("opsflows.etl", "etl_improved", "every_day")}
    watched.at(DUE - HOUR)
    watched.source.off = set()
    watched.at(DUE + HOUR)
    watched.known_since(DUE + HOUR)
    assert watched.at(DUE + 2 * HOUR).fired == []
    assert watched.at(DUE + DAY + 2 * HOUR).fired == [MISSING]


def test_grace_may_be_another(watched: Watched, conn):
    later = config.load().model_copy(update={"grace_s": {"opsflows.etl.etl_improved": 7200}})
    watched.at(DUE + 30 * MINUTE)
    moment = DUE + HOUR + MINUTE
    watched.looked_since(moment)
    db.execute(conn, "update ops.watch_marks set at = %s where name = %s", (moment, NAME))
    assert watch(conn, later, now=moment).fired == []
    assert watch(conn, config.load(), now=moment).fired == [MISSING]


def test_without_the_collector_only_that_is_told(watched: Watched, conn):
    assert watched.at(DUE + HOUR + MINUTE).fired == [MISSING]
    watched.looked_since(DUE + 2 * HOUR)
    changes = watch(conn, config.load(), now=DUE + 2 * HOUR)
    assert changes.fired == ["opsflows.platform.runs_collect||collector_stale"]
    assert watched.alerts() == ["collector_stale", "flow_missing"]
    watched.source.found = [execution("late", DUE, due=DUE)]
    assert len(watched.at(DUE + 2 * HOUR).resolved) == 2


def test_after_kestra_was_away_the_collector_has_its_time_anew(watched: Watched, conn):
    back = NOON + 2 * HOUR
    assert watch(conn, config.load(), now=back).fired == []
    watched.looked_since(back + 4 * MINUTE)
    assert watch(conn, config.load(), now=back + 4 * MINUTE).fired == []
    assert watch(conn, config.load(), now=back + 6 * MINUTE).fired == [
        "opsflows.platform.runs_collect||collector_stale"
    ]


def test_a_collector_that_never_ran_counts_from_the_first_look(conn):
    assert watch(conn, config.load(), now=NOON).fired == []
    assert watch(conn, config.load(), now=NOON + 4 * MINUTE).fired == []
    assert watch(conn, config.load(), now=NOON + 6 * MINUTE).fired == [
        "opsflows.platform.runs_collect||collector_stale"
    ]
    marks.done(conn, NAME, {})


def history(number=10, took_s=60.0, waited_s=2.0, **more):
    """Runs of the last hours, one an hour until noon."""
    return [
        execution(f"e{hour}", NOON - hour * HOUR, took_s=took_s, waited_s=waited_s, **more)
        for hour in range(number, 0, -1)
    ]


def recent(conn):
    """Runs that a test made in the past are of now for the statement that looks for flows that ran lately."""
    shift = ", ".join(f"{name} = {name} + (now() - %(noon)s)" for name in ("created_at", "started_at", "ended_at"))
    db.execute(conn, f"update ops.flow_runs set {shift}", {"noon": NOON})  # noqa: S608 - names of this file


@pytest.fixture
def ran(conn):
    """What is found for these runs at noon."""

    def look(*made):
        source = FakeSource(list(made), [flow(cron="0 0 1 1 *")])
        collect(conn, source, Bounds(first=90 * DAY), NOON)
        recent(conn)
        now = db.fetch_one(conn, "select now() as now")["now"]
        return [key.split("|")[-1] for key in watch(conn, config.load(), now=now).fired]

    return look


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ({"took_s": 119}, []),
        ({"took_s": 121}, ["flow_slow"]),
        ({"waited_s": 59}, []),
        ({"waited_s": 61}, ["flow_queue_wait"]),
    ],
)
def test_the_newest_run_against_those_before(ran, last, expected):
    assert ran(*history(), execution("last", NOON, **({"took_s": 60, "waited_s": 2} | last))) == expected


def test_a_few_runs_are_no_habit(ran):
    assert ran(*history(7), execution("last", NOON, took_s=6000)) == []


def test_one_outlier_among_those_before_changes_nothing(ran):
    made = history()
    made[3] = execution("e7", NOON - 7 * HOUR, took_s=100_000)
    assert ran(*made, execution("last", NOON, took_s=121)) == ["flow_slow"]


def test_each_trigger_is_compared_with_its_own(ran):
    full = execution("full", NOON, took_s=6000, due=NOON, trigger="every_week")
    assert ran(*history(), full) == []


def test_what_is_short_is_never_slow(ran):
    assert ran(*history(took_s=1), execution("last", NOON, took_s=29)) == []


def test_one_that_still_runs_is_told_before_it_ends(ran):
    assert ran(*history(), execution("now", NOON - 3 * MINUTE, state="RUNNING")) == ["flow_slow"]


def test_one_that_still_waits_is_told_before_it_begins(ran):
    assert ran(*history(), execution("now", NOON - 3 * MINUTE, state="CREATED")) == ["flow_queue_wait"]


@pytest.mark.parametrize(("minutes", "expected"), [(59, []), (61, ["flow_overrun"])])
def test_one_beyond_its_bound_is_told_without_any_history(ran, minutes, expected):
    assert ran(execution("now", NOON - minutes * MINUTE, state="RUNNING")) == expected


def test_one_that_waits_for_a_person_is_not_slow(ran):
    assert ran(*history(), execution("now", NOON - 20 * HOUR, state="PAUSED")) == []


def test_a_pause_that_is_over_does_not_count(ran):
    resumed = execution("now", NOON - 20 * HOUR, state="RUNNING")
    since = NOON - MINUTE
    resumed["state"]["histories"] += histories([("PAUSED", NOON - 20 * HOUR + MINUTE / 4), ("RUNNING", since)])
    assert ran(*history(), resumed) == []


def test_days_between_a_failure_and_the_restart_do_not_count(ran):
    restarted = execution("again", NOON - 30 * HOUR, state="FAILED", took_s=20)
    since = NOON - MINUTE
    steps = [("RESTARTED", since), ("RUNNING", since), ("SUCCESS", since + MINUTE / 2)]
    restarted["state"] |= {"current": "SUCCESS", "endDate": steps[-1][1].isoformat()}
    restarted["state"]["histories"] += histories(steps)
    assert runs.read(restarted).run_s == 50
    assert ran(*history(), restarted) == []


@pytest.mark.parametrize(("minutes", "expected"), [(1, []), (3, ["flow_slow"])])
def test_one_of_a_weekly_flow_is_told_while_it_runs_and_the_last_one_not_again(ran, minutes, expected):
    weekly = [execution(f"w{week}", NOON - 7 * week * DAY, took_s=60) for week in range(10, 1, -1)]
    slow = execution("w1", NOON - 7 * DAY, took_s=600)
    assert ran(*weekly, slow, execution("now", NOON - minutes * MINUTE, state="RUNNING")) == expected


def test_the_next_fine_run_ends_it(conn, ran):
    assert ran(*history(), execution("last", NOON, took_s=600)) == ["flow_slow"]
    later = db.fetch_one(conn, "select now() + interval '1 minute' as at")["at"]
    collect(conn, FakeSource([execution("fine", later, took_s=60)], [flow(cron="0 0 1 1 *")]), Bounds(), later)
    assert watch(conn, config.load(), now=later).resolved == ["opsflows.etl.etl_improved||flow_slow"]
