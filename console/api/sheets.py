"""Runs as CSV, written while they are read: a million of them need no more memory than a thousand."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import StreamingResponse

from console import db
from console.etl import book
from tickets.monthly_csv import guarded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from console.etl.book import Filters
    from kit.db import Row

COLUMNS: Final = (
    "run_id",
    "flow",
    "run_label",
    "run_name",
    "execution_id",
    "status",
    "dry_run",
    "total_rows",
    "expected_rows",
    "ratio",
    "num_chunks",
    "duration_ms",
    "code",
    "started_at",
    "finished_at",
)


def download(filters: Filters, most: int | None) -> StreamingResponse:
    """The runs as a file. One that could not be read to its end is cut off, so that nobody takes it for whole.

    Raises:
        OpsflowsError: not even the first of them could be read; then there is no file yet that could be cut off.
    """
    first = _batch(filters, most, None)
    headers = {"Content-Disposition": 'attachment; filename="etl-runs.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_written(filters, most, first), media_type="text/csv; charset=utf-8", headers=headers)


def _written(filters: Filters, most: int | None, rows: list[Row]) -> Iterator[bytes]:
    yield _lines([COLUMNS])
    left = most
    while rows:
        yield _lines([_cell(row[name]) for name in COLUMNS] for row in rows)
        left = None if left is None else left - len(rows)
        rows = _batch(filters, left, rows[-1])


def _batch(filters: Filters, left: int | None, last: Row | None) -> list[Row]:
    """The next runs, a batch of them at most; none when none are left to be written."""
    wanted = book.BATCH if left is None else min(left, book.BATCH)
    if not wanted:
        return []
    # A connection for each batch: somebody who reads slowly keeps none from the pages meanwhile.
    with db.connect() as conn:
        return book.batch(conn, filters, wanted, last)


def _cell(value: Any) -> str:
    """A value as a sheet should take it; texts never as formulas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    return guarded(value) if isinstance(value, str) else str(value.isoformat())


def _lines(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
