"""A tab of a Google Sheet as a projection of rows that live elsewhere: one row an id, however often it is written."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from adapters.sheets import layout
from adapters.sheets.errors import PROVIDER, TAB_EXISTS, TAB_MISSING
from kit import http, logging
from kit.errors import (
    ConflictError,
    InvalidResponseError,
    NotFoundError,
    OpsflowsError,
    TransientError,
    UncertainError,
)
from kit.settings import require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.sheets.gateway import Gateway
    from adapters.sheets.layout import Header, Row
    from kit.settings import Settings

# An append of doubtful end is looked up and, when its rows are not there, made once more.
_APPENDS = 2
_NEW_TAB_ROWS = 1000
_RAW = {"valueInputOption": "RAW"}


class Sheet:
    """The tab that `settings` names. One process writes at a time: the caller holds a lock.

    Args:
        settings: `sheet_id`, `sheet_name` and the base URL.
        service_account: the key file's content.
        columns: our column titles, in the order of a new header.
        id_column: title of the column that holds the rows' ids; the first of `columns` by default.
        policy: bounds of the tries; `total_s` bounds a whole flush.
        limiter: shared limit of calls, 60 a minute.
    """

    def __init__(
        self,
        settings: Settings,
        service_account: Mapping[str, Any],
        columns: Sequence[str],
        *,
        id_column: str | None = None,
        policy: http.RetryPolicy | None = None,
        limiter: http.Limiter | None = None,
    ) -> None:
        """Keep the parts; the key is read and Google called at the first flush."""
        self._settings, self._service_account = settings, service_account
        self._columns, self._id_column = list(columns), id_column or columns[0]
        self._policy, self._limiter = policy or http.RetryPolicy(), limiter
        self._sheet_id = require(settings.sheet_id, "OPSFLOWS_SHEET_ID")
        self._tab = settings.sheet_name
        self._id_letter = layout.letter(self._columns.index(self._id_column))

    def flush(self, rows: Sequence[Row]) -> dict[str, str]:
        """Writes the rows: those whose id is in the tab are updated, the others appended in one call.

        Normally one read, and one write for the updated and one for the new rows, however many they are. The tab and
        its header are made when they are missing. A repeated flush changes nothing.

        Args:
            rows: the rows; of several with one id the last counts.

        Returns:
            The range of each id, e.g. `{"T-1": "'Tickets'!A7:Q7"}`.

        Raises:
            NotFoundError: no such spreadsheet.
            PermissionDeniedError: it is not shared with the service account.
            ConflictError: its header was changed.
            RateLimitedError: the quota of this minute is used up.
            UncertainError: the append's end is unknown even after looking; flush again later.
        """
        if not rows:
            return {}
        self._http.restart()
        header, known = self._look()
        updates, new = layout.split(rows, known)
        # Cells are built before anything is written, so that a bad value refuses the flush as a whole.
        changed = {layout.row_range(self._tab, known[row.id], header.width): header.cells(row) for row in updates}
        added = {row.id: header.cells(row) for row in new}
        if changed:
            self._update(changed)
        return dict(zip((row.id for row in updates), changed, strict=True)) | self._append(header, added)

    @cached_property
    def _http(self) -> Gateway:
        # gspread and google-auth cost 0.2 s to import: only who writes pays.
        from adapters.sheets.gateway import Gateway

        return Gateway(self._settings, self._service_account, self._policy, self._limiter)

    def _look(self) -> tuple[Header, dict[str, int]]:
        """Reads the header and the ids in one call, and sets up what is missing."""
        try:
            titles, ids = self._read("1:1", f"{self._id_letter}:{self._id_letter}")
        except NotFoundError as error:
            if error.code != TAB_MISSING:
                raise
            self._add_tab()
            titles, ids = [], []
        first = titles[0] if titles else []
        header = layout.read_header(first, self._columns, self._id_column)
        if header is None:
            return self._set_up(ids), {}
        if header.id_letter != self._id_letter:
            self._id_letter = header.id_letter
            [ids] = self._read(f"{self._id_letter}:{self._id_letter}")
        return header, self._row_numbers(ids)

    def _read(self, *ranges: str) -> list[list[list[Any]]]:
        names = [f"{layout.quoted(self._tab)}!{name}" for name in ranges]
        found = self._http.values_batch_get(self._sheet_id, names).get("valueRanges")
        if not isinstance(found, list) or len(found) != len(ranges):
            raise InvalidResponseError("Google's answer lacks a range that was asked for.", provider=PROVIDER)
        return [part.get("values") or [] for part in found]

    def _row_numbers(self, ids: list[list[Any]]) -> dict[str, int]:
        known, twice = layout.row_numbers([cells[0] if cells else "" for cells in ids])
        if twice:
            logging.get(__name__).warning("sheet.duplicate_ids", ids=twice[:20], count=len(twice))
        return known

    def _set_up(self, ids: list[list[Any]]) -> Header:
        if any(cells and str(cells[0]).strip() for cells in ids):
            raise ConflictError(
                "The first row of the sheet is empty, but rows stand below it.",
                code="sheet_header_changed",
                next_action=f"Restore the titles in row 1: {', '.join(self._columns)}.",
                provider=PROVIDER,
            )
        header = layout.new_header(self._columns, self._id_column)
        where = layout.row_range(self._tab, 1, header.width)
        self._http.values_update(self._sheet_id, where, params={**_RAW}, body={"values": [self._columns]})
        return header

    def _add_tab(self) -> None:
        grid = {"rowCount": _NEW_TAB_ROWS, "columnCount": len(self._columns), "frozenRowCount": 1}
        properties = {"title": self._tab, "sheetType": "GRID", "gridProperties": grid}
        try:
            self._http.batch_update(self._sheet_id, {"requests": [{"addSheet": {"properties": properties}}]})
        except ConflictError as error:
            if error.code != TAB_EXISTS:  # made meanwhile, or by our own try whose answer was lost
                raise

    def _update(self, cells: Mapping[str, Sequence[Any]]) -> None:
        data = [{"range": where, "values": [values]} for where, values in cells.items()]
        self._http.values_batch_update(self._sheet_id, {**_RAW, "data": data})

    def _append(self, header: Header, cells: Mapping[str, Sequence[Any]]) -> dict[str, str]:
        """Appends all or none in one call; when its end is unknown, looks for the ids before repeating it."""
        if not cells:
            return {}
        doubt: OpsflowsError | None = None
        for _ in range(_APPENDS):
            try:
                return self._ranges(header, cells, self._append_once(header, cells))
            except (UncertainError, InvalidResponseError) as error:
                doubt = error
                logging.get(__name__).warning("sheet.append_uncertain", rows=len(cells), code=error.code)
            if arrived := self._arrived(header, cells, doubt):
                return arrived
        raise doubt or AssertionError("an append returns or is doubtful")

    def _append_once(self, header: Header, cells: Mapping[str, Sequence[Any]]) -> int:
        """Returns the number of the first row that was appended."""
        # Naming the header's cells keeps Google from taking a row with empty cells for the edge of the table.
        table = layout.row_range(self._tab, 1, header.width)
        body = {"values": list(cells.values())}
        answer = self._http.values_append(self._sheet_id, table, {**_RAW, "insertDataOption": "INSERT_ROWS"}, body)
        updates = answer.get("updates")
        where = updates.get("updatedRange") if isinstance(updates, dict) else None
        if not isinstance(where, str):
            raise UncertainError("Google's answer names no appended range.", code="invalid_response", provider=PROVIDER)
        return layout.first_row(where)

    def _arrived(self, header: Header, cells: Mapping[str, Sequence[Any]], doubt: OpsflowsError) -> dict[str, str]:
        """Returns the ranges of the rows when they are in the tab after all, else nothing.

        Raises:
            OpsflowsError: `doubt`, when it cannot be resolved now.
        """
        try:
            [ids] = self._read(f"{header.id_letter}:{header.id_letter}")
        except TransientError as error:
            raise doubt from error
        known = self._row_numbers(ids)
        if not cells.keys() <= known.keys():
            return {}
        return {row_id: layout.row_range(self._tab, known[row_id], header.width) for row_id in cells}

    def _ranges(self, header: Header, cells: Mapping[str, Sequence[Any]], first: int) -> dict[str, str]:
        return {
            row_id: layout.row_range(self._tab, number, header.width)
            for number, row_id in enumerate(cells, start=first)
        }
