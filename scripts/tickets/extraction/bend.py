"""Rows that are not parallel straight lines: perspective makes them fan out, curled paper bends them.

After the page's skew is removed, the slope that is left of each long box says how rows run where it stands. A plane is
fitted to these slopes (how they change down the page: perspective; across it: curl), and each box is moved up or down
by what the fit says, so that boxes of one row are at one height again.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tickets.extraction.box import Placed

_MIN_BOXES = 8  # fewer tell nothing about a bend
_LONG = 6  # letters
_WIDE = 3.0  # times the height: narrower boxes have no reliable slope
_ROUNDS = 3
_OUTLIER = 3.0  # times the median deviation
_LEAST_DEVIATION = 0.004  # radians: corners are whole pixels
_MOST = 0.2  # radians between the edges of a page; more is no paper

Fit = tuple[float, float, float]


def straighten(placed: list[Placed], skew: float) -> list[Placed]:
    """Move boxes up or down so that the rows of bent paper are level.

    Args:
        placed: Boxes with the skew removed.
        skew: The skew that was removed, in radians.
    """
    slopes = [
        (_centre(cell), cell.middle, cell.box.angle - skew, cell.box.width)
        for cell in placed
        if len(cell.text) >= _LONG and cell.box.width > _WIDE * cell.box.height
    ]
    if len(slopes) < _MIN_BOXES:
        return placed
    x0, y0 = median(x for x, *_ in slopes), median(y for _, y, *_ in slopes)
    fit = _fit([(x - x0, y - y0, slope, weight) for x, y, slope, weight in slopes])
    wide = max(cell.right for cell in placed) - min(cell.left for cell in placed)
    high = max(cell.middle for cell in placed) - min(cell.middle for cell in placed)
    if fit is None or abs(fit[1] * wide) > _MOST or abs(fit[2] * high) > _MOST:
        return placed
    return [replace(cell, middle=cell.middle - _shift(fit, _centre(cell) - x0, cell.middle - y0)) for cell in placed]


def _centre(cell: Placed) -> float:
    """The middle of a box from left to right."""
    return (cell.left + cell.right) / 2


def _shift(fit: Fit, x: float, y: float) -> float:
    """How far a row has gone down at a place, from the page's middle: its slope summed up on the way there."""
    level, across, down = fit
    return (level + down * y) * x + across * x * x / 2


def _fit(points: Sequence[tuple[float, float, float, float]]) -> Fit | None:
    """Slope = level + across * x + down * y by weighted least squares; boxes far off the fit are left out."""
    import numpy as np

    data = np.array(points)
    kept = np.ones(len(data), dtype=bool)
    found = np.zeros(3)
    for _ in range(_ROUNDS):
        x, y, slope, weight = data[kept].T
        root = np.sqrt(weight)
        terms = np.column_stack((np.ones_like(x), x, y))
        found = np.linalg.lstsq(terms * root[:, None], slope * root, rcond=None)[0]
        off = np.abs(data[:, 2] - (found[0] + found[1] * data[:, 0] + found[2] * data[:, 1]))
        kept = off <= _OUTLIER * max(float(np.median(off)), _LEAST_DEVIATION)
        if kept.sum() < _MIN_BOXES:
            return None
    return float(found[0]), float(found[1]), float(found[2])
