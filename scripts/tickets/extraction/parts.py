"""Several receipts in one picture: found on the boxes of its page, and told apart where that can be done surely.

A receipt has empty corridors of its own, between articles and amounts. So a corridor parts two receipts only when what
lies on each side is one for itself, with a merchant, a date and a labelled total; and when the totals differ, because
a receipt and its card slip are one purchase.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tickets.extraction import places, rules
from tickets.extraction.page import page_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from tickets.extraction.model import Receipt
    from tickets.extraction.page import Box, Page

MOST = 6
_LEAST_BOXES = 5
_CORRIDOR = 0.015  # of the side: narrower gaps lie between words
_TRIED = 4  # widest corridors in each direction
_MARGIN = 24  # pixels around the text of a part, as far as the neighbours leave them
_DEPTH = 3


@dataclass(frozen=True)
class Several:
    """The places of the receipts on the stored picture (left, top, right, bottom), in reading order.

    Receipts side by side are told apart surely (``clear``). Of those under each other, the foot of one and the head of
    the next look alike.
    """

    places: tuple[places.Box, ...]
    clear: bool


@dataclass(frozen=True)
class _Part:
    """The boxes of one receipt and what the rules find on them."""

    boxes: tuple[Box, ...]
    receipt: Receipt


def find(page: Page, *, country: str, today: date) -> Several | None:
    """The receipts of a picture that shows two or more; ``None`` for any other.

    Args:
        page: The whole page, upright.
        country: As for ``rules.extract``.
        today: As for ``rules.extract``.
    """
    axes: set[int] = set()
    parts = _split(page, page.boxes, _Sought(country, today, axes), _DEPTH)
    if not parts:
        return None
    areas = [_area(part.boxes, page, [other.boxes for other in parts if other is not part]) for part in parts]
    clear = axes == {0} and len(parts) <= MOST
    return Several(tuple(places.turned_back(area, page) for area in areas), clear)


@dataclass(frozen=True)
class _Sought:
    """What the rules are told, and in which directions cuts were made (0 across, 1 down)."""

    country: str
    today: date
    axes: set[int]


def _split(page: Page, boxes: Sequence[Box], sought: _Sought, depth: int) -> list[_Part]:
    """Cut along the corridor that leaves a receipt on each side, and each side again."""
    for axis, one, other in _cuts(boxes, page) if depth else ():
        first, second = (_part(side, page, sought) for side in (one, other))
        if first and second and _differ(first.receipt, second.receipt):
            sought.axes.add(axis)
            return [part for side in (first, second) for part in _split(page, side.boxes, sought, depth - 1) or [side]]
    return []


def _cuts(boxes: Sequence[Box], page: Page) -> Iterator[tuple[int, list[Box], list[Box]]]:
    """Both sides of each corridor that no box crosses, the widest first, those between columns before all."""
    found = []
    for axis, length in ((0, page.width), (1, page.height)):
        spans = sorted((box.bounds[axis], box.bounds[axis + 2]) for box in boxes)
        end = spans[0][1] if spans else 0
        for start, until in spans[1:]:
            if start - end > _CORRIDOR * length:
                found.append((start - end, axis, (start + end) / 2))
            end = max(end, until)
    for axis in (0, 1):
        for _, _, place in sorted((gap for gap in found if gap[1] == axis), reverse=True)[:_TRIED]:
            one = [box for box in boxes if box.bounds[axis] < place]
            other = [box for box in boxes if box.bounds[axis] >= place]
            if min(len(one), len(other)) >= _LEAST_BOXES:
                yield axis, one, other


def _part(boxes: Sequence[Box], page: Page, sought: _Sought) -> _Part | None:
    """A side of a corridor, if it is a receipt for itself."""
    alone = page_of(list(boxes), width=page.width, height=page.height)
    found = rules.extract(alone, country=sought.country, today=sought.today)
    receipt = found.receipt
    labelled = "total" in found.evidence and any(char.isalpha() for char in found.evidence["total"].text)
    whole = receipt.merchant and receipt.issued_on and receipt.total is not None
    return _Part(tuple(boxes), receipt) if whole and labelled else None


def _differ(one: Receipt, other: Receipt) -> bool:
    """Tell two purchases from a receipt and its card slip, which say the same total."""
    return one.total != other.total


def _area(boxes: Sequence[Box], page: Page, others: Sequence[Sequence[Box]]) -> places.Box:
    """The place of a part with a margin that reaches no other part."""
    left, top, right, bottom = _around(boxes)
    margins = [_MARGIN] * 4
    for other in map(_around, others):
        if other[1] < bottom and top < other[3]:  # beside it
            margins[0] = min(margins[0], left - other[2]) if other[2] <= left else margins[0]
            margins[2] = min(margins[2], other[0] - right) if other[0] >= right else margins[2]
        if other[0] < right and left < other[2]:  # above or below it
            margins[1] = min(margins[1], top - other[3]) if other[3] <= top else margins[1]
            margins[3] = min(margins[3], other[1] - bottom) if other[1] >= bottom else margins[3]
    return (
        max(0, left - margins[0]),
        max(0, top - margins[1]),
        min(page.width, right + margins[2]),
        min(page.height, bottom + margins[3]),
    )


def _around(boxes: Sequence[Box]) -> places.Box:
    """The rectangle around boxes."""
    lefts, tops, rights, bottoms = zip(*(box.bounds for box in boxes), strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
