"""Task, after etl_improved: its figures, alerts on what is low or falls, and the daily views brought up to date."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from etl import queries, record, tell, watch
from etl.improved import shared
from kit import db, i18n, task
from kit.errors import NotFoundError


class Inputs(task.TaskInputs):
    """`etl_execution`: whose run; blank: the newest. The limits are those of `watch.Limits`; `history`: runs before."""

    etl_execution: str = ""
    min_ratio: float = Field(0.98, ge=0, le=1)
    drop: float = Field(0.5, ge=0, le=1)
    history: int = Field(20, ge=1, le=1000)


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Look at the run.

    Returns:
        `run` (id, name, status), `metrics` by name, `alerts` that were raised: `alert_id`, `kind`, `level`, `message`.

    Raises:
        NotFoundError: there is no such run (code `run_unknown`).
    """
    with db.connect() as conn:
        found = queries.one(conn, "run_newest", flow=shared.FLOW, execution_id=inputs.etl_execution)
        if found is None:
            raise NotFoundError("There is no run of etl_improved yet.", code="run_unknown", next_action="Start it.")
        with db.transaction(conn):
            alerts = [] if found["dry_run"] else _alerts(conn, found, inputs)
            if not found["dry_run"]:
                tell.people(conn, found, alerts)
        metrics = {row["name"]: row["value"] for row in queries.every(conn, "run_metrics", run_id=found["run_id"])}
        queries.run(conn, "refresh_views")
    for alert in alerts:
        ctx.counter("etl_alerts", 1, kind=alert["kind"])
    told = {name: found[name] for name in ("run_id", "run_name", "status")}
    return {"run": told, "metrics": metrics, "alerts": alerts}


def _alerts(conn: db.Connection, run: queries.Row, inputs: Inputs) -> list[dict[str, Any]]:
    before = queries.every(
        conn,
        "run_history",
        flow=run["flow"],
        run_label=run["run_label"],
        started_at=run["started_at"],
        most=inputs.history,
    )
    raised = []
    for found in watch.look(run, before, watch.Limits(inputs.min_ratio, inputs.drop)):
        message = i18n.t(f"etl.alert.{found.kind}", **found.values)
        alert_id = record.alert(
            conn, run_id=run["run_id"], kind=found.kind, level=found.level, message=message, detail=found.values
        )
        raised.append({"alert_id": alert_id, "kind": found.kind, "level": found.level, "message": message})
    return raised


if __name__ == "__main__":
    task.main(Inputs, run)
