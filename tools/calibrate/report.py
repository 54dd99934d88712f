"""Reliability: how far confidences are from what happened, as figures and as a picture."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

EDGES: Final = (0.0, 0.8, 0.9, 0.95, 0.98, 1.0)
_SIZE, _LEFT, _TOP, _GAP = 220, 46, 34, 40
_LOW: Final = 0.5


class Bin(NamedTuple):
    """Readings of about the same confidence: their number, its mean, and the share that was right."""

    size: int
    sure: float
    right: float


def bins(chances: Sequence[float], right: Sequence[bool]) -> list[Bin]:
    """The readings by confidence; finer where most of them are."""
    found = []
    for low, high in itertools.pairwise(EDGES):
        inside = [(c, r) for c, r in zip(chances, right, strict=True) if low <= c < high]
        if inside:
            found.append(Bin(len(inside), _mean([c for c, _ in inside]), _mean([float(r) for _, r in inside])))
    return found


def ece(chances: Sequence[float], right: Sequence[bool]) -> float:
    """Expected calibration error: the mean distance of confidence and truth over the bins."""
    return sum(part.size * abs(part.sure - part.right) for part in bins(chances, right)) / len(chances)


def brier(chances: Sequence[float], right: Sequence[bool]) -> float:
    """Mean squared distance of confidence and truth."""
    return _mean([(c - r) ** 2 for c, r in zip(chances, right, strict=True)])


def plot(panels: dict[str, dict[str, list[Bin]]]) -> str:
    """An SVG with one panel a field; in it, by part, a circle a bin, its area by the number of readings."""
    width = _LEFT + len(panels) * (_SIZE + _GAP)
    parts = [_panel(name, parts, _LEFT + n * (_SIZE + _GAP)) for n, (name, parts) in enumerate(panels.items())]
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_TOP + _SIZE + 62}" '
        f'font-family="sans-serif" font-size="11">\n<rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n'
    )


def _panel(name: str, parts: dict[str, list[Bin]], left: int) -> str:
    x, y, bottom = left, _TOP, _TOP + _SIZE
    lines = [
        f'<rect x="{x}" y="{y}" width="{_SIZE}" height="{_SIZE}" fill="none" stroke="#999"/>',
        f'<line x1="{x}" y1="{bottom}" x2="{x + _SIZE}" y2="{y}" stroke="#bbb" stroke-dasharray="4 3"/>',
        f'<text x="{x + _SIZE / 2}" y="{y - 10}" text-anchor="middle" font-weight="bold">{name}</text>',
        f'<text x="{x + _SIZE / 2}" y="{bottom + 32}" text-anchor="middle">confidence</text>',
    ]
    for tick in (_LOW, 0.75, 1.0):
        at = _at(tick)
        lines.append(f'<text x="{x + at}" y="{bottom + 15}" text-anchor="middle">{tick:g}</text>')
        lines.append(f'<text x="{x - 5}" y="{bottom - at + 4}" text-anchor="end">{tick:g}</text>')
    for n, (part, colour) in enumerate((("tune", "#8aa4c8"), ("report", "#c2410c"))):
        lines += [_circle(entry, x, bottom, colour) for entry in parts.get(part, [])]
        lines.append(f'<circle cx="{x + 8 + n * 90}" cy="{bottom + 46}" r="5" fill="{colour}" fill-opacity="0.75"/>')
        lines.append(f'<text x="{x + 18 + n * 90}" y="{bottom + 50}">{part} part</text>')
    return "\n".join(lines)


def _circle(entry: Bin, left: int, bottom: int, colour: str) -> str:
    title = f"{entry.size} readings, confidence {entry.sure:.3f}, right {entry.right:.3f}"
    return (
        f'<circle cx="{left + _at(entry.sure):.1f}" cy="{bottom - _at(entry.right):.1f}" '
        f'r="{2 + entry.size**0.5:.1f}" '
        f'fill="{colour}" fill-opacity="0.75"><title>{title}</title></circle>'
    )


def _at(chance: float) -> float:
    return (max(chance, _LOW) - _LOW) / (1 - _LOW) * _SIZE


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
