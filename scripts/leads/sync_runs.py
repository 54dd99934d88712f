"""Where a sync stands: one row a run, moved on in the transaction of each page; the next one goes on with it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from psycopg2.extras import Json

from leads import queries, sync_windows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.db import Connection
    from leads.sync_windows import Window

Mode = Literal["changes", "full"]
Phase = Literal["pull", "gone", "push", "done"]
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Run:
    """A run: `changes` reads what changed since the last one, `full` everything.

    Attributes:
        phase: `pull` (contacts are read), `gone` (deleted ones are looked for), `push` (ours are sent), `done`.
        cursor: how far the phase is: a page of HubSpot's list, or the id after which to go on.
        since: the last watermark.
        until: the watermark once this run is done.
        counts: what was done so far, by action.
    """

    run_id: int
    mode: Mode
    phase: Phase
    cursor: str
    since: datetime
    until: datetime
    counts: dict[str, int] = field(default_factory=dict)

    def window(self, overlap_s: float) -> Window:
        """What is left to be read."""
        found = sync_windows.next_window(self.since, self.until, overlap_s)
        return found.past(self.cursor) if self.cursor else found

    def at(self, phase: Phase, cursor: str = "") -> Run:
        """The run, further on."""
        return replace(self, phase=phase, cursor=cursor)


def take_up(conn: Connection, mode: Mode, now: datetime, execution_id: str, *, keep: bool = True) -> Run:
    """The run to work at: the one that was not finished, else a new one.

    The first run of all is a full one. A full run that is asked for replaces one of changes that was not finished.

    Args:
        conn: a connection.
        mode: what is asked for.
        now: the new run's end of its window.
        execution_id: who begins it.
        keep: false for a dry run, of which nothing is written.
    """
    left = queries.one(conn, "sync_run_open")
    if left and (mode == "changes" or left["mode"] == "full"):
        return Run(**left)
    found = queries.one(conn, "sync_watermark")
    watermark = found["watermark"] if found else None
    chosen: Mode = mode if watermark else "full"
    values: dict[str, Any] = {"mode": chosen, "since": watermark or _BEGINNING, "until": now}
    if not keep:
        return Run(run_id=0, phase="pull", cursor="", **values)
    if left:
        queries.run(conn, "sync_run_replace", run_id=left["run_id"])
    begun = queries.one(conn, "sync_run_begin", execution_id=execution_id, **values)
    if begun is None:
        raise AssertionError("an insert with RETURNING returns its row")
    return Run(**begun)


def move(conn: Connection, run: Run, counts: Mapping[str, int]) -> None:
    """Write how far a run is; commits with what it did."""
    queries.run(conn, "sync_run_move", run_id=run.run_id, phase=run.phase, cursor=run.cursor, counts=Json(dict(counts)))
