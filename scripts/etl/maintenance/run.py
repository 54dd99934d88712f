"""Task: the weekly upkeep of the ETL tables; with `dry_run` everything is counted and nothing is changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from etl.maintenance import found, report, work
from kit import dates, db, task
from platform_tasks.upkeep import rules, sweep
from platform_tasks.upkeep.rules import Days  # noqa: TC001 - pydantic reads it

MARKDOWN: Final = "etl-maintenance.md"
JSON: Final = "etl-maintenance.json"


class Inputs(task.TaskInputs):
    """For how many days rows stay, by kind; `tables` chooses among those of the list, blank: all."""

    metrics_days: Days = 90
    audit_days: Days = 90
    alerts_days: Days = 180
    events_days: Days = 365
    temp_days: Days = 7
    tables: tuple[str, ...] = ()
    vacuum: bool = True
    dry_run: bool = True

    def kept(self) -> dict[str, int]:
        """Days by kind."""
        return {kind: getattr(self, f"{kind}_days") for kind in ("metrics", "audit", "alerts", "events", "temp")}


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Keep the tables small, or say what would go, and write both reports.

    Returns:
        `counts`: rows and partitions that went or would go; `space`; the report's `digest` is its JSON file.

    Raises:
        RefusedInputError: a table is not in the list (`table_not_allowed`).
        ConflictError: another run is at work (`maintenance_running`).
        UnavailableError: an orphan of this execution is at work (`same_run`).
    """
    chosen = rules.chosen("etl", inputs.tables)
    with db.connect(statement_s=3600) as conn:
        sweep.bound_waits(conn)
        if inputs.dry_run:
            told = found.of_plan(conn, chosen, inputs.kept(), dates.utcnow())
        else:
            told = work.upkeep(conn, chosen, inputs.kept(), ctx, vacuum=inputs.vacuum)
    Path(JSON).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    Path(MARKDOWN).write_text(report.as_markdown(told), encoding="utf-8")
    rows = sum(line["rows"] for line in told["tables"])
    partitions = sum(len(line["partitions"]) for line in told["tables"])
    ctx.counter("maintenance_rows", rows, dry_run=str(inputs.dry_run).lower())
    ctx.gauge("maintenance_freed_bytes", told["freed_bytes"])
    counts = {"rows": rows, "partitions": partitions, "leftovers": len(told["leftovers"]), "left": len(told["left"])}
    return {"dry_run": inputs.dry_run, "counts": counts, "freed_bytes": told["freed_bytes"]}


if __name__ == "__main__":
    task.main(Inputs, run)
