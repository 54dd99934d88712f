"""Schedules and bounds of time, as the flows write them. Pure."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from kit.errors import InvalidRequestError
from platform_tasks.watch import cron

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

SCHEDULE: Final = "io.kestra.plugin.core.trigger.Schedule"
# How late a run may begin: a quarter of the time to the next one, within these bounds (seconds).
_SHARE: Final = 0.25
_LEAST_GRACE_S: Final = 180.0
_MOST_GRACE_S: Final = 3600.0
_DURATION: Final = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


@dataclass(frozen=True, slots=True)
class Schedule:
    """A row of `ops.flow_schedules`, without what its runs say."""

    namespace: str
    flow_id: str
    trigger_id: str
    cron: str
    timezone: str
    disabled: bool
    next_at: datetime | None
    grace_s: float
    sla_s: float | None

    def row(self) -> dict[str, Any]:
        """For JSON; moments as text."""
        return asdict(self) | {"next_at": self.next_at.isoformat() if self.next_at else None}


def bounds(flows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Seconds that each flow may take by its `sla`, by `namespace.flow`; flows without are left out."""
    found = {f"{flow['namespace']}.{flow['id']}": _bound(flow) for flow in flows}
    return {name: seconds for name, seconds in found.items() if seconds is not None}


def read(
    flows: Sequence[Mapping[str, Any]], off: set[tuple[str, str, str]], now: datetime
) -> tuple[list[Schedule], list[str]]:
    """The schedules of all flows, and those that cannot be read: `namespace.flow.trigger: reason`.

    Args:
        flows: as Kestra's API tells them.
        off: triggers that somebody switched off: namespace, flow, trigger.
        now: the next due times come after it.
    """
    found, unreadable = [], []
    for flow, trigger in _triggers(flows):
        try:
            found.append(_schedule(flow, trigger, off, now))
        except InvalidRequestError as error:
            unreadable.append(f"{flow['namespace']}.{flow['id']}.{trigger['id']}: {error}")
    return found, unreadable


def seconds(duration: str) -> float:
    """An ISO 8601 duration of days and less, such as `PT1H30M`, in seconds.

    Raises:
        ValueError: it is none.
    """
    match = _DURATION.fullmatch(duration)
    if not match or not any(match.groups()):
        raise ValueError(f"{duration!r} is no duration")
    days, hours, minutes, rest = (float(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=rest).total_seconds()


def _triggers(flows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for flow in flows:
        for trigger in flow.get("triggers") or ():
            if trigger.get("type") == SCHEDULE:
                yield flow, trigger


def _schedule(
    flow: Mapping[str, Any], trigger: Mapping[str, Any], off: set[tuple[str, str, str]], now: datetime
) -> Schedule:
    if trigger.get("when"):
        raise InvalidRequestError("It has a `when`, so nobody can say beforehand which due times run.")
    key = (str(flow["namespace"]), str(flow["id"]), str(trigger["id"]))
    expression, zone = str(trigger["cron"]), str(trigger.get("timezone") or "UTC")
    disabled = bool(flow.get("disabled") or trigger.get("disabled") or key in off)
    grace = _SHARE * cron.interval_s(expression, zone, now)
    return Schedule(
        *key,
        cron=expression,
        timezone=zone,
        disabled=disabled,
        next_at=None if disabled else cron.owed_after(expression, zone, now),
        grace_s=min(max(grace, _LEAST_GRACE_S), _MOST_GRACE_S),
        sla_s=_bound(flow),
    )


def _bound(flow: Mapping[str, Any]) -> float | None:
    """The shortest `MAX_DURATION` of a flow; one that cannot be read is none."""
    found = []
    for sla in flow.get("sla") or ():
        if sla.get("type") == "MAX_DURATION":
            try:
                found.append(seconds(str(sla["duration"])))
            except (ValueError, KeyError):
                continue
    return min(found, default=None)
