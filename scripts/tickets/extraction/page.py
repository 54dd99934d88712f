"""A page of text boxes in reading order: skew removed, boxes grouped to rows. Pure geometry, no OCR."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median
from typing import Any

from tickets.extraction.bend import straighten
from tickets.extraction.box import Box, Placed

__all__ = ["Box", "Page", "Placed", "Row", "from_data", "page_of"]

_LONG = 6  # letters: shorter boxes have no reliable angle
_SAME_ROW = 0.55  # of the smaller height


@dataclass(frozen=True)
class Row:
    """Boxes that stand on one line of the receipt, from left to right."""

    cells: tuple[Placed, ...]

    @cached_property
    def text(self) -> str:
        """The line as a person would read it."""
        return " ".join(cell.text for cell in self.cells)

    @cached_property
    def score(self) -> float:
        """Mean score of the boxes, weighed by their length."""
        letters = sum(len(cell.text) for cell in self.cells)
        return sum(cell.box.score * len(cell.text) for cell in self.cells) / letters

    @cached_property
    def height(self) -> float:
        """Height of the tallest box."""
        return max(cell.box.height for cell in self.cells)

    @cached_property
    def middle(self) -> float:
        """Mean height of the line on the page."""
        return sum(cell.middle for cell in self.cells) / len(self.cells)

    @cached_property
    def bounds(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom around all boxes, in the picture's pixels."""
        lefts, tops, rights, bottoms = zip(*(cell.box.bounds for cell in self.cells), strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)


@dataclass(frozen=True)
class Page:
    """What was read from one picture; ``rotation`` is the turn (counter-clockwise, degrees) that made it upright."""

    rows: tuple[Row, ...]
    width: int
    height: int
    rotation: int = 0
    boxes: tuple[Box, ...] = field(default=(), repr=False)

    @cached_property
    def text(self) -> str:
        """The whole page, one line a row."""
        return "\n".join(row.text for row in self.rows)

    def as_data(self) -> dict[str, Any]:
        """The boxes as small JSON, to keep with the attempt; ``from_data`` makes the same page of it."""
        boxes = [
            {"text": box.text, "score": round(box.score, 3), "polygon": [[round(x), round(y)] for x, y in box.polygon]}
            for box in self.boxes
        ]
        return {"width": self.width, "height": self.height, "rotation": self.rotation, "boxes": boxes}


def page_of(boxes: list[Box], *, width: int, height: int, rotation: int = 0) -> Page:
    """Put boxes in reading order.

    Args:
        boxes: What the engine found, in any order.
        width: Of the upright picture, in pixels.
        height: Of the upright picture, in pixels.
        rotation: Degrees by which the picture was turned to stand upright.
    """
    skew = _skew(boxes)
    rows = _group(straighten([_place(box, skew) for box in boxes], skew))
    return Page(rows=rows, width=width, height=height, rotation=rotation, boxes=tuple(boxes))


def from_data(data: dict[str, Any]) -> Page:
    """Build a page from what ``as_data`` kept: rules can be run again without the picture."""
    boxes = [
        Box(text=box["text"], score=box["score"], polygon=tuple((float(x), float(y)) for x, y in box["polygon"]))
        for box in data["boxes"]
    ]
    return page_of(boxes, width=data["width"], height=data["height"], rotation=data["rotation"])


def _skew(boxes: list[Box]) -> float:
    """Median slope of the boxes that are long enough to have one."""
    angles = [box.angle for box in boxes if len(box.text) >= _LONG and box.width > box.height]
    return median(angles) if angles else 0.0


def _place(box: Box, skew: float) -> Placed:
    """Turn a box's corners by the page's skew."""
    cos, sin = math.cos(-skew), math.sin(-skew)
    xs = [x * cos - y * sin for x, y in box.polygon]
    ys = [x * sin + y * cos for x, y in box.polygon]
    return Placed(box=box, left=min(xs), right=max(xs), middle=sum(ys) / len(ys))


def _group(placed: list[Placed]) -> tuple[Row, ...]:
    """Group boxes to rows from left to right, each against the end of its row: lines bend on crumpled paper."""
    rows: list[list[Placed]] = []
    for cell in sorted(placed, key=lambda item: item.left):
        near = [row for row in rows if _continues(row[-1], cell)]
        if near:
            min(near, key=lambda row: abs(row[-1].middle - cell.middle)).append(cell)
        else:
            rows.append([cell])
    ordered = sorted(rows, key=lambda row: sum(cell.middle for cell in row) / len(row))
    return tuple(Row(tuple(row)) for row in ordered)


def _continues(last: Placed, cell: Placed) -> bool:
    """Tell whether a box goes on where another ended, on the same line."""
    height = min(last.box.height, cell.box.height)
    overlap = last.right - cell.left
    return abs(last.middle - cell.middle) < _SAME_ROW * height and overlap < 0.5 * min(
        last.right - last.left, cell.right - cell.left
    )
