"""A window is a stretch of the past that somebody meant; anything else is refused by a code of its own."""

from datetime import UTC, datetime, timedelta

import pytest

from etl import window
from kit.errors import RefusedInputError

NOW = datetime(2026, 11, 21, 9, 30, 15, 700_000, tzinfo=UTC)


def parse(since: str, until: str = "") -> window.Window:
    return window.parse(since, until, NOW, 31)


@pytest.mark.parametrize(
    ("since", "until", "name", "seconds"),
    [
        ("", " ", "all", None),
        ("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z", "2026-11-20T00:00:00Z/2026-11-21T00:00:00Z", 86_400),
        (
            "2026-11-20T01:00:00+01:00",
            "2026-11-21T01:00:00.9+01:00",
            "2026-11-20T00:00:00Z/2026-11-21T00:00:00Z",
            86_400,
        ),
        ("2026-11-21T09:30:00Z", "", "2026-11-21T09:30:00Z/2026-11-21T09:30:15Z", 15),
        ("2026-11-21T09:30:00Z", "2026-11-21T09:34:00Z", "2026-11-21T09:30:00Z/2026-11-21T09:34:00Z", 240),
    ],
)
def test_a_window_is_whole_seconds_in_utc(since, until, name, seconds):
    found = parse(since, until)
    assert (found.name, found.seconds) == (name, seconds)


@pytest.mark.parametrize(
    ("since", "until", "code"),
    [
        ("2026-11-21T00:00:00Z", "2026-11-20T00:00:00Z", "window_reversed"),
        ("2026-11-20T00:00:00Z", "2026-11-20T01:00:00+01:00", "window_reversed"),
        ("2026-11-20T00:00:00Z", "2026-11-22T00:00:00Z", "window_future"),
        ("2026-12-20T00:00:00Z", "", "window_future"),
        ("2026-12-20T00:00:00Z", "2026-12-21T00:00:00Z", "window_future"),
        ("2026-10-20T00:00:00Z", "2026-11-21T00:00:00Z", "window_too_wide"),
        ("2026-11-20T00:00:00", "2026-11-21T00:00:00Z", "window_no_zone"),
        ("2026-11-20T00:00:00Z", "2026-11-21", "window_no_zone"),
        ("yesterday", "", "window_unreadable"),
        ("0001-01-01T00:00:00+14:00", "", "window_unreadable"),
        ("", "2026-11-21T00:00:00Z", "window_incomplete"),
    ],
)
def test_what_is_no_window_is_refused(since, until, code):
    with pytest.raises(RefusedInputError) as refused:
        parse(since, until)
    assert refused.value.code == code


def test_the_widest_window_is_allowed():
    first = NOW - timedelta(days=31)
    assert parse(first.isoformat(), NOW.isoformat()).seconds == 31 * 86_400
