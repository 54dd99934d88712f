"""Task: tell of schedules that have not run, and of runs that take or wait too long."""

from __future__ import annotations

from typing import Any

from kit import db, task
from platform_tasks.watch import config
from platform_tasks.watch.look import watch


class Inputs(task.TaskInputs):
    """None."""


def run(_inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Look, and note what changed: `fired` and `resolved` are keys of alerts, `firing` how many there are now."""
    with db.connect() as conn:
        changes = watch(conn, config.load(), ctx.execution_id)
    ctx.counter("watch_alerts", len(changes.fired), change="fired")
    ctx.counter("watch_alerts", len(changes.resolved), change="resolved")
    ctx.gauge("watch_firing", changes.firing)
    return {"fired": changes.fired, "resolved": changes.resolved, "firing": changes.firing}


if __name__ == "__main__":
    task.main(Inputs, run)
