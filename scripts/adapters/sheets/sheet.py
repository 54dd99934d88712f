"""A tab of a Google Sheet as a projection of rows that live elsewhere: one row an id, however often it is written."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from adapters.sheets import layout
from adapters.sheets.errors import PROVIDER, TAB_MISSING
from adapters.sheets.tab import Tab
from kit import logging, policies
from kit.errors import ConflictError, NotFoundError, TransientError, UncertainError
from kit.settings import require

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from adapters.sheets.gateway import Gateway
    from adapters.sheets.layout import Header, Row
    from kit import http
    from kit.settings import Settings

# An append of doubtful end is looked up and, when its rows are not there, made once more.
_APPENDS = 2


class Sheet:
    """The tab that `settings` names. One process writes at a time: the caller holds a lock.

    Args:
        settings: `sheet_id`, `sheet_name` and the base URL.
        service_account: the key file's content.
        columns: our column titles, in the order of a new header.
        id_column: title of the column that holds the rows' ids; the first of `columns` by default.
        later: the columns that came after the first release, in their order: a header without them is made longer.
        policy: bounds of the tries; `total_s` bounds a whole flush.
        limiter: asked instead of the shared limits of namespace_files/config/limits.json.
    """

    def __init__(
        self,
        settings: Settings,
        service_account: Mapping[str, Any],
        columns: Sequence[str],
        *,
        id_column: str | None = None,
        later: Sequence[str] = (),
        policy: http.RetryPolicy | None = None,
        limiter: http.Limiter | None = None,
    ) -> None:
        """Keep the parts; the key is read and Google called at the first flush."""
        self._settings, self._service_account = settings, service_account
        self._columns, self._id_column = list(columns), id_column or columns[0]
        self._later = list(later)
        self._policy, self._limiter = policy or policies.retry(PROVIDER), limiter
        self._sheet_id = require(settings.sheet_id, "OPSFLOWS_SHEET_ID")
        self._id_letter = layout.letter(self._columns.index(self._id_column))

    def flush(self, rows: Sequence[Row], *, append: bool = True) -> dict[str, str]:
        """Writes the rows: those whose id is in the tab are updated, the others appended in one call.

        Normally one read, and one write for the updated and one for the new rows, however many they are. The tab and
        its header are made when they are missing. A repeated flush changes nothing.

        Args:
            rows: the rows; of several with one id the last counts.
            append: False leaves out rows whose id is not in the tab.

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
        self._gateway.budget.restart()
        header, known = self._look()
        updates, new = layout.split(rows, known)
        new = new if append else []
        # Cells are built before anything is written, so that a bad value refuses the flush as a whole.
        changed = {layout.row_range(self._tab.title, known[row.id], header.width): header.cells(row) for row in updates}
        added = {row.id: header.cells(row) for row in new}
        if changed:
            self._tab.update(changed)
        return dict(zip((row.id for row in updates), changed, strict=True)) | self._append(header, added)

    @cached_property
    def _gateway(self) -> Gateway:
        # gspread and google-auth cost 0.2 s to import: only who writes pays.
        from adapters.sheets.gateway import Gateway

        return Gateway(self._settings, self._service_account, self._policy, self._limiter)

    @cached_property
    def _tab(self) -> Tab:
        return Tab(self._gateway, self._sheet_id, self._settings.sheet_name)

    def _look(self) -> tuple[Header, dict[str, int]]:
        """Reads the header and the ids in one call, and sets up what is missing."""
        try:
            titles, ids = self._tab.read("1:1", f"{self._id_letter}:{self._id_letter}")
        except NotFoundError as error:
            if error.code != TAB_MISSING:
                raise
            self._tab.create(len(self._columns))
            titles, ids = [], []
        found = titles[0] if titles else []
        if added := layout.lacking(found, self._columns, self._later):
            found = self._tab.extend_header(found, added)
        header = layout.read_header(found, self._columns, self._id_column)
        if header is None:
            return self._set_up(ids), {}
        if header.id_letter != self._id_letter:
            self._id_letter = header.id_letter
            [ids] = self._tab.read(f"{self._id_letter}:{self._id_letter}")
        return header, _row_numbers(ids)

    def _set_up(self, ids: list[list[Any]]) -> Header:
        if any(cells and str(cells[0]).strip() for cells in ids):
            raise ConflictError(
                "The first row of the sheet is empty, but rows stand below it.",
                code="sheet_header_changed",
                next_action=f"Restore the titles in row 1: {', '.join(self._columns)}.",
                provider=PROVIDER,
            )
        self._tab.write_header(self._columns)
        return layout.new_header(self._columns, self._id_column)

    def _append(self, header: Header, cells: Mapping[str, Sequence[Any]]) -> dict[str, str]:
        """Appends in one call; when its end is unknown, looks for the ids before repeating it."""
        if not cells:
            return {}
        doubt: UncertainError | None = None
        for _ in range(_APPENDS):
            try:
                first = self._tab.append(header, list(cells.values()))
            except UncertainError as error:
                doubt = error
            else:
                return self._ranges(header, {row_id: first + offset for offset, row_id in enumerate(cells)})
            logging.get(__name__).warning("sheet.append_uncertain", rows=len(cells), code=doubt.code)
            if arrived := self._arrived(header, cells, doubt):
                return arrived
        raise doubt or AssertionError("an append returns or is doubtful")

    def _arrived(self, header: Header, ids: Collection[str], doubt: UncertainError) -> dict[str, str]:
        """Returns the ranges of the rows when they are in the tab after all, else nothing.

        Raises:
            UncertainError: `doubt`, when it cannot be resolved now.
        """
        try:
            [column] = self._tab.read(f"{header.id_letter}:{header.id_letter}")
        except TransientError as error:
            raise doubt from error
        known = _row_numbers(column)
        return self._ranges(header, {row_id: known[row_id] for row_id in ids}) if set(ids) <= known.keys() else {}

    def _ranges(self, header: Header, numbers: Mapping[str, int]) -> dict[str, str]:
        return {row_id: layout.row_range(self._tab.title, row, header.width) for row_id, row in numbers.items()}


def _row_numbers(column: list[list[Any]]) -> dict[str, int]:
    known, twice = layout.row_numbers([cells[0] if cells else "" for cells in column])
    if twice:
        logging.get(__name__).warning("sheet.duplicate_ids", ids=twice[:20], count=len(twice))
    return known
