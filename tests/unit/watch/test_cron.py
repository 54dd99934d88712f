"""Due times over changes of the clock, in the schedule's own zone."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from kit.errors import InvalidRequestError
from platform_tasks.watch import cron, missing
from platform_tasks.watch.schedules import seconds

MADRID = "Europe/Madrid"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def times(expression: str, zone: str, since: datetime, number: int) -> list[str]:
    found = []
    for _ in range(number):
        since = cron.due_after(expression, zone, since)
        found.append(since.strftime("%m-%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("expression", "since", "expected"),
    [
        # 2026-03-29: 02:00 becomes 03:00; 02:30 is not there, and is made up for at 03:00.
        ("30 2 * * *", "2026-03-28T12:00", ["03-29 01:00", "03-30 00:30"]),
        ("0 7 * * *", "2026-03-28T12:00", ["03-29 05:00", "03-30 05:00"]),
        ("0 * * * *", "2026-03-28T23:30", ["03-29 00:00", "03-29 01:00", "03-29 02:00"]),
        # 2026-10-25: 03:00 becomes 02:00; 02:30 is there twice, and runs once.
        ("30 2 * * *", "2026-10-24T12:00", ["10-25 00:30", "10-26 01:30"]),
        ("0 7 * * *", "2026-10-24T12:00", ["10-25 06:00", "10-26 06:00"]),
        ("*/30 * * * *", "2026-10-24T23:45", ["10-25 00:00", "10-25 00:30", "10-25 01:00", "10-25 01:30"]),
    ],
)
def test_changes_of_the_clock(expression: str, since: str, expected: list[str]):
    assert times(expression, MADRID, utc(since), len(expected)) == expected


def test_the_day_is_that_of_the_zone():
    assert times("0 0 1 * *", "America/Lima", utc("2026-11-30T23:00"), 1) == ["12-01 05:00"]


def test_seconds_of_the_moment_do_not_matter():
    moment = utc("2026-11-22T08:50") + timedelta(seconds=30)
    assert cron.due_after("* * * * *", "UTC", moment) == utc("2026-11-22T08:51")
    assert cron.due_after("* * * * *", "UTC", utc("2026-11-22T08:50")) == utc("2026-11-22T08:51")


@pytest.mark.parametrize(
    ("expression", "expected"), [("* * * * *", 60), ("*/5 * * * *", 300), ("@daily", 86_400), ("@hourly", 3600)]
)
def test_the_time_between_two(expression: str, expected: int):
    assert cron.interval_s(expression, "UTC", utc("2026-11-22T08:50")) == expected


@pytest.mark.parametrize(("expression", "zone"), [("61 * * * *", "UTC"), ("@never", "UTC"), ("* * * * *", "Mars/One")])
def test_what_cannot_be_read(expression: str, zone: str):
    with pytest.raises(InvalidRequestError):
        cron.due_after(expression, zone, utc("2026-11-22T08:50"))


def schedule(expression: str, zone: str = MADRID) -> dict[str, Any]:
    return {
        "namespace": "opsflows.x",
        "flow_id": "y",
        "trigger_id": "z",
        "cron": expression,
        "timezone": zone,
        "disabled": False,
        "since": utc("2026-01-01T00:00"),
        "grace_s": 180.0,
    }


# When Kestra runs around the changes of the clock, as its cron-utils 9.2.1 reckons it (UTC).
KESTRA = [
    ("30 2 * * *", ["03-28T01:30", "03-30T00:30", "03-31T00:30"]),  # the 29th has no 02:30
    ("0 3 * * *", ["03-28T02:00", "03-29T01:00", "03-30T01:00"]),
    ("*/30 * * * *", ["03-29T00:00", "03-29T00:30", "03-29T01:00", "03-29T01:30", "03-29T02:00", "03-29T02:30"]),
    ("30 */2 * * *", ["03-28T23:30", "03-29T02:30", "03-29T04:30", "03-29T06:30"]),
    ("30 2 * * 0", ["03-22T01:30", "04-05T00:30", "04-12T00:30"]),
    ("30 2 * * *", ["10-24T00:30", "10-25T00:30", "10-26T01:30"]),
    ("30 2 * * 0", ["10-18T00:30", "10-25T01:30", "11-01T01:30"]),  # the later one of the two
    ("30 */2 * * *", ["10-24T22:30", "10-25T00:30", "10-25T03:30", "10-25T05:30"]),
    ("15 1-3 * * *", ["10-24T23:15", "10-25T00:15", "10-25T01:15", "10-25T02:15", "10-26T00:15"]),
]


@pytest.mark.parametrize(("expression", "ran"), KESTRA)
def test_a_change_of_the_clock_makes_nothing_missing_that_kestra_runs(expression: str, ran: list[str]):
    """A run comes two minutes after each time of Kestra's, and is looked for each minute."""
    row, moments = schedule(expression), [utc(f"2026-{text}") for text in ran]
    for last, following in pairwise(moments):
        at = last
        while at <= following + timedelta(minutes=2):
            assert missing.overdue({**row, "last_at": last}, {}, row["since"], at) is None, at
            at += timedelta(minutes=1)


@pytest.mark.parametrize("expression", ["30 2 * * *", "0 3 * * *", "0 * * * *", "*/5 * * * *"])
@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_after_a_change_of_the_clock_the_switch_goes_on(day: str, expression: str):
    row = schedule(expression) | {"last_at": utc(f"{day}T00:00") - timedelta(hours=1)}
    assert missing.overdue(row, {}, row["since"], utc(f"{day}T00:00") + timedelta(days=2)) is not None


@pytest.mark.parametrize(
    ("expression", "minutes"),
    [("*/10 * * * *", 8 + 3), ("0 4 * * *", 60 + 3)],
)
def test_what_was_due_while_kestra_was_away_is_late_from_its_return(expression: str, minutes: int):
    """It came back at 05:02; a schedule that makes up for nothing runs at its next time."""
    begun = utc("2026-06-01T05:02")
    row = schedule(expression, "UTC") | {"last_at": utc("2026-05-31T04:00")}
    late = begun + timedelta(minutes=minutes)
    assert missing.overdue(row, {}, begun, late) is None
    assert missing.overdue(row, {}, begun, late + timedelta(seconds=1)) is not None


def test_where_no_clock_is_changed_every_due_time_is_owed():
    row = schedule("30 2 * * *", "UTC") | {"last_at": utc("2026-03-28T02:30")}
    assert missing.overdue(row, {}, row["since"], utc("2026-03-29T02:33")) is None
    assert missing.overdue(row, {}, row["since"], utc("2026-03-29T02:34")) == utc("2026-03-29T02:30")


@pytest.mark.parametrize(("text", "expected"), [("PT5M", 300), ("P1DT1H", 90_000), ("PT0.5S", 0.5)])
def test_durations(text: str, expected: float):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["P", "PT", "5m", ""])
def test_what_is_no_duration(text: str):
    with pytest.raises(ValueError, match="no duration"):
        seconds(text)
