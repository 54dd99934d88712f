"""A list of an HTTP API, by page or by cursor.

    GET {path}?since=…&until=…&limit=1000&page=3     → {"data": [{…}], "total": 2600}
    GET {path}?since=…&until=…&limit=1000&cursor=…   → {"data": [{…}], "total": 2600, "next_cursor": "…" or null}

Rows should come in the order of their key. A page whose answer is too large is asked for with fewer rows.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from etl.sources import pages
from etl.sources.model import Checkpoint, Extracted, digest
from etl.sources.pages import Page, Reading
from kit import dates, policies, secrets, settings
from kit.errors import InvalidResponseError

if TYPE_CHECKING:
    from pathlib import Path

    from etl.load.contract import Contract
    from etl.sources.config import Api
    from etl.sources.model import Window
    from kit.http import Client, Response

PROVIDER: Final = "etl_api"
TOKEN: Final = "ETL_API_TOKEN"  # noqa: S105 - a name
_MAX_BYTES: Final = 10_000_000
_ONE_ROW: Final = 64_000_000  # so that a monstrous row reaches the quarantine


class ApiSource:
    """Reads a list."""

    def __init__(self, name: str, config: Api, contract: Contract, checkpoint: Checkpoint | None = None) -> None:
        """Keep what is to be read; nothing is connected yet."""
        self.name = name
        self._config, self._contract, self._checkpoint = config, contract, checkpoint

    def extract(self, window: Window, path: Path) -> Extracted:
        """Write the rows of a window to a file; see `etl.sources.model.Source`."""
        bounded = window.after(self._checkpoint, self._config.overlap_s, dates.utcnow())
        own = (self._config.key, *([self._config.window_column] if self._config.window_column else []))
        reading = Reading(self._contract, self._config.key, own)
        spool = path.with_name(path.name + ".pages")
        with spool.open("w+b") as file:
            pages.read(reading, _Asking(client(), self._config, bounded).page, file)
            rows = reading.rows if reading.ordered else reading.put_right(file, path)
        if reading.ordered:
            spool.replace(path)
        spool.unlink(missing_ok=True)
        key = (reading.last,) if reading.last is not None else self._checkpoint.key if self._checkpoint else ()
        notes = {"sweeps": reading.sweeps, "pages_again": reading.pages_again, "rows_again": reading.rows - rows}
        return Extracted(path, rows, digest(path), Checkpoint(bounded.until, key), self.name, notes=notes)


class _Asking:
    """The calls for one window; a mark is a cursor, or the number of rows before the page."""

    def __init__(self, client: Client, config: Api, window: Window) -> None:
        self._client, self._config = client, config
        bounds = {"since": window.since, "until": window.until}
        self._bounds = {name: dates.to_iso(bound) for name, bound in bounds.items() if bound}

    def page(self, mark: str | int | None) -> Page:
        """Ask for a page, with ever fewer rows as long as it is too large."""
        offset = int(mark or 0) if self._config.paging == "page" else 0
        for limit in _limits(self._config.page_rows):
            if offset % limit:
                continue  # a page of this size does not begin there
            try:
                return self._parsed(self._get(mark, offset, limit), offset, limit)
            except InvalidResponseError as error:
                if error.code != "response_too_large" or limit == 1:
                    raise
        raise AssertionError("a page of one row begins anywhere")  # pragma: no cover

    def _get(self, mark: str | int | None, offset: int, limit: int) -> Response:
        params: dict[str, Any] = {**self._bounds, "limit": limit}
        if self._config.paging == "page":
            params["page"] = offset // limit + 1
        elif mark is not None:
            params["cursor"] = mark
        most = _ONE_ROW if limit == 1 else _MAX_BYTES
        return self._client.request("GET", self._config.path, params=params, max_bytes=most)

    def _parsed(self, response: Response, offset: int, limit: int) -> Page:
        body = json.loads(response.content, parse_float=Decimal)  # digits as they were sent
        rows, total = (body.get("data"), body.get("total")) if isinstance(body, dict) else (None, None)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise InvalidResponseError("The API's answer has no list of objects in data.", provider=PROVIDER)
        total = total if isinstance(total, int) else None
        if self._config.paging == "cursor":
            return Page(rows, total, body.get("next_cursor") or None)
        after = offset + limit
        more = after < total if total is not None else bool(rows)
        return Page(rows, total, after if more else None)


def client() -> Client:
    """The API of OPSFLOWS_ETL_API_URL, with its limits and breaker.

    Raises:
        ConfigurationError: it is not set, or its token is missing.
    """
    found = settings.get()
    base_url = settings.require(found.etl_api_url, "OPSFLOWS_ETL_API_URL")
    headers = {"Authorization": f"Bearer {secrets.get(TOKEN)}"}
    return policies.client(PROVIDER, base_url, headers=headers)


def _limits(most: int) -> list[int]:
    """Sizes of pages that divide each other, down to one row."""
    found = [most]
    while found[-1] > 1:
        found.append(found[-1] // next(n for n in range(2, found[-1] + 1) if found[-1] % n == 0))
    return found
