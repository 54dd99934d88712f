"""Which table an append continues: as Google finds it, its trap included."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from local.providers.google.a1 import Range
    from local.providers.google.state import Sheet


class Box(NamedTuple):
    """A closed rectangle; ends exclusive."""

    row: int
    column: int
    end_row: int
    end_column: int


def table(sheet: Sheet, given: Range) -> Box | None:
    """The table after which Google appends.

    With cells given (``A1``, ``A1:C1``) it is the filled block around them. With a whole sheet it is the last block of
    filled rows, and it begins at the first filled cell of its last row: a last row with an empty first cell shifts the
    appended row to the right (gspread #537, #575, #603). That trap is kept on purpose.
    """
    last = sheet.last_row()
    if given.whole:
        if not last:
            return None
        first = last - 1
        while first and sheet.row_filled(first - 1):
            first -= 1
        left = next(index for index, value in enumerate(sheet.rows[last - 1]) if value is not None)
        return Box(first, left, last, max(_width(sheet, row) for row in range(first, last)))
    if not sheet.row_filled(given.row, given.column, given.end_column):
        return None
    end = given.row
    while sheet.row_filled(end):
        end += 1
    left = given.column
    while left and any(sheet.cell(row, left - 1) is not None for row in range(given.row, end)):
        left -= 1
    right = max(_width(sheet, row) for row in range(given.row, end))
    return Box(given.row, left, end, max(right, left + 1))


def _width(sheet: Sheet, row: int) -> int:
    cells = sheet.rows[row] if row < len(sheet.rows) else []
    end = len(cells)
    while end and cells[end - 1] is None:
        end -= 1
    return end
