"""Task: compare the figures of runs with what their weekday is used to."""

from __future__ import annotations

from typing import Any

from kit import db, task
from platform_tasks.watch import config
from platform_tasks.watch.metrics import watch


class Inputs(task.TaskInputs):
    """None."""


def run(_inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Look; `samples` taken, `verdicts` of the series that they belong to, keys of alerts `fired` and `resolved`."""
    with db.connect() as conn:
        taken, changes = watch(conn, config.load())
    ctx.counter("watch_samples", taken.samples)
    ctx.gauge("watch_unusual", changes.firing)
    told = {"fired": changes.fired, "resolved": changes.resolved, "firing": changes.firing}
    return {"samples": taken.samples, "series": taken.series, "verdicts": dict(taken.verdicts), **told}


if __name__ == "__main__":
    task.main(Inputs, run)
