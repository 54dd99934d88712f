"""Quiet hours: until when something that is not urgent waits. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK: Final = 8  # steps after which quiet days and nights that touch each other have been gone through


class QuietHours(BaseModel):
    """Hours of the day, which may pass midnight, and days that are quiet as a whole; local time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    from_: time = Field(alias="from")
    to: time
    days: tuple[Day, ...] = Field(default=(), max_length=6)

    def until(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When the quiet that reigns now ends; None when it does not reign.

        Args:
            now: aware.
            zone: in which the hours are meant.
        """
        ends = now
        for _ in range(_WEEK):
            following = self._end(ends.astimezone(zone))
            if following is None:
                break
            ends = following
        return ends if ends > now else None

    def _end(self, local: datetime) -> datetime | None:
        """The end of the hours or the day that `local` lies in."""
        if _DAYS[local.weekday()] in self.days:
            return _at(local, time(0), 1)
        clock = local.time()
        if self.from_ < self.to:
            return _at(local, self.to, 0) if self.from_ <= clock < self.to else None
        if self.from_ > self.to:
            if clock >= self.from_:
                return _at(local, self.to, 1)
            return _at(local, self.to, 0) if clock < self.to else None
        return None


def _at(local: datetime, clock: time, days: int) -> datetime:
    # A wall clock's time, however long the night is when the clocks change.
    return datetime.combine(local.date() + timedelta(days=days), clock, local.tzinfo)
