"""metrics_watch: figures of runs against their weekday, told once, the same in any order."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from etl import record
from kit import db
from platform_tasks.watch import config, metrics

WEEK = timedelta(weeks=1)
USUAL = [1000, 1010, 990, 1005, 995, 1002, 998]
_numbers = itertools.count(1)


@pytest.fixture
def today(conn):
    row = db.fetch_one(conn, "select date_trunc('day', now()) - interval '1 hour' as at")
    return row["at"]


def volume(conn, at, rows, name=None):
    db.execute(
        conn,
        "insert into etl_volumes (run_name, dataset, load_window, seconds, weekday, rows, verdict, observed_at) "
        "values (%s, 'sales_events', %s, 86400, %s, %s, 'normal', %s)",
        (name or f"run{next(_numbers)}", str(at), at.isoweekday(), rows, at),
    )


def weeks(conn, today, figures):
    """One a week, the last one today."""
    for number, rows in enumerate(reversed(figures)):
        volume(conn, today - number * WEEK, rows)


@pytest.fixture(autouse=True)
def _no_runs(conn):
    db.execute(conn, "truncate etl_volumes, etl_runs cascade")


def look(conn):
    return metrics.watch(conn, config.load())


KEY = "opsflows.etl.sales_events||metric_unusual:etl_rows/sales_events/86400s"


def test_a_drop_is_told_once_and_ended_by_the_next_usual_run(conn, today):
    weeks(conn, today - timedelta(days=7), USUAL)
    assert look(conn)[1].fired == []
    volume(conn, today, 400)
    taken, changes = look(conn)
    assert (taken.samples, changes.fired) == (1, [KEY])
    assert look(conn)[1] == metrics.Changes([], [], 1)
    [alert] = db.fetch_all(conn, "select title, message, detail from ops.alerts where state = 'firing'")
    assert "sales_events" in alert["title"]
    assert "400" in alert["message"]
    volume(conn, today + timedelta(minutes=30), 1001)
    assert look(conn)[1].resolved == [KEY]


def test_each_weekday_has_its_own_habit(conn, today):
    weeks(conn, today - timedelta(days=1), USUAL)
    weeks(conn, today, [100, 101, 99, 100, 102, 98])
    assert look(conn)[1].fired == []
    rows = db.fetch_all(conn, "select weekday, samples, round(mean) as mean from ops.baselines order by mean")
    assert [(row["samples"], row["mean"]) for row in rows] == [(6, 100), (7, 1000)]


def test_a_second_look_changes_nothing(conn, today):
    weeks(conn, today, USUAL)
    first = look(conn)
    before = db.fetch_all(conn, "select * from ops.baselines")
    second = look(conn)
    assert (first[0].samples, second[0].samples, second[0].series) == (7, 0, 0)
    assert db.fetch_all(conn, "select * from ops.baselines") == before


def test_what_comes_late_counts_in_its_place(conn, today):
    late = USUAL[3]
    for number, rows in enumerate(reversed(USUAL)):
        if rows != late:
            volume(conn, today - number * WEEK, rows)
    look(conn)
    volume(conn, today - (len(USUAL) - 1 - 3) * WEEK, late)
    look(conn)
    figures = "select samples, mean, deviation, beyond from ops.baselines"
    in_parts = db.fetch_all(conn, figures)
    db.execute(conn, "truncate ops.baselines, ops.baseline_samples")
    look(conn)
    assert db.fetch_all(conn, figures) == in_parts


def test_a_run_that_is_tried_again_replaces_its_own_figure(conn, today):
    weeks(conn, today - timedelta(days=7), USUAL)
    volume(conn, today, 5, name="again")
    assert look(conn)[1].fired == [KEY]
    db.execute(conn, "update etl_volumes set rows = 1003, observed_at = %s where run_name = 'again'", (today,))
    assert look(conn)[1].resolved == [KEY]
    assert db.fetch_one(conn, "select samples from ops.baselines") == {"samples": 8}


def ran(conn, at, *, status="succeeded", dry_run=False, **figures):
    run_id = record.begin(conn, flow="etl_improved", run_name=f"r{next(_numbers)}", dry_run=dry_run)
    record.finish(conn, run_id, status=status, **figures)
    db.execute(conn, "update etl_runs set started_at = %s where run_id = %s", (at, run_id))


def test_the_share_of_accepted_rows_is_watched_downwards(conn, today):
    for number in range(1, 8):
        ran(conn, today - number * WEEK, total_rows=1000, expected_rows=1010, ratio=0.99)
    ran(conn, today, total_rows=1000, expected_rows=1000, ratio=1.0)
    assert look(conn)[1].fired == []
    ran(conn, today + timedelta(minutes=5), total_rows=1000, expected_rows=1070, ratio=0.935)
    assert look(conn)[1].fired == ["opsflows.etl.etl_improved||metric_unusual:ratio/etl_improved"]


@pytest.mark.parametrize("how", [{"dry_run": True}, {"status": "failed"}])
def test_runs_that_loaded_nothing_are_no_samples(conn, today, how):
    ran(conn, today, total_rows=0, ratio=0.0, **how)
    assert look(conn)[0].samples == 0


def test_a_figure_that_is_watched_no_more_ends_its_alert(conn, today):
    weeks(conn, today - timedelta(days=7), USUAL)
    volume(conn, today, 400)
    assert look(conn)[1].fired == [KEY]
    loaded = config.load()
    fewer = {name: kind for name, kind in loaded.series.items() if name != "etl_rows"}
    assert metrics.watch(conn, loaded.model_copy(update={"series": fewer}))[1].resolved == [KEY]


def test_what_counts_as_normal_may_be_widened(conn, today):
    weeks(conn, today - timedelta(days=7), USUAL)
    volume(conn, today, 400)
    assert look(conn)[1].fired == [KEY]
    loaded = config.load()
    wider = loaded.series | {"etl_rows": loaded.series["etl_rows"].model_copy(update={"least": 700})}
    assert metrics.watch(conn, loaded.model_copy(update={"series": wider}))[1].resolved == [KEY]


def test_what_is_known_is_neither_written_nor_locked(conn, dsn, today):
    weeks(conn, today, USUAL)
    look(conn)
    with db.connect(dsn) as other, db.transaction(other):
        db.execute(other, "select from ops.baseline_samples for key share")
        db.execute(conn, "set lock_timeout = '1s'")
        before = db.fetch_all(conn, "select xmax::text from ops.baseline_samples")
        assert look(conn)[0].samples == 0
        assert db.fetch_all(conn, "select xmax::text from ops.baseline_samples") == before


def test_an_old_one_is_no_news(conn):
    long_ago = datetime(2026, 1, 5, tzinfo=UTC)
    weeks(conn, long_ago, [*USUAL, 3])
    assert look(conn)[1].fired == []
