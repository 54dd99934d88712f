"""A tab that is written anew as a whole, such as a month's report: the same rows leave the same tab, however often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.sheets import layout
from adapters.sheets.cells import to_cell
from adapters.sheets.errors import PROVIDER
from adapters.sheets.tab import Tab
from kit import policies
from kit.errors import InvalidResponseError
from kit.settings import require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.sheets.cells import Cell, Value
    from adapters.sheets.gateway import Gateway
    from kit import http
    from kit.settings import Settings


class Snapshot:
    """Writes one tab of the spreadsheet that `settings` names. One process writes at a time: the caller holds a lock.

    Args:
        settings: `sheet_id` and the base URL.
        service_account: the key file's content.
        title: name of the tab; it is made when it is missing.
        policy: bounds of the tries; `total_s` bounds a whole write.
        limiter: asked instead of the shared limits of namespace_files/config/limits.json.
    """

    def __init__(
        self,
        settings: Settings,
        service_account: Mapping[str, Any],
        title: str,
        *,
        policy: http.RetryPolicy | None = None,
        limiter: http.Limiter | None = None,
    ) -> None:
        """Keep the parts; Google is called by `write`."""
        from adapters.sheets.gateway import Gateway

        self._sheet_id = require(settings.sheet_id, "OPSFLOWS_SHEET_ID")
        self._gateway: Gateway = Gateway(settings, service_account, policy or policies.retry(PROVIDER), limiter)
        self._tab = Tab(self._gateway, self._sheet_id, title)

    def write(self, titles: Sequence[str], rows: Sequence[Sequence[Value]]) -> int:
        """Writes the header and the rows, and empties our columns of rows below that an earlier write left.

        Two calls, three for a new tab or one that has become too small; the content itself is one call, all or
        nothing. Columns beyond ours are left alone.

        Returns:
            The tab's id, for a link to it.

        Raises:
            OpsflowsError: as `Sheet.flush` does.
        """
        cells = [list(titles), *([to_cell(value) for value in row] for row in rows)]
        self._gateway.budget.restart()
        grid = self._grid(len(cells), len(titles)) or self._made(len(cells), len(titles))
        blank: list[list[Cell]] = [[""] * len(titles)] * (grid["rows"] - len(cells))
        where = f"{layout.quoted(self._tab.title)}!A1:{layout.letter(len(titles) - 1)}{grid['rows']}"
        data = [{"range": where, "values": cells + blank}]
        self._gateway.values_batch_update(self._sheet_id, {"valueInputOption": "RAW", "data": data})
        return grid["id"]

    def _grid(self, rows: int, columns: int) -> dict[str, int] | None:
        """The tab's id and rows, enlarged where it is too small; None where there is no such tab."""
        found = self._tab.properties()
        if found is None:
            return None
        grid = found["gridProperties"]
        missing = {"ROWS": rows - grid["rowCount"], "COLUMNS": columns - grid["columnCount"]}
        requests = [
            {"appendDimension": {"sheetId": found["sheetId"], "dimension": dimension, "length": length}}
            for dimension, length in missing.items()
            if length > 0
        ]
        if requests:
            self._gateway.batch_update(self._sheet_id, {"requests": requests})
        return {"id": found["sheetId"], "rows": max(rows, grid["rowCount"])}

    def _made(self, rows: int, columns: int) -> dict[str, int]:
        self._tab.create(columns, rows)
        if made := self._grid(rows, columns):
            return made
        raise InvalidResponseError("Google made the tab and does not show it.", provider=PROVIDER)
