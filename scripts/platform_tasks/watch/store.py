"""Executions and schedules in Postgres: `ops.flow_runs`, `ops.flow_schedules`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg2.extras import Json

from kit import db
from platform_tasks.watch import cron, marks, queries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from kit.db import Connection
    from platform_tasks.watch.runs import Run
    from platform_tasks.watch.schedules import Schedule

# An open run is looked at by its id when no page told of it for so long (seconds).
_REST_S: Final = 300


def put(conn: Connection, found: Sequence[Run], mark: str, upto: datetime) -> int:
    """Enter a page of executions and remember how far that is, both or neither.

    Returns:
        How many rows are new or changed.
    """
    with db.transaction(conn):
        changed = enter(conn, found)
        marks.move(conn, mark, upto)
    return changed


def enter(conn: Connection, found: Sequence[Run]) -> int:
    """Enter executions, each once; returns how many rows are new or changed."""
    newest = {run.execution_id: run for run in sorted(found, key=lambda run: run.changed_at)}
    rows = [newest[key].row() for key in sorted(newest)]
    return queries.run(conn, "runs_put", rows=Json(rows)) if rows else 0


def open_runs(conn: Connection, most: int) -> list[str]:
    """Ids of runs that did not end and were not looked at lately."""
    return [row["execution_id"] for row in queries.every(conn, "runs_open", rest_s=_REST_S, most=most)]


def looked_at(conn: Connection, found: Sequence[Run], gone: Sequence[str]) -> int:
    """Enter open runs that were looked at one by one; those that are gone have ended."""
    with db.transaction(conn):
        changed = enter(conn, found)
        queries.run(conn, "runs_seen", ids=[run.execution_id for run in found])
        return changed + queries.run(conn, "runs_gone", ids=list(gone))


def put_schedules(conn: Connection, found: Sequence[Schedule], now: datetime) -> None:
    """Replace the schedules by these; one that is new, changed or was switched on counts from now."""
    rows = Json([schedule.row() for schedule in found])
    with db.transaction(conn):
        queries.run(conn, "schedules_put", rows=rows, now=now)
        queries.run(conn, "schedules_drop", rows=rows)


def advance(conn: Connection) -> None:
    """Bring the schedules' times up to date: the newest due time that ran, and the one that is owed next."""
    queries.run(conn, "schedules_last")
    for row in queries.every(conn, "schedules_read"):
        due = None if row["disabled"] else owed(row)
        if due != row["next_at"]:
            key = {name: row[name] for name in ("namespace", "flow_id", "trigger_id")}
            queries.run(conn, "schedules_next", next_at=due, **key)


def owed(row: Mapping[str, Any]) -> datetime | None:
    """The first due time of a schedule after its last run's, and after it was seen, changed or switched on."""
    return cron.owed_after(row["cron"], row["timezone"], max(row["since"], row["last_at"] or row["since"]))


def schedules(conn: Connection) -> list[queries.Row]:
    """All schedules, by their columns."""
    return queries.every(conn, "schedules_read")
