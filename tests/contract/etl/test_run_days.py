"""The sums of runs by day: equal to the runs themselves whatever happens to them, and kept when these are deleted."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl import record
from kit import db

SUMS = """
select day, flow, runs, total_rows, expected_rows, ratio_runs, ratio_sum, low_ratio_runs from etl_run_days
where (runs, total_rows, expected_rows, ratio_runs, ratio_sum, low_ratio_runs) <> (0, 0, 0, 0, 0, 0) order by day, flow
"""
RECKONED = """
select (started_at at time zone 'UTC')::date as day, flow, count(*) as runs,
       coalesce(sum(total_rows), 0)::bigint as total_rows, coalesce(sum(expected_rows), 0)::bigint as expected_rows,
       count(ratio) as ratio_runs, coalesce(sum(ratio), 0) as ratio_sum,
       count(*) filter (where ratio < 0.98) as low_ratio_runs
from etl_runs where status in ('succeeded', 'failed', 'refused') and not dry_run group by 1, 2 order by 1, 2
"""
MIGRATION = Path(__file__).parents[3] / "namespace_files/sql/migrations/0041_console_etl.sql"


@pytest.fixture
def book(migrated: str) -> Iterator[db.Connection]:
    with db.connect(migrated) as conn:
        db.execute(conn, "truncate etl_runs, etl_run_days cascade")
        yield conn
        db.execute(conn, "truncate etl_runs, etl_run_days cascade")


def run(conn: db.Connection, name: str, *, flow: str = "etl_example", dry_run: bool = False) -> int:
    return record.begin(conn, flow=flow, run_name=name, execution_id=name, dry_run=dry_run)


STEPS = st.tuples(
    st.sampled_from(["etl_example", "etl_improved"]),
    st.integers(0, 4),
    st.booleans(),
    st.sampled_from(["begin", "succeeded", "failed", "refused", "planned", "skipped"]),
    st.sampled_from([None, 0.0, 0.9799, 0.98, 1.0]),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(STEPS, max_size=12))
def test_the_sums_are_those_of_the_runs(book, steps):
    """Runs begin, end, are taken up again and end otherwise."""
    db.execute(book, "truncate etl_runs, etl_run_days cascade")
    for flow, number, dry_run, status, ratio in steps:
        run_id = run(book, f"{flow}-{number}-{dry_run}", flow=flow, dry_run=dry_run)
        if status != "begin":
            rows = None if ratio is None else 100
            record.finish(book, run_id, status=status, total_rows=rows, expected_rows=rows, ratio=ratio)
    assert db.fetch_all(book, SUMS) == db.fetch_all(book, RECKONED)


def test_runs_that_retention_deletes_stay_counted(book):
    for number in range(3):
        record.finish(book, run(book, f"r{number}"), status="succeeded", total_rows=10, expected_rows=10, ratio=1.0)
    before = db.fetch_all(book, SUMS)
    db.execute(book, "delete from etl_runs")
    assert db.fetch_all(book, SUMS) == before
    assert before[0]["runs"] == 3


def test_many_runs_of_one_statement_and_many_at_once(book, migrated):
    db.execute(
        book,
        "insert into etl_runs (flow, run_name, status, total_rows, expected_rows, ratio, started_at, finished_at) "
        "select 'etl_example', 'r' || n, 'succeeded', n, n, 1, now() - n * interval '1 hour', now() "
        "from generate_series(1, 500) n",
    )

    def end(number: int) -> None:
        with db.connect(migrated) as conn:
            record.finish(conn, run(conn, f"c{number}"), status="succeeded", total_rows=1, expected_rows=2, ratio=0.5)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(end, range(40)))
    assert db.fetch_all(book, SUMS) == db.fetch_all(book, RECKONED)


def test_runs_that_were_there_before_the_sums_are_counted_once(book):
    """The migration over a book that is in use, and once more."""
    record.finish(book, run(book, "r1"), status="succeeded", total_rows=10, expected_rows=10, ratio=1.0)
    db.execute(book, "truncate etl_run_days")
    for _ in range(2):
        with db.transaction(book):
            db.execute(book, MIGRATION.read_text())
        assert db.fetch_all(book, SUMS) == db.fetch_all(book, RECKONED)
