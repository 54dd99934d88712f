"""Which releases state_maintenance may remove: the rules of `make releases REMOVE_UNUSED=1`, and the days."""

from datetime import UTC, datetime

import pytest

from platform_tasks.upkeep import releases
from platform_tasks.upkeep.history import Entries, Entry

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def entry(release: str, day: str, state: str = "done") -> Entry:
    at = f"2026-{day}T10:00:00+00:00"
    return Entry.of({"release": release, "digest": release, "at": at, "by": "x", "kind": "deploy", "state": state})


KNOWN = Entries(
    [
        entry("1.0.0", "08-01"),
        entry("1.1.0", "11-19"),
        entry("1.2.0", "09-01"),
        entry("1.3.0", "09-02"),
        entry("1.4.0", "09-03", "started"),
    ]
)


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("1.0.0", ""),
        ("1.1.0", "recent"),
        ("1.2.0", "before"),
        ("1.3.0", "current"),
        ("1.4.0", "unfinished"),
        ("0.8.0", "flows"),
        ("0.9.0", "executions"),
        ("0.1.0", ""),  # the history keeps the newest fifty deploys
    ],
)
def test_a_release_stays_for_a_reason(version: str, why: str):
    assert releases._why(version, KNOWN, {"0.8.0"}, {"0.9.0"}, NOW.replace(month=10)) == why


@pytest.mark.parametrize("name", ["1.2.3", "0.1.0.dev0", "2.0.0rc1", "2.0.0-rc1"])
def test_folders_of_releases_are_known_by_their_names(name: str):
    assert releases.VERSION.fullmatch(name)


@pytest.mark.parametrize("name", ["scripts", "1.2", "v1.2.3", "1.2.3-backup", "../1.2.3"])
def test_other_folders_are_nobody_s_release(name: str):
    assert not releases.VERSION.fullmatch(name)
