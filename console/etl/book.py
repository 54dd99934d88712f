"""What the book of ETL runs says, as pages and the API ask for it. Nothing is changed here.

Each statement reads by an index, and a page of rows begins where the one before ended: a book of a million rows is as
quick as one of a hundred.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from console import paging
from kit import dates
from kit.queries import Queries

if TYPE_CHECKING:
    from datetime import datetime

    from console.paging import Page
    from kit.db import Connection, Row

STATUSES: Final = ("running", "succeeded", "failed", "refused", "skipped", "planned")
ALERTS: Final = 50
LOW_RATIO: Final = 0.98
BATCH: Final = 1000
# Rows of a reason of the quarantine that are counted; of more it is only said that there are more.
COUNTED: Final = 2000
_PLACE: Final = ("started_at", "run_id")
_ROW: Final = ("created_at", "load_id", "chunk", "line")
_MOST_ID: Final = 2**63 - 1
sql: Final = Queries("console")


@dataclass(frozen=True, slots=True)
class Filters:
    """Which runs; what is None does not count.

    Attributes:
        flow: its id.
        run_label: of the runs.
        status: one of `STATUSES`.
        dry_run: rehearsals only, or none of them.
        start: runs that began then or later.
        end: runs that began before.
    """

    flow: str | None = None
    run_label: str | None = None
    status: str | None = None
    dry_run: bool | None = None
    start: datetime | None = None
    end: datetime | None = None


def history(conn: Connection, filters: Filters, size: int, after: str = "") -> Page:
    """A page of runs, the newest first; a place that makes no sense is the first page."""
    return paging.cut(_runs(conn, filters, size + 1, _place(after)), size, _PLACE)


def batch(conn: Connection, filters: Filters, most: int, before: Row | None) -> list[Row]:
    """The newest runs, or those that come after one in the order of pages."""
    place = (before["started_at"], before["run_id"]) if before else _place("")
    return _runs(conn, filters, min(most, BATCH), place)


def is_place(after: str) -> bool:
    """Whether a place of a page of runs makes sense."""
    return _read(after) is not None


def latest(conn: Connection) -> tuple[Row, list[Row]] | None:
    """The run that ended last with figures, and what it measured; None before the first."""
    run = sql.one(conn, "latest_run")
    return (run, sql.every(conn, "run_measured", run_id=run["run_id"])) if run else None


def days(conn: Connection, number: int, flow: str | None = None) -> list[Row]:
    """Sums of the last days (UTC) on which something ran, the oldest first."""
    return sql.every(conn, "days", today=dates.utcnow().date(), days=number, flow=flow)


def alerts(conn: Connection, most: int = ALERTS) -> list[Row]:
    """The newest alerts: those of the ETL runs, and the troubles that people were told of."""
    rows = sql.every(conn, "alerts_recent", most=most) + sql.every(conn, "alerts_told", most=most)
    return sorted(rows, key=lambda row: row["created_at"], reverse=True)[:most]


def choices(conn: Connection) -> tuple[list[str], list[str]]:
    """The flows that ran, and their labels (a hundred at most)."""
    found = sql.one(conn, "choices") or {"flows": [], "labels": []}
    return found["flows"], found["labels"]


def quarantined(conn: Connection, dataset: str, code: str, size: int, after: str = "") -> Page:
    """A page of the open rows of one reason, the newest first."""
    found = paging.read(after, (str, str, int, int))
    at, load, chunk, line = found or ("infinity", "", 0, 0)
    rows = sql.every(
        conn,
        "quarantine_rows",
        dataset=dataset,
        code=code,
        before_at=paging.moment(at) or "infinity",
        before_load=load,
        before_chunk=_fitting(chunk),
        before_line=_fitting(line),
        most=size + 1,
    )
    return paging.cut(rows, size, _ROW)


def _runs(conn: Connection, filters: Filters, most: int, place: tuple[Any, int]) -> list[Row]:
    return sql.every(
        conn,
        "history",
        flow=filters.flow,
        run_label=filters.run_label,
        status=filters.status,
        dry_run=filters.dry_run,
        start=filters.start or "-infinity",
        end=filters.end or "infinity",
        before_at=place[0],
        before_id=place[1],
        most=most,
    )


def _place(after: str) -> tuple[Any, int]:
    return _read(after) or ("infinity", _MOST_ID)


def _read(after: str) -> tuple[datetime, int] | None:
    found = paging.read(after, (str, int))
    at = paging.moment(found[0]) if found else None
    return (at, found[1]) if found and at and 0 <= found[1] <= _MOST_ID else None


def _fitting(number: int) -> int:
    """A number that Postgres takes for an integer."""
    return max(0, min(number, 2**31 - 1))
