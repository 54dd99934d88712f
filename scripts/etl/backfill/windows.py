"""The windows of a range, and which of them are missing. No I/O.

Windows are whole days, weeks from Monday, or months, in UTC, as the target's partitions are; only the first and the
last of a range may be shorter.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from etl.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Step = Literal["day", "week", "month"]
Span = tuple[datetime, datetime]


def cut(since: datetime, until: datetime, step: Step) -> list[Span]:
    """The windows of a range in their order; none when it is empty."""
    edges = [since]
    while edges[-1] < until:
        edges.append(min(until, after(edges[-1], step)))
    return list(pairwise(edges))


def after(moment: datetime, step: Step) -> datetime:
    """Where the window that a moment lies in ends."""
    day = floor(moment, step)
    if step == "month":
        return (day + timedelta(days=31)).replace(day=1)
    return day + timedelta(days=7 if step == "week" else 1)


def floor(moment: datetime, step: Step) -> datetime:
    """Where the window that a moment lies in begins."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if step == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if step == "week" else day


def is_whole(span: Span, step: Step) -> bool:
    """Whether it is a whole day, week or month."""
    return floor(span[0], step) == span[0] and after(span[0], step) == span[1]


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same moments in as few spans as possible, in order."""
    found: list[Span] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


def missing(wanted: Sequence[Span], covered: Iterable[Span]) -> list[Span]:
    """The windows that do not lie wholly in what is covered."""
    known = merged(covered)
    return [span for span in wanted if not any(have[0] <= span[0] and span[1] <= have[1] for have in known)]


def checkpoint(covered: Iterable[Span]) -> datetime | None:
    """Up to where everything is there, reckoned from the earliest window; None when there is none."""
    known = merged(covered)
    return known[0][1] if known else None


def as_window(span: Span) -> Window:
    """A window as the sources and the loader know it."""
    return Window(*span)
