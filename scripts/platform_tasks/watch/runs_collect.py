"""Task: copy Kestra's executions and schedules into Postgres, as far as they are new."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import Field

from kit import db, kestra, settings, task
from platform_tasks.watch.collect import Bounds, collect
from platform_tasks.watch.source import Source


class Inputs(task.TaskInputs):
    """Seconds that it looks back behind the last run, and days that the first one does."""

    overlap_s: int = Field(120, ge=0, le=86_400)
    first_days: int = Field(30, ge=1, le=3650)


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Collect; `counts`: executions `read`, rows `changed`, `schedules`; `complete`: nothing was left for later."""
    bounds = Bounds(timedelta(seconds=inputs.overlap_s), timedelta(days=inputs.first_days))
    source = Source(kestra.Client(settings.get()))
    with db.connect() as conn:
        found = collect(conn, source, bounds)
    ctx.counter("flow_runs", found.read, kind="read")
    ctx.counter("flow_runs", found.changed, kind="changed")
    counts = {"read": found.read, "changed": found.changed, "schedules": found.schedules}
    return {"counts": counts, "complete": found.complete, "unreadable": found.unreadable}


if __name__ == "__main__":
    task.main(Inputs, run)
