"""Reading, writing and appending values, as the values API does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.providers.google.a1 import Range, column_name, parse, quoted, written
from local.providers.google.cells import entered, shown
from local.providers.google.errors import bad
from local.providers.google.table import Box, table

if TYPE_CHECKING:
    from local.providers.google.state import Sheet, Spreadsheet

INPUT_OPTIONS = frozenset({"RAW", "USER_ENTERED"})
RENDER_OPTIONS = frozenset({"FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA"})


def read(book: Spreadsheet, text: str, *, render: str = "FORMATTED_VALUE", dimension: str = "ROWS") -> dict[str, Any]:
    """A value range; trailing empty rows and cells are left out, as Google does."""
    if render not in RENDER_OPTIONS:
        raise bad(
            "Invalid value at 'value_render_option'"
            f' (type.googleapis.com/google.apps.sheets.v4.ValueRenderOption), "{render}"'
        )
    sheet, box = _resolve(book, text)
    rows = [
        [shown(value, render, book.locale) for value in cells[box.column : box.end_column]]
        for cells in sheet.rows[box.row : min(box.end_row, sheet.last_row())]
    ]
    if dimension == "COLUMNS":
        width = max((len(row) for row in rows), default=0)
        rows = [[row[index] if index < len(row) else "" for row in rows] for index in range(width)]
    values = _trimmed([_trimmed(row) for row in rows])
    answer: dict[str, Any] = {"range": written(sheet.title, *box), "majorDimension": dimension}
    return answer | ({"values": values} if values else {})


def update(book: Spreadsheet, text: str, body: dict[str, Any], option: str | None) -> dict[str, Any]:
    """Write values over a range."""
    sheet, box = _resolve(book, text)
    rows = _rows(body, option)
    bound = parse(text, book.titles())
    end_row, end_column = box.row + len(rows), box.column + max((len(row) for row in rows), default=0)
    open_rows = bound.whole or bound.end_row is None or _single(bound)
    if not open_rows and end_row > box.end_row:
        raise bad(
            f"Requested writing within range [{written(sheet.title, *box)}],"
            f" but tried writing to row [{box.end_row + 1}]"
        )
    open_columns = bound.whole or bound.end_column is None or _single(bound)
    if not open_columns and end_column > box.end_column:
        raise bad(
            f"Requested writing within range [{written(sheet.title, *box)}],"
            f" but tried writing to column [{column_name(box.end_column)}]"
        )
    if end_row > sheet.row_count or end_column > sheet.column_count:
        raise _outside(sheet, written(sheet.title, box.row, box.column, end_row, end_column))
    return {"spreadsheetId": book.id} | _write(sheet, box.row, box.column, rows)


def append(book: Spreadsheet, text: str, body: dict[str, Any], option: str | None, insert: str) -> dict[str, Any]:
    """Append after the table that the range finds: see ``table``."""
    sheet, _ = _resolve(book, text)
    rows = _rows(body, option)
    found = table(sheet, parse(text, book.titles()))
    start = parse(text, book.titles())
    row, column = (found.end_row, found.column) if found else (start.row, start.column)
    if insert == "INSERT_ROWS":
        sheet.insert_rows(row, len(rows))
    width = max((len(values) for values in rows), default=1)
    sheet.row_count = max(sheet.row_count, row + len(rows))
    sheet.column_count = max(sheet.column_count, column + width)
    book.check_size()
    answer: dict[str, Any] = {"spreadsheetId": book.id}
    if found:
        answer["tableRange"] = written(sheet.title, *found)
    return answer | {"updates": {"spreadsheetId": book.id} | _write(sheet, row, column, rows)}


def clear(book: Spreadsheet, text: str) -> dict[str, Any]:
    """Clear the values of a range."""
    sheet, box = _resolve(book, text)
    for row in range(box.row, min(box.end_row, len(sheet.rows))):
        for column in range(box.column, min(box.end_column, len(sheet.rows[row]))):
            sheet.rows[row][column] = None
    return {"spreadsheetId": book.id, "clearedRange": written(sheet.title, *box)}


def _resolve(book: Spreadsheet, text: str) -> tuple[Sheet, Box]:
    given = parse(text, book.titles())
    sheet = book.sheet(given.title)
    if given.row >= sheet.row_count or given.column >= sheet.column_count:
        raise _outside(sheet, text)
    box = Box(
        given.row,
        given.column,
        min(given.end_row or sheet.row_count, sheet.row_count),
        min(given.end_column or sheet.column_count, sheet.column_count),
    )
    return sheet, box


def _outside(sheet: Sheet, text: str) -> Exception:
    cells = text.rpartition("!")[2]
    return bad(
        f"Range ({quoted(sheet.title)}!{cells}) exceeds grid limits."
        f" Max rows: {sheet.row_count}, max columns: {sheet.column_count}"
    )


def _rows(body: dict[str, Any], option: str | None) -> list[list[Any]]:
    if option not in INPUT_OPTIONS:
        raise bad("'valueInputOption' is required but not specified")
    values = body.get("values", [])
    if not isinstance(values, list) or not all(isinstance(row, list) for row in values):
        raise bad("Invalid value at 'data.values' (type.googleapis.com/google.protobuf.ListValue)")
    rows = [[entered(value, option, (y, x)) for x, value in enumerate(row)] for y, row in enumerate(values)]
    if body.get("majorDimension") == "COLUMNS":
        height = max((len(column) for column in rows), default=0)
        rows = [[column[index] if index < len(column) else None for column in rows] for index in range(height)]
    return rows


def _write(sheet: Sheet, row: int, column: int, rows: list[list[Any]]) -> dict[str, Any]:
    """Store the rows; a null leaves its cell as it is."""
    for y, values in enumerate(rows):
        for x, value in enumerate(values):
            if value is not None:
                sheet.put(row + y, column + x, value)
    width = max((len(values) for values in rows), default=0)
    return {
        "updatedRange": written(sheet.title, row, column, row + max(len(rows), 1), column + max(width, 1)),
        "updatedRows": len(rows),
        "updatedColumns": width,
        "updatedCells": sum(value is not None for values in rows for value in values),
    }


def _single(given: Range) -> bool:
    return given.end_row == given.row + 1 and given.end_column == given.column + 1


def _trimmed(items: list[Any]) -> list[Any]:
    end = len(items)
    while end and items[end - 1] in ("", [], None):
        end -= 1
    return items[:end]
