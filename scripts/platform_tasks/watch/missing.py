"""Schedules that have not run: the dead man's switch. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from kit import dates
from platform_tasks.watch import cron, store
from platform_tasks.watch.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

EVENT: Final = "flow_missing"
# What was due while Kestra was away is made up for, or runs at its next time, but is not waited for longer than this.
_MADE_UP: Final = timedelta(hours=1)


def look(
    schedules: Sequence[Mapping[str, Any]], grace: Mapping[str, float], begun: datetime, now: datetime
) -> Iterator[Finding]:
    """Each schedule whose due time passed, with its grace, and that did not run for it or a later one.

    Args:
        schedules: rows of `ops.flow_schedules`.
        grace: seconds instead of the row's, by `namespace.flow`.
        begun: since when Kestra has been there without a gap.
        now: the moment.
    """
    for row in schedules:
        due = overdue(row, grace, begun, now)
        if due:
            values = {
                "due": dates.to_iso(due),
                "late_min": round((now - due).total_seconds() / 60),
                "last": dates.to_iso(row["last_at"]) if row["last_at"] else "?",
                "cron": row["cron"],
                "timezone": row["timezone"],
            }
            yield Finding(EVENT, row["trigger_id"], row["namespace"], row["flow_id"], values)


def overdue(row: Mapping[str, Any], grace: Mapping[str, float], begun: datetime, now: datetime) -> datetime | None:
    """The first due time that did not run and should have by now; None when there is none."""
    if row["disabled"]:
        return None
    due = store.owed(row)
    if due is None:
        return None
    expected = due
    if due < begun:
        following = cron.owed_after(row["cron"], row["timezone"], begun)
        expected = min(following or begun + _MADE_UP, begun + _MADE_UP)
    allowed = timedelta(seconds=grace.get(f"{row['namespace']}.{row['flow_id']}", row["grace_s"]))
    return due if expected + allowed < now else None
