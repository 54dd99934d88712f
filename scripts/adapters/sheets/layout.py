"""Where things lie in the tab: pure functions over its header and its column of ids."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.sheets.cells import Cell, Value, to_cell
from kit.errors import ConflictError, InvalidRequestError, InvalidResponseError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LETTERS = 26
_RANGE = re.compile(r"(?:.*!)?\$?[A-Z]{1,3}\$?(\d+)(?::\$?[A-Z]{1,3}\$?\d+)?")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `id` stands in the id column, `values` by column title; without a value the cell is empty."""

    id: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Header:
    """Our columns in a tab.

    Attributes:
        positions: 0-based column by title.
        width: columns that the tab's header spans, those of other people included.
        id_column: title of the column that holds the ids.
    """

    positions: Mapping[str, int]
    width: int
    id_column: str

    @property
    def id_letter(self) -> str:
        """The id column as a letter."""
        return letter(self.positions[self.id_column])

    def cells(self, row: Row) -> list[Cell | None]:
        """Returns the row's cells; None, which Google leaves alone, in columns that are not ours.

        Raises:
            InvalidRequestError: the row has a value for a column that does not exist.
        """
        if unknown := set(row.values) - set(self.positions):
            raise InvalidRequestError(f"The sheet has no column {sorted(unknown)}.", code="sheet_column")
        cells: list[Cell | None] = [None] * self.width
        for title, position in self.positions.items():
            cells[position] = to_cell(row.id if title == self.id_column else row.values.get(title))
        return cells


def read_header(found: Sequence[object], columns: Sequence[str], id_column: str) -> Header | None:
    """Finds our columns in the first row of the tab; None when that row is empty.

    People may move our columns and add their own; renaming or removing one of ours is refused.

    Raises:
        ConflictError: a column of ours is missing or appears twice.
    """
    titles = [str(title).strip() for title in found]
    if not any(titles):
        return None
    missing = [title for title in columns if title not in titles]
    twice = [title for title in columns if titles.count(title) > 1]
    if missing or twice:
        what = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"twice: {', '.join(twice)}"] * bool(twice)
        raise ConflictError(
            f"The first row of the sheet was changed ({'; '.join(what)}).",
            code="sheet_header_changed",
            next_action="Restore these titles in row 1; columns may be moved, and further ones added.",
            provider="google",
        )
    return Header({title: titles.index(title) for title in columns}, len(titles), id_column)


def lacking(found: Sequence[object], columns: Sequence[str], later: Sequence[str]) -> list[str]:
    """The columns of later releases that a header has not got yet; none where anything else is amiss with it.

    A header that was set up by an earlier release has all of the first columns, and of the later ones as many as there
    were then.

    Args:
        found: the first row of the tab.
        columns: all of our columns.
        later: those of them that came later, in the order in which they came.
    """
    titles = [str(title).strip() for title in found]
    missing = [title for title in columns if title not in titles]
    suffix = list(later[len(later) - len(missing) :])
    return missing if missing and missing == suffix and any(titles) else []


def new_header(columns: Sequence[str], id_column: str) -> Header:
    """The header of a tab that we set up ourselves."""
    return Header({title: position for position, title in enumerate(columns)}, len(columns), id_column)


def row_numbers(ids: Sequence[object]) -> tuple[dict[str, int], list[str]]:
    """Returns the 1-based row of each id, from the id column with its header, and the ids that appear twice.

    The first row of an id counts: that is the one which an earlier update changed.
    """
    rows: dict[str, int] = {}
    twice: list[str] = []
    for number, value in enumerate(ids[1:], start=2):
        key = str(value)
        if not key:
            continue
        if key in rows:
            twice.append(key)
        else:
            rows[key] = number
    return rows, twice


def split(rows: Sequence[Row], known: Mapping[str, int]) -> tuple[list[Row], list[Row]]:
    """Returns the rows to update and those to append; of several rows with one id, the last counts."""
    last = {row.id: row for row in rows}
    return [row for row in last.values() if row.id in known], [row for row in last.values() if row.id not in known]


def first_row(updated_range: str) -> int:
    """Returns the first row number of a range such as `'Hoja 1'!A5:K9`.

    Raises:
        InvalidResponseError: it is no such range.
    """
    match = _RANGE.fullmatch(updated_range)
    if not match:
        raise InvalidResponseError("Google's answer names no range.", code="sheet_range", provider="google")
    return int(match[1])


def row_range(tab: str, number: int, width: int) -> str:
    """Returns the A1 range of a row of the tab."""
    return f"{quoted(tab)}!A{number}:{letter(width - 1)}{number}"


def quoted(tab: str) -> str:
    """Returns the tab's name as A1 notation wants it."""
    return "'" + tab.replace("'", "''") + "'"


def letter(position: int) -> str:
    """Returns the letters of a 0-based column: 0 is A, 26 is AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters
