"""Spreadsheets as data, and the operations on one sheet's grid."""

from __future__ import annotations

import secrets
from typing import Any, Literal

from pydantic import BaseModel, Field

from local.providers.google.errors import bad

PART = "google"
CELLS_LIMIT = 10_000_000


class Sheet(BaseModel):
    """One tab. ``rows`` holds only what is filled; the grid is as large as its counts."""

    sheet_id: int
    title: str
    row_count: int = 1000
    column_count: int = 26
    frozen_rows: int = 0
    frozen_columns: int = 0
    hidden: bool = False
    rows: list[list[Any]] = Field(default_factory=list)

    def cell(self, row: int, column: int) -> Any:
        """A stored value; None where nothing is."""
        return self.rows[row][column] if row < len(self.rows) and column < len(self.rows[row]) else None

    def put(self, row: int, column: int, value: Any) -> None:
        """Store a value; an empty text clears the cell."""
        while len(self.rows) <= row:
            self.rows.append([])
        cells = self.rows[row]
        cells.extend([None] * (column + 1 - len(cells)))
        cells[column] = None if value == "" else value

    def row_filled(self, row: int, column: int = 0, end: int | None = None) -> bool:
        """Whether a row has any value between two columns."""
        cells = self.rows[row][column:end] if row < len(self.rows) else []
        return cells.count(None) < len(cells)

    def last_row(self) -> int:
        """The number of rows down to the last filled one."""
        return next((row + 1 for row in range(len(self.rows) - 1, -1, -1) if self.row_filled(row)), 0)

    def insert_rows(self, at: int, count: int) -> None:
        """Insert empty rows; what is below moves down."""
        if at < len(self.rows):
            self.rows[at:at] = [[] for _ in range(count)]
        self.row_count += count

    def properties(self, index: int) -> dict[str, Any]:
        """The sheet's properties as the API gives them."""
        grid: dict[str, Any] = {"rowCount": self.row_count, "columnCount": self.column_count}
        grid |= {"frozenRowCount": self.frozen_rows} if self.frozen_rows else {}
        grid |= {"frozenColumnCount": self.frozen_columns} if self.frozen_columns else {}
        base = {
            "sheetId": self.sheet_id,
            "title": self.title,
            "index": index,
            "sheetType": "GRID",
            "gridProperties": grid,
        }
        return base | ({"hidden": True} if self.hidden else {})


class Spreadsheet(BaseModel):
    """A document with its tabs. ``share`` is what the service account may do."""

    id: str
    title: str
    locale: str = "es_ES"
    time_zone: str = "Europe/Madrid"
    share: Literal["owner", "editor", "reader", "none"] = "editor"
    parents: list[str] = Field(default_factory=list)
    sheets: list[Sheet] = Field(default_factory=lambda: [Sheet(sheet_id=0, title="Hoja 1")])

    def sheet(self, title: str | None) -> Sheet:
        """A tab by its title; the first one without a title."""
        if title is None:
            return self.sheets[0]
        return next(sheet for sheet in self.sheets if sheet.title == title)

    def titles(self) -> list[str]:
        """The titles of the tabs."""
        return [sheet.title for sheet in self.sheets]

    def draft(self) -> Spreadsheet:
        """A copy to work on: a request is applied as a whole or not at all. Cells are never changed in place."""
        sheets = [sheet.model_copy(update={"rows": [row[:] for row in sheet.rows]}) for sheet in self.sheets]
        return self.model_copy(update={"sheets": sheets})

    def check_size(self) -> None:
        """Google's limit of ten million cells."""
        if sum(sheet.row_count * sheet.column_count for sheet in self.sheets) > CELLS_LIMIT:
            raise bad(
                "This action would increase the number of cells in the workbook above the limit of"
                f" {CELLS_LIMIT} cells."
            )

    def metadata(self, base_url: str) -> dict[str, Any]:
        """The spreadsheet resource without grid data."""
        return {
            "spreadsheetId": self.id,
            "properties": {
                "title": self.title,
                "locale": self.locale,
                "autoRecalc": "ON_CHANGE",
                "timeZone": self.time_zone,
            },
            "sheets": [{"properties": sheet.properties(index)} for index, sheet in enumerate(self.sheets)],
            "spreadsheetUrl": f"{base_url}/#hoja={self.id}",
        }


class Token(BaseModel):
    """An access token that the token endpoint gave."""

    email: str
    scopes: list[str]
    expires: float


class Tokens(BaseModel):
    """The access tokens, a part of its own."""

    by_value: dict[str, Token] = Field(default_factory=dict)


class GoogleState(BaseModel):
    """The spreadsheets by id."""

    spreadsheets: dict[str, Spreadsheet] = Field(default_factory=dict)


def new_spreadsheet_id() -> str:
    """An id of Google's form: 44 characters."""
    return "1" + secrets.token_urlsafe(32)
