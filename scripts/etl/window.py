"""The stretch of time that a run takes: checked before anything is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from kit.dates import to_iso
from kit.errors import RefusedInputError

EVERYTHING: Final = "all"
_SKEW: Final = timedelta(minutes=5)  # by which clocks may differ before the end of a window counts as future
_NEXT_ACTION: Final = "Give since and until as ISO times with a zone, such as 2026-11-21T00:00:00Z, since before until."


@dataclass(frozen=True, slots=True)
class Window:
    """From `since` to before `until`, whole seconds in UTC; both None for everything that there is."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def name(self) -> str:
        """What the loader's lock and the book of loads call it."""
        return f"{to_iso(self.since)}/{to_iso(self.until)}" if self.since and self.until else EVERYTHING

    @property
    def seconds(self) -> int | None:
        """Its length; None for everything."""
        return int((self.until - self.since).total_seconds()) if self.since and self.until else None


def parse(since: str, until: str, now: datetime, max_days: int) -> Window:
    """Return the window that two texts name; both blank: everything; `until` alone blank: up to now.

    Args:
        since: ISO time with a zone; the first second that belongs to the window.
        until: the same; the first second that no longer does.
        now: the present moment, aware.
        max_days: the widest window allowed.

    Raises:
        RefusedInputError: it is no window; the code says why: `window_unreadable`, `window_no_zone`,
            `window_incomplete`, `window_reversed` (or empty), `window_future`, `window_too_wide`.
    """
    if not since.strip():
        if until.strip():
            raise _refused("incomplete", "until without since is no window")
        return Window()
    first, last = _instant(since), _instant(until) if until.strip() else _whole(now)
    if first >= last and not (first > now and not until.strip()):
        raise _refused("reversed", f"{to_iso(first)} is not before {to_iso(last)}")
    if first > now or last > now + _SKEW:
        raise _refused("future", f"it ends at {to_iso(max(first, last))}, and now is {to_iso(_whole(now))}")
    if last - first > timedelta(days=max_days):
        raise _refused("too_wide", f"{(last - first).days} days are more than {max_days}")
    return Window(first, last)


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _refused("unreadable", f"{text[:40]!r} is no time") from None
    if found.tzinfo is None:
        raise _refused("no_zone", f"{text[:40]!r} has no zone")
    try:
        return _whole(found.astimezone(UTC))
    except OverflowError:
        raise _refused("unreadable", f"{text[:40]!r} is no time") from None


def _whole(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _refused(why: str, told: str) -> RefusedInputError:
    return RefusedInputError(f"The window is refused: {told}.", code=f"window_{why}", next_action=_NEXT_ACTION)
