"""What is printed, row by row, before it is drawn: texts at places across the paper's width."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Align = Literal["left", "right", "centre"]


@dataclass(frozen=True)
class Cell:
    """A text at a share of the paper's width, which is its left end, right end or middle."""

    text: str
    at: float
    align: Align


@dataclass(frozen=True)
class Printed:
    """One row; ``scale`` enlarges its print, ``leading`` is its height in that of a row."""

    cells: tuple[Cell, ...]
    scale: float = 1.0
    bold: bool = False
    leading: float = 1.0


@dataclass
class Sheet:
    """A receipt as rows. ``columns`` is how many letters fit on a row, ``font`` "mono" or "sans"."""

    columns: int = 42
    font: Literal["mono", "sans"] = "mono"
    rows: list[Printed] = field(default_factory=list)

    def left(self, text: str, *, scale: float = 1.0, bold: bool = False) -> None:
        """A text at the left edge."""
        self.rows.append(Printed((Cell(text, 0.0, "left"),), scale, bold))

    def centre(self, *texts: str, scale: float = 1.0, bold: bool = False) -> None:
        """Texts in the middle, one a row."""
        self.rows.extend(Printed((Cell(text, 0.5, "centre"),), scale, bold) for text in texts)

    def pair(self, left: str, right: str, *, scale: float = 1.0, bold: bool = False) -> None:
        """A text at each edge."""
        self.rows.append(Printed((Cell(left, 0.0, "left"), Cell(right, 1.0, "right")), scale, bold))

    def cells(self, *cells: tuple[str, float, Align], bold: bool = False) -> None:
        """Texts at places of their own; empty ones are left out."""
        self.rows.append(Printed(tuple(Cell(*cell) for cell in cells if cell[0]), 1.0, bold))

    def rule(self, sign: str = "-") -> None:
        """A row of one sign over the whole width; a blank one is a gap."""
        if sign.strip():
            self.rows.append(Printed((Cell(sign * self.columns, 0.5, "centre"),)))
        else:
            self.gap()

    def gap(self, leading: float = 0.6) -> None:
        """Empty paper."""
        self.rows.append(Printed((), leading=leading))
