"""All that is unusual about schedules and runs now, by what runs_collect collected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kit import dates
from platform_tasks.watch import durations, marks, missing, queries, store
from platform_tasks.watch.collect import NAME as COLLECTOR
from platform_tasks.watch.findings import Changes, Finding, settle

if TYPE_CHECKING:
    from datetime import datetime

    from kit.db import Connection
    from platform_tasks.watch.config import Config

NAME: Final = "runs_watch"
LOOKED: Final = f"{NAME}.looked"
STALE: Final = "collector_stale"


def watch(conn: Connection, config: Config, own: str = "", now: datetime | None = None) -> Changes:
    """Look, and tell what changed.

    A collector that does not run sees nothing, so then only that is told, and what was told before stays as it is.
    Where nobody looked for a while, Kestra was away, whom others watch (tools.watch): everything has its time anew.

    Args:
        conn: in autocommit.
        config: from when on something is unusual.
        own: the execution that this runs in.
        now: the moment.
    """
    now = now or dates.utcnow()
    begun = _begun(conn, config, now)
    stale = list(_stale(conn, config, begun, now))
    told = settle(conn, [STALE], stale)
    if stale:
        return told
    found = [*missing.look(store.schedules(conn), config.grace_s, begun, now), *_runs(conn, config, own, now)]
    more = settle(conn, [missing.EVENT, *durations.EVENTS], found)
    return Changes(told.fired + more.fired, told.resolved + more.resolved, more.firing)


def _stale(conn: Connection, config: Config, begun: datetime, now: datetime) -> list[Finding]:
    at = marks.read(conn, COLLECTOR).at
    # One that never ended well, or not since Kestra is back, counts from when it was looked for first.
    age = (now - max(at or begun, begun)).total_seconds()
    if age <= config.collector_stale_s:
        return []
    values = {"last": dates.to_iso(at) if at else "?", "minutes": round(age / 60)}
    return [Finding(STALE, namespace="opsflows.platform", flow_id=COLLECTOR, values=values)]


def _begun(conn: Connection, config: Config, now: datetime) -> datetime:
    """Since when this has been looking without a gap."""
    begun, looked = marks.read(conn, NAME).upto, marks.read(conn, LOOKED).upto
    if begun is None or looked is None or (now - looked).total_seconds() > config.collector_stale_s:
        begun = now
        marks.move(conn, NAME, begun)
    marks.move(conn, LOOKED, now)
    return begun


def _runs(conn: Connection, config: Config, own: str, now: datetime) -> list[Finding]:
    most = 1 + max(config.duration.history, config.queue.history)
    ended = queries.every(conn, "runs_ended", most=most)
    running = queries.every(conn, "runs_running", own=own)
    return list(durations.look(ended, running, config, now))
