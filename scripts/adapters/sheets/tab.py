"""One tab of a spreadsheet: the few calls that are made on it, each one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.sheets import layout
from adapters.sheets.errors import PROVIDER, TAB_EXISTS
from kit.errors import ConflictError, InvalidResponseError, UncertainError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.sheets.gateway import Gateway
    from adapters.sheets.layout import Header

_NEW_TAB_ROWS = 1000
_RAW = {"valueInputOption": "RAW"}


class Tab:
    """A tab by name; whether it exists shows when it is read.

    Args:
        gateway: gspread's client on our transport.
        sheet_id: id of the spreadsheet.
        title: name of the tab.
    """

    def __init__(self, gateway: Gateway, sheet_id: str, title: str) -> None:
        """Keep the parts; nothing is sent."""
        self._http, self._sheet_id, self.title = gateway, sheet_id, title

    def read(self, *ranges: str) -> list[list[list[Any]]]:
        """Returns the rows of each range, e.g. of `1:1` and `A:A`, in one call.

        Raises:
            NotFoundError: code `sheet_tab_missing` or `sheet_missing`.
        """
        names = [f"{layout.quoted(self.title)}!{name}" for name in ranges]
        found = self._http.values_batch_get(self._sheet_id, names).get("valueRanges")
        if not isinstance(found, list) or [type(part) for part in found] != [dict] * len(ranges):
            raise InvalidResponseError("Google's answer lacks a range that was asked for.", provider=PROVIDER)
        return [part.get("values") or [] for part in found]

    def create(self, columns: int, rows: int = _NEW_TAB_ROWS) -> None:
        """Adds the tab, its first row frozen; no error when it is there by now."""
        grid = {"rowCount": max(rows, 2), "columnCount": columns, "frozenRowCount": 1}
        properties = {"title": self.title, "sheetType": "GRID", "gridProperties": grid}
        try:
            self._http.batch_update(self._sheet_id, {"requests": [{"addSheet": {"properties": properties}}]})
        except ConflictError as error:
            if error.code != TAB_EXISTS:  # made meanwhile, or by our own try whose answer was lost
                raise

    def write_header(self, titles: Sequence[str]) -> None:
        """Writes the first row."""
        where = layout.row_range(self.title, 1, len(titles))
        self._http.values_update(self._sheet_id, where, params={**_RAW}, body={"values": [list(titles)]})

    def extend_header(self, found: Sequence[Any], titles: Sequence[str]) -> list[Any]:
        """Writes further titles to the right of everything that stands in the tab, and returns the first row then.

        Nothing is moved: columns that people use without a title stay theirs, and the grid grows where it must.
        """
        number, columns = self._grid()
        start = len(found)
        if columns > start:
            [beside] = self.read(f"{layout.letter(start)}:{layout.letter(columns - 1)}")
            start += max((len(row) for row in beside), default=0)
        if (short := start + len(titles) - columns) > 0:
            grow = {"sheetId": number, "dimension": "COLUMNS", "length": short}
            self._http.batch_update(self._sheet_id, {"requests": [{"appendDimension": grow}]})
        first = f"{layout.quoted(self.title)}!{layout.letter(start)}1"
        where = f"{first}:{layout.letter(start + len(titles) - 1)}1"
        self._http.values_update(self._sheet_id, where, params={**_RAW}, body={"values": [list(titles)]})
        return [*found, *[""] * (start - len(found)), *titles]

    def properties(self) -> dict[str, Any] | None:
        """The tab's `sheetId`, `title` and `gridProperties`, as Google has them; None where there is no such tab."""
        answer = self._http.fetch_sheet_metadata(self._sheet_id, {"fields": "sheets.properties"})
        try:
            tabs = [sheet["properties"] for sheet in answer.get("sheets") or []]
            return next((dict(tab) for tab in tabs if tab["title"] == self.title), None)
        except (KeyError, TypeError) as error:
            raise InvalidResponseError("Google's answer names no tabs.", provider=PROVIDER) from error

    def _grid(self) -> tuple[int, int]:
        """The tab's number and how many columns it has."""
        found = self.properties()
        if found is None:
            raise InvalidResponseError("Google's answer lacks the tab.", provider=PROVIDER)
        return int(found.get("sheetId", 0)), int(found["gridProperties"]["columnCount"])

    def update(self, cells: Mapping[str, Sequence[Any]]) -> None:
        """Writes cells by range, all in one call; None leaves a cell alone."""
        data = [{"range": where, "values": [values]} for where, values in cells.items()]
        self._http.values_batch_update(self._sheet_id, {**_RAW, "data": data})

    def append(self, header: Header, rows: Sequence[Sequence[Any]]) -> int:
        """Appends rows below the table, all or none, and returns the number of the first one.

        Raises:
            UncertainError: no usable answer came; the rows may be there.
        """
        # Naming the header's cells keeps Google from taking a row with empty cells for the edge of the table.
        table = layout.row_range(self.title, 1, header.width)
        params = {**_RAW, "insertDataOption": "INSERT_ROWS"}
        try:
            answer = self._http.values_append(self._sheet_id, table, dict(params), {"values": list(rows)})
            return layout.first_row(answer["updates"]["updatedRange"])
        except (InvalidResponseError, LookupError, TypeError) as error:
            raise UncertainError(
                "Google's answer names no appended range.", code="invalid_response", provider=PROVIDER
            ) from error
