"""From printed rows to the paper as it leaves the printer: a grey picture, 255 is blank."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt

    from tools.samples.spanish.sheet import Cell, Printed, Sheet

    Grey = npt.NDArray[np.uint8]

_FONTS = Path(__file__).parents[1] / "fonts"
_FILES = {"mono": "DejaVuSansMono", "sans": "DejaVuSansCondensed"}
_PITCH = {"mono": 0.602, "sans": 0.50}  # mean width of a letter, of its size
_LEADING = 1.32
_MARGIN = 34
TEXT_WIDTH = 780  # pixels between the margins


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A font of the project's own."""
    return ImageFont.truetype(_FONTS / f"{name}.ttf", size, layout_engine=ImageFont.Layout.BASIC)


def draw(sheet: Sheet, *, tall: float = 1.0) -> Grey:
    """Print a sheet.

    Args:
        sheet: The rows.
        tall: How much taller than wide the letters are stretched, as narrow printers do; 1 for not at all.

    Returns:
        Height x width, 0 for ink and 255 for paper.
    """
    import numpy as np

    wide = int(TEXT_WIDTH * tall)
    size = wide / sheet.columns / _PITCH[sheet.font]
    rows = [split for row in sheet.rows for split in _wrapped(sheet, row, size, wide)]
    height = int(sum(size * _LEADING * row.scale * row.leading for row in rows)) + 2 * _MARGIN
    paper = Image.new("L", (wide + int(2 * _MARGIN * tall), height), 255)
    pen = ImageDraw.Draw(paper)
    top = float(_MARGIN)
    for row in rows:
        font = _row_font(sheet, row, size)
        for cell in row.cells:
            pen.text((int(_MARGIN * tall) + _start(cell, font, wide), top), cell.text, font=font, fill=0)
        top += size * _LEADING * row.scale * row.leading
    return np.asarray(paper.resize((TEXT_WIDTH + 2 * _MARGIN, height), Image.Resampling.BICUBIC))


def _row_font(sheet: Sheet, row: Printed, size: float) -> ImageFont.FreeTypeFont:
    """The font of a row; one whose longest text would not fit is smaller."""
    name = _FILES[sheet.font] + ("-Bold" if row.bold else "")
    font = _font(name, int(size * row.scale))
    longest = max((font.getlength(cell.text) for cell in row.cells), default=0.0)
    room = size * _PITCH[sheet.font] * sheet.columns
    return font if longest <= room else _font(name, int(size * row.scale * room / longest))


def _start(cell: Cell, font: Any, wide: int) -> float:
    """Where a cell's text begins, in pixels from the left margin."""
    length = font.getlength(cell.text)
    share = {"left": 0.0, "right": 1.0, "centre": 0.5}[cell.align]
    return float(max(cell.at * wide - share * length, 0.0))


def _wrapped(sheet: Sheet, row: Printed, size: float, wide: int) -> Iterator[Printed]:
    """The row, or several where its texts would run into each other, as printers do."""
    from dataclasses import replace

    font = _row_font(sheet, row, size)
    taken = -1.0
    cells: list[Cell] = []
    for cell in row.cells:
        start = _start(cell, font, wide)
        if cells and start < taken + size * 0.3:
            yield replace(row, cells=tuple(cells))
            cells = []
        cells.append(cell)
        taken = start + font.getlength(cell.text)
    yield replace(row, cells=tuple(cells))
