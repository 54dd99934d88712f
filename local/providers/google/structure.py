"""``spreadsheets.batchUpdate``: tabs, their properties, rows and columns. All requests or none."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from local.providers.google.errors import bad
from local.providers.google.state import Sheet, Spreadsheet

if TYPE_CHECKING:
    from collections.abc import Callable

# Requests about looks: accepted, without effect here.
_LOOKS = frozenset(
    {
        "addBanding", "addConditionalFormatRule", "addProtectedRange", "autoResizeDimensions", "clearBasicFilter",
        "mergeCells", "repeatCell", "setBasicFilter", "setDataValidation", "unmergeCells", "updateBorders",
        "updateDimensionProperties",
    }
)  # fmt: skip


def batch_update(book: Spreadsheet, requests: list[dict[str, Any]]) -> tuple[Spreadsheet, list[dict[str, Any]]]:
    """The spreadsheet after all requests, and their replies; the given one is not changed."""
    if not requests:
        raise bad("Must specify at least one request.")
    draft = book.draft()
    replies = []
    for index, request in enumerate(requests):
        (name, body), *more = request.items() or [("", {})]
        if more:
            raise bad(f"Invalid requests[{index}]: only one kind of request may be set.")
        if name not in _HANDLERS and name not in _LOOKS:
            raise bad(
                f"Invalid JSON payload received. Unknown name \"{name}\" at 'requests[{index}]': Cannot find field."
            )
        replies.append(_HANDLERS[name](draft, body, index) if name in _HANDLERS else {})
    draft.check_size()
    return draft, replies


def _add_sheet(book: Spreadsheet, body: dict[str, Any], index: int) -> dict[str, Any]:
    properties = body.get("properties", {})
    title = properties.get("title") or f"Hoja {len(book.sheets) + 1}"
    if title in book.titles():
        raise bad(
            f'Invalid requests[{index}].addSheet: A sheet with the name "{title}" already exists.'
            " Please enter another name."
        )
    grid = properties.get("gridProperties", {})
    sheet = Sheet(
        sheet_id=properties.get("sheetId", secrets.randbelow(2**31)),
        title=title,
        row_count=grid.get("rowCount", 1000),
        column_count=grid.get("columnCount", 26),
        frozen_rows=grid.get("frozenRowCount", 0),
    )
    at = properties.get("index", len(book.sheets))
    book.sheets.insert(at, sheet)
    return {"addSheet": {"properties": sheet.properties(at)}}


def _delete_sheet(book: Spreadsheet, body: dict[str, Any], index: int) -> dict[str, Any]:
    sheet = _by_id(book, body.get("sheetId", 0), f"requests[{index}].deleteSheet")
    if len(book.sheets) == 1:
        raise bad(f"Invalid requests[{index}].deleteSheet: You can't remove all the sheets in a document.")
    book.sheets.remove(sheet)
    return {}


def _update_sheet(book: Spreadsheet, body: dict[str, Any], index: int) -> dict[str, Any]:
    properties, where = body.get("properties", {}), f"requests[{index}].updateSheetProperties"
    sheet = _by_id(book, properties.get("sheetId", 0), where)
    grid = properties.get("gridProperties", {})
    setters: dict[str, tuple[str, Any]] = {
        "title": ("title", properties.get("title")),
        "hidden": ("hidden", properties.get("hidden", False)),
        "gridProperties/frozenRowCount": ("frozen_rows", grid.get("frozenRowCount", 0)),
        "gridProperties/frozenColumnCount": ("frozen_columns", grid.get("frozenColumnCount", 0)),
        "gridProperties/rowCount": ("row_count", grid.get("rowCount")),
        "gridProperties/columnCount": ("column_count", grid.get("columnCount")),
    }
    for field in str(body.get("fields", "")).replace(".", "/").split(","):
        if not field:
            raise bad(
                f"Invalid {where}: At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)"
            )
        if field in setters:
            name, value = setters[field]
            setattr(sheet, name, value)
    _cut(sheet)
    return {}


def _update_book(book: Spreadsheet, body: dict[str, Any], _index: int) -> dict[str, Any]:
    properties = body.get("properties", {})
    book.title = properties.get("title", book.title)
    book.locale = properties.get("locale", book.locale)
    book.time_zone = properties.get("timeZone", book.time_zone)
    return {}


def _append_dimension(book: Spreadsheet, body: dict[str, Any], index: int) -> dict[str, Any]:
    sheet = _by_id(book, body.get("sheetId", 0), f"requests[{index}].appendDimension")
    name = "row_count" if body.get("dimension") == "ROWS" else "column_count"
    setattr(sheet, name, getattr(sheet, name) + int(body.get("length", 0)))
    return {}


def _insert_dimension(book: Spreadsheet, body: dict[str, Any], index: int) -> dict[str, Any]:
    span = body.get("range", {})
    sheet = _by_id(book, span.get("sheetId", 0), f"requests[{index}].insertDimension")
    start, count = span.get("startIndex", 0), span.get("endIndex", 0) - span.get("startIndex", 0)
    if span.get("dimension") == "ROWS":
        sheet.insert_rows(start, count)
        return {}
    for row in sheet.rows:
        if start < len(row):
            row[start:start] = [None] * count
    sheet.column_count += count
    return {}


def _delete_dimension(book: Spreadsheet, body: dict[str, Any], index: int) -> dict[str, Any]:
    span = body.get("range", {})
    sheet = _by_id(book, span.get("sheetId", 0), f"requests[{index}].deleteDimension")
    start, end = span.get("startIndex", 0), span.get("endIndex", 0)
    if span.get("dimension") == "ROWS":
        del sheet.rows[start:end]
        sheet.row_count -= end - start
        return {}
    for row in sheet.rows:
        del row[start:end]
    sheet.column_count -= end - start
    return {}


def _by_id(book: Spreadsheet, sheet_id: int, where: str) -> Sheet:
    for sheet in book.sheets:
        if sheet.sheet_id == sheet_id:
            return sheet
    raise bad(f"Invalid {where}: No sheet with id: {sheet_id}")


def _cut(sheet: Sheet) -> None:
    """Values outside a grid that was made smaller are gone."""
    sheet.rows = [row[: sheet.column_count] for row in sheet.rows[: sheet.row_count]]


_HANDLERS: dict[str, Callable[[Spreadsheet, dict[str, Any], int], dict[str, Any]]] = {
    "addSheet": _add_sheet,
    "deleteSheet": _delete_sheet,
    "updateSheetProperties": _update_sheet,
    "updateSpreadsheetProperties": _update_book,
    "appendDimension": _append_dimension,
    "insertDimension": _insert_dimension,
    "deleteDimension": _delete_dimension,
}
