"""Schedules that have not run: the dead man's switch. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from kit import dates
from platform_tasks.watch import store
from platform_tasks.watch.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

EVENT: Final = "flow_missing"


def look(schedules: Sequence[Mapping[str, Any]], grace: Mapping[str, float], now: datetime) -> Iterator[Finding]:
    """Each schedule whose due time passed, with its grace, and that did not run for it or a later one.

    Args:
        schedules: rows of `ops.flow_schedules`.
        grace: seconds instead of the row's, by `namespace.flow`.
        now: the moment.
    """
    for row in schedules:
        due = overdue(row, grace, now)
        if due:
            values = {
                "due": dates.to_iso(due),
                "late_min": round((now - due).total_seconds() / 60),
                "last": dates.to_iso(row["last_at"]) if row["last_at"] else "?",
                "cron": row["cron"],
                "timezone": row["timezone"],
            }
            yield Finding(EVENT, row["trigger_id"], row["namespace"], row["flow_id"], values)


def overdue(row: Mapping[str, Any], grace: Mapping[str, float], now: datetime) -> datetime | None:
    """The first due time that did not run and should have by now; None when there is none."""
    if row["disabled"]:
        return None
    due = store.owed(row)
    allowed = timedelta(seconds=grace.get(f"{row['namespace']}.{row['flow_id']}", row["grace_s"]))
    return due if due and due + allowed < now else None
