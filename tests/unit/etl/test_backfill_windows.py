"""Windows of a range, what is missing of it, and what proves a window."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.backfill import proof, windows
from etl.backfill.ledger import Taken
from etl.load.job import Report

moments = st.integers(0, 8 * 365 * 24).map(lambda hours: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours))
steps = st.sampled_from(["day", "week", "month"])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(first: str, last: str) -> windows.Span:
    return at(first), at(last)


@pytest.mark.parametrize(
    ("step", "edges"),
    [
        ("day", ["2026-01-30T06:00", "2026-01-31", "2026-02-01", "2026-02-01T12:00"]),
        ("week", ["2026-01-30T06:00", "2026-02-01T12:00"]),
        ("month", ["2026-01-30T06:00", "2026-02-01", "2026-02-01T12:00"]),
    ],
)
def test_windows_are_whole_but_for_the_ends_of_the_range(step, edges):
    found = windows.cut(at(edges[0]), at(edges[-1]), step)
    assert found == [span(*pair) for pair in itertools.pairwise(edges)]
    assert [windows.is_whole(each, step) for each in found[1:-1]] == [True] * len(found[1:-1])


def test_a_week_begins_on_monday_and_an_empty_range_has_no_window():
    assert windows.floor(at("2026-11-22T01:00"), "week") == at("2026-11-16")
    assert windows.cut(at("2026-01-01"), at("2026-01-01"), "day") == []


@given(moments, st.timedeltas(timedelta(0), timedelta(days=400)), steps)
def test_windows_touch_and_cover_the_range(since, length, step):
    found = windows.cut(since, since + length, step)
    assert windows.merged(found) == ([(since, since + length)] if length else [])
    assert all(first[1] == second[0] for first, second in itertools.pairwise(found))
    assert all(windows.is_whole(each, step) for each in found[1:-1])


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), max_size=12), st.integers(0, 50))
def test_what_is_missing_is_what_no_moment_of_lies_in_a_gap(pairs, days):
    zero = at("2026-01-01")
    covered = [(zero + timedelta(days=start), zero + timedelta(days=start + size)) for start, size in pairs]
    wanted = windows.cut(zero, zero + timedelta(days=days), "day")
    known = {start + day for start, size in pairs for day in range(size)}
    assert windows.missing(wanted, covered) == [each for day, each in enumerate(wanted) if day not in known]


def test_the_checkpoint_is_before_the_first_gap():
    known = [span("2026-01-03", "2026-01-05"), span("2026-01-01", "2026-01-03"), span("2026-01-06", "2026-01-09")]
    assert windows.checkpoint(known) == at("2026-01-05")
    assert windows.checkpoint([]) is None


def taken(reading: int, checksum: str = "a", changed: int = 0) -> Taken:
    return Taken(span("2026-01-01", "2026-01-02"), reading == 1, reading, "x", checksum, changed)


@pytest.mark.parametrize(
    ("before", "checksum", "changed", "verdict"),
    [
        (taken(1), "a", 9, ("loaded", None)),
        (taken(2), "a", 0, ("proven", None)),
        (taken(2), "b", 0, ("proven", None)),
        (taken(2), "b", 3, ("loaded", None)),
        (taken(2, changed=3), "a", 3, ("loaded", None)),
        (taken(3, changed=3), "a", 3, ("proven", "superseded")),
        (taken(3, changed=3), "b", 3, ("loaded", None)),
        (taken(5, "b", 2), "a", 3, ("failed", "unstable")),
    ],
)
def test_a_window_is_proven_when_another_reading_changes_nothing(before, checksum, changed, verdict):
    assert proof.verdict(before, Report("x", "done", checksum=checksum, inserted=changed)) == verdict


def weeks(counts: list[int]) -> list[dict]:
    days = windows.cut(at("2026-01-05"), at("2026-01-05") + timedelta(days=len(counts)), "day")
    return [{"since": day[0], "until": day[1], "rows": rows} for day, rows in zip(days, counts, strict=True)]


def test_a_day_is_compared_with_the_same_day_of_other_weeks():
    week = [1000, 1010, 990, 1005, 1000, 300, 100]
    rows = weeks(week * 7)
    assert proof.thin(rows, "day", 50) == []
    rows[9]["rows"] = 400
    assert proof.thin(rows, "day", 50) == [(rows[9]["since"], rows[9]["until"])]
    assert proof.thin(rows, "day", 0) == []


def test_without_enough_weeks_all_days_are_compared_and_a_part_of_a_day_never_is():
    rows = weeks([1000, 1010, 990, 1005, 1000, 20, 1003])
    assert [found[0] for found in proof.thin(rows, "day", 50)] == [rows[5]["since"]]
    rows[5]["until"] -= timedelta(hours=1)
    assert proof.thin(rows, "day", 50) == []
