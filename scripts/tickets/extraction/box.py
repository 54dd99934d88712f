"""A piece of text on a picture, and its place on the page once the skew is removed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Box:
    """A piece of text with the engine's score and its four corners (top left first, clockwise), in pixels."""

    text: str
    score: float
    polygon: tuple[tuple[float, float], ...]

    @cached_property
    def width(self) -> float:
        """Length of the upper edge."""
        return math.dist(self.polygon[0], self.polygon[1])

    @cached_property
    def height(self) -> float:
        """Length of the left edge."""
        return math.dist(self.polygon[0], self.polygon[3])

    @cached_property
    def angle(self) -> float:
        """Slope of the upper edge in radians; positive when the text runs downwards."""
        (x0, y0), (x1, y1) = self.polygon[0], self.polygon[1]
        return math.atan2(y1 - y0, x1 - x0)

    @cached_property
    def bounds(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of the picture's upright rectangle around the box."""
        xs, ys = zip(*self.polygon, strict=True)
        return int(min(xs)), int(min(ys)), math.ceil(max(xs)), math.ceil(max(ys))


@dataclass(frozen=True)
class Placed:
    """A box with its place on the page once the skew is removed."""

    box: Box
    left: float
    right: float
    middle: float

    @property
    def text(self) -> str:
        """The text of the box."""
        return self.box.text
