"""When a schedule is due: cron expressions as Kestra writes them, in their zone, over changes of the clock. Pure.

Where the clock is changed, cron programs differ: for a time that a day does not have, cronsim says right after the gap
and Kestra the next day; of one that a day has twice Kestra takes the earlier, the later or both. So nothing can be owed
there (`owed_after`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from kit.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Kestra's nicknames.
_NICKNAMES: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
# A time this near to a change of the clock is one that a day does not have or has twice, or lies beside such a one.
_NEAR: Final = timedelta(minutes=90)
# How many due times are looked at to tell the least time between two of them.
_LOOKED_AT: Final = 8


def due_after(cron: str, timezone: str, moment: datetime) -> datetime | None:
    """The first due time after a moment, in UTC; None when there is none in fifty years.

    Raises:
        InvalidRequestError: the expression or the zone cannot be read.
    """
    return next(_times(cron, timezone, moment), None)


def owed_after(cron: str, timezone: str, moment: datetime) -> datetime | None:
    """The first due time after a moment at which Kestra runs for certain: none beside a change of the clock.

    Raises:
        InvalidRequestError: the expression or the zone cannot be read.
    """
    due = due_after(cron, timezone, moment)
    zone = ZoneInfo(timezone)
    while due and _offset(due - _NEAR, zone) != _offset(due + _NEAR, zone):
        due = due_after(cron, timezone, due)
    return due


def interval_s(cron: str, timezone: str, moment: datetime) -> float:
    """The least time between two due times around a moment, in seconds; 0 when there are no two.

    Raises:
        InvalidRequestError: the expression or the zone cannot be read.
    """
    times = _times(cron, timezone, moment)
    found = [when for _, when in zip(range(_LOOKED_AT), times, strict=False)]
    return min(((late - early).total_seconds() for early, late in pairwise(found)), default=0.0)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


def _times(cron: str, timezone: str, moment: datetime) -> Iterator[datetime]:
    try:
        zone = ZoneInfo(timezone)
        begun = moment.astimezone(zone)
        found = CronSim(_NICKNAMES.get(cron.strip(), cron.strip()), begun)
    except (CronSimError, ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidRequestError(
            f"The schedule {cron!r} in {timezone!r} cannot be read: {error}.", code="schedule_unreadable"
        ) from error
    for local in found:
        due = local.astimezone(UTC)
        if due > moment:
            yield due
