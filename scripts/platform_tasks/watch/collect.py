"""Bring `ops.flow_runs` and `ops.flow_schedules` up to what Kestra tells.

Executions are read twice in the order of time, by their beginning and by their end, each from a little before where the
last run came to (`ops.watch_marks`); a page and its mark are one transaction, so a killed run is gone on with. Kestra
indexes executions a moment late, hence the overlap. What still looks open after that is asked for by its id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from kit import dates, kestra, logging
from platform_tasks.watch import marks, runs, schedules, store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from kit.db import Connection
    from platform_tasks.watch.source import By, Source

NAME: Final = "runs_collect"
SCHEDULES: Final = "schedules"
# Flows change by deploys, and switches by hand.
_SCHEDULES_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one run.

    Attributes:
        overlap: how far it looks back behind where the last one came to.
        first: how far the first one looks back.
        pages: read at most by each of the two ways; the next run goes on.
        open_runs: asked for by their id at most.
    """

    overlap: timedelta = timedelta(minutes=2)
    first: timedelta = timedelta(days=30)
    pages: int = 200
    open_runs: int = 100


@dataclass(slots=True)
class Counts:
    """What a run read, and what of it was new or changed."""

    read: int = 0
    changed: int = 0
    schedules: int = 0
    complete: bool = True
    unreadable: list[str] = field(default_factory=list)


def collect(conn: Connection, source: Source, bounds: Bounds, now: datetime | None = None) -> Counts:
    """Read what is new.

    Raises:
        OpsflowsError: Kestra or Postgres is away; what was read until then is kept.
    """
    now = now or dates.utcnow()
    counts = Counts()
    sla = _schedules(conn, source, counts, now)
    for by in ("startDate", "endDate"):
        _by_time(conn, source, by, _Pass(bounds, sla, now), counts)
    _open(conn, source, bounds, sla, counts)
    store.advance(conn)
    if counts.complete:
        marks.done(conn, NAME, {"read": counts.read, "changed": counts.changed})
    return counts


@dataclass(frozen=True, slots=True)
class _Pass:
    bounds: Bounds
    sla: Mapping[str, float]
    now: datetime


def _schedules(conn: Connection, source: Source, counts: Counts, now: datetime) -> Mapping[str, float]:
    """Read flows and triggers, now and then; returns the flows' bounds."""
    mark = marks.read(conn, SCHEDULES)
    if mark.at and (now - mark.at).total_seconds() < _SCHEDULES_S:
        sla: Mapping[str, float] = mark.detail.get("sla", {})
        return sla
    flows = source.flows()
    found, counts.unreadable = schedules.read(flows, source.triggers_off(), now)
    for line in counts.unreadable:
        logging.get(__name__).warning("watch.schedule_unreadable", schedule=line)
    store.put_schedules(conn, found, now)
    counts.schedules = len(found)
    sla = schedules.bounds(flows)
    marks.done(conn, SCHEDULES, {"sla": dict(sla), "unreadable": counts.unreadable})
    return sla


def _by_time(conn: Connection, source: Source, by: By, wanted: _Pass, counts: Counts) -> None:
    name = f"{NAME}.{by}"
    upto = marks.read(conn, name).upto
    floor = upto - wanted.bounds.overlap if upto else wanted.now - wanted.bounds.first
    pages = kestra.in_time_order(partial(source.executions, by), by, floor, source.page)
    for number, page in enumerate(pages, 1):
        found = _read(page, wanted.sla)
        counts.read += len(found)
        counts.changed += store.put(conn, found, name, kestra.moment(page[-1]["state"][by]))
        if number >= wanted.bounds.pages:
            counts.complete = False
            return


def _read(page: Sequence[Mapping[str, Any]], sla: Mapping[str, float]) -> list[runs.Run]:
    return [runs.read(execution, sla) for execution in page if runs.is_ours(str(execution.get("namespace")))]


def _open(conn: Connection, source: Source, bounds: Bounds, sla: Mapping[str, float], counts: Counts) -> None:
    asked = {execution_id: source.execution(execution_id) for execution_id in store.open_runs(conn, bounds.open_runs)}
    if not asked:
        return
    found = [runs.read(execution, sla) for execution in asked.values() if execution]
    gone = [execution_id for execution_id, execution in asked.items() if execution is None]
    counts.read += len(found)
    counts.changed += store.looked_at(conn, found, gone)
