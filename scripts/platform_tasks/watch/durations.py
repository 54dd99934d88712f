"""Runs that take or wait longer than usual, or longer than they may. Pure."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any, Final

from platform_tasks.watch.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from platform_tasks.watch.config import Config, Times

OVERRUN: Final = "flow_overrun"
SLOW: Final = "flow_slow"
QUEUE: Final = "flow_queue_wait"
EVENTS: Final = (OVERRUN, SLOW, QUEUE)
_PAUSED: Final = "PAUSED"


def look(
    ended: Sequence[Mapping[str, Any]], running: Sequence[Mapping[str, Any]], config: Config, now: datetime
) -> Iterator[Finding]:
    """What is unusual about the newest run of each flow and trigger, and about those that did not end yet.

    Args:
        ended: runs that ended well, the newest first; `is_recent` ones are news; each flow and trigger by itself.
        running: runs that have not ended.
        config: from when on something is unusual.
        now: the moment.
    """
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in ended:
        groups.setdefault(_group(row), []).append(row)
    open_by: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in running:
        open_by.setdefault(_group(row), []).append(row)
    for group in groups.keys() | open_by.keys():
        yield from _of_group(groups.get(group, []), open_by.get(group, []), config, now)


def usual(values: Sequence[float | None], times: Times) -> float | None:
    """From how many seconds on a run is unusual; None while there are too few to tell."""
    known = [value for value in values if value is not None][: times.history]
    if len(known) < times.samples:
        return None
    return max(times.factor * median(known), times.least_s)


def _of_group(
    ended: Sequence[Mapping[str, Any]], running: Sequence[Mapping[str, Any]], config: Config, now: datetime
) -> Iterator[Finding]:
    # An older one was told of in its time; it is here for what runs now.
    newest, before = [row for row in ended[:1] if row["is_recent"]], ended[1:]
    for name, times, event in (("run_s", config.duration, SLOW), ("queued_s", config.queue, QUEUE)):
        # A run that is still going is compared with all that ended, the newest of those with the ones before it.
        so_far = [(row, _so_far(row, name, now)) for row in running if row["state"] != _PAUSED]
        done = [(row, row[name]) for row in newest]
        found = list(_over(so_far, usual([row[name] for row in ended], times), event))
        yield from (found or _over(done, usual([row[name] for row in before], times), event))
    for row in running:
        waited = (now - row["created_at"]).total_seconds() - row["idle_s"]
        if row["sla_s"] and row["state"] != _PAUSED and waited > row["sla_s"]:
            yield _finding(OVERRUN, row, waited, row["sla_s"])


def _over(rows: Sequence[tuple[Mapping[str, Any], float | None]], limit: float | None, event: str) -> Iterator[Finding]:
    """The longest of those over the limit: one finding a flow and trigger."""
    over = [(seconds, row) for row, seconds in rows if limit is not None and seconds is not None and seconds > limit]
    if over and limit is not None:
        seconds, row = max(over, key=lambda pair: pair[0])
        yield _finding(event, row, seconds, limit)


def _so_far(row: Mapping[str, Any], name: str, now: datetime) -> float | None:
    if name == "queued_s":
        return None if row["started_at"] else (now - row["created_at"]).total_seconds()
    return (now - row["started_at"]).total_seconds() - row["idle_s"] if row["started_at"] else None


def _finding(event: str, row: Mapping[str, Any], seconds: float, limit: float) -> Finding:
    values = {"minutes": _minutes(seconds), "limit": _minutes(limit), "trigger": row["trigger"] or "-"}
    return Finding(event, row["trigger"], row["namespace"], row["flow_id"], values, row["execution_id"])


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f}"


def _group(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["namespace"], row["flow_id"], row["trigger"]
