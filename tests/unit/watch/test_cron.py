"""Due times over changes of the clock, in the schedule's own zone."""

from datetime import UTC, datetime, timedelta

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
    assert cron.due_before("* * * * *", "UTC", moment) == utc("2026-11-22T08:50")
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


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
@pytest.mark.parametrize("expression", ["30 2 * * *", "0 3 * * *", "0 * * * *"])
def test_a_change_of_the_clock_makes_nothing_missing(day: str, expression: str):
    """Runs that come at each due time satisfy the switch, whatever the clock does."""
    row = {
        "namespace": "opsflows.x",
        "flow_id": "y",
        "trigger_id": "z",
        "cron": expression,
        "timezone": MADRID,
        "disabled": False,
        "since": utc(f"{day}T00:00") - timedelta(days=1),
        "grace_s": 180.0,
    }
    ran = cron.due_after(expression, MADRID, row["since"])
    for _ in range(30):
        following = cron.due_after(expression, MADRID, ran)
        assert missing.overdue({**row, "last_at": ran}, {}, following) is None
        assert missing.overdue({**row, "last_at": ran}, {}, following + timedelta(seconds=181)) == following
        ran = following


@pytest.mark.parametrize(("text", "expected"), [("PT5M", 300), ("P1DT1H", 90_000), ("PT0.5S", 0.5)])
def test_durations(text: str, expected: float):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["P", "PT", "5m", ""])
def test_what_is_no_duration(text: str):
    with pytest.raises(ValueError, match="no duration"):
        seconds(text)
