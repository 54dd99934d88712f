"""Task: end a run of etl_improved: acceptance ratio, figures, lineage, checkpoint, and MLflow where it is asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from etl import lineage, queries, record, tables, tracking
from etl.improved import ending, shared
from etl.sources import checkpoints
from etl.sources.model import Checkpoint
from kit import db, task

if TYPE_CHECKING:
    from etl.improved.ending import End
    from kit.db import Connection

# A step that did not run renders as `null`.
Step = Annotated[dict[str, Any], BeforeValidator(lambda value: {} if value == "null" else value)]


class Inputs(shared.Parameters):
    """The flow's own, and the outputs of its steps; `failed`: one of them failed through all its tries."""

    extracted: Step = Field(default_factory=dict)
    transformed: Step = Field(default_factory=dict)
    validated: Step = Field(default_factory=dict)
    expected: Step = Field(default_factory=dict)
    loaded: Step = Field(default_factory=dict)
    failed: bool = False


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """End the run.

    Returns:
        `outcome`: `ok`, `skipped` (the same rows were loaded a short time ago), `planned` (a dry run),
        `low_acceptance`, or the code of the step that refused; `status`, the counts, the `ratio`.

    Raises:
        UnavailableError: MLflow is asked for and away; the rows are published, and this task is tried again.
    """
    steps = (inputs.extracted, inputs.transformed, inputs.validated, inputs.expected, inputs.loaded)
    end = ending.judge(steps, inputs.min_acceptance_ratio, failed=inputs.failed)
    with db.connect() as conn:
        run_id = shared.begin(conn, inputs, ctx)
        duration = _duration_ms(conn, run_id)
        with db.transaction(conn):
            _record(conn, run_id, end, inputs, duration)
            if end.published:
                _advance(conn, inputs, ctx)
        _lineage(conn, run_id, end, inputs, ctx)
        logged = _track(conn, run_id, end, inputs, ctx) if inputs.mlflow_enable and end.published else ""
    for name, value in _figures(end, inputs).items():
        ctx.gauge(f"etl_improved_{name}", value)
    counts = {"total_rows": end.total_rows, "expected_rows": end.expected_rows, "ratio": end.ratio}
    return {"outcome": end.outcome, "status": end.status, "run_id": run_id, **counts, "mlflow_run": logged}


def _duration_ms(conn: Connection, run_id: int) -> int:
    row = queries.one(conn, "run_read", run_id=run_id) or {}
    return int((datetime.now(UTC) - row["started_at"]).total_seconds() * 1000)


def _record(conn: Connection, run_id: int, end: End, inputs: Inputs, duration_ms: int) -> None:
    record.finish(
        conn,
        run_id,
        status=end.status,
        total_rows=end.total_rows,
        expected_rows=end.expected_rows,
        ratio=end.ratio,
        num_chunks=inputs.loaded.get("chunks"),
        duration_ms=duration_ms,
        outcome=end.outcome,
    )
    for name, value in _figures(end, inputs).items():
        record.metric(conn, run_id, name, value)
    if tables.kind(conn, inputs.schema_name, inputs.audit_table_name):  # it may be what the run lacked
        shared.audit(conn, run_id, inputs, "finished", {"status": end.status, **end.outcome, "ratio": end.ratio})


def _figures(end: End, inputs: Inputs) -> dict[str, float]:
    loaded = inputs.loaded
    found: dict[str, float] = {"bad_rows": inputs.validated.get("bad", 0)}
    found |= {f"rows_{name}": loaded[name] for name in ("inserted", "updated", "unchanged") if name in loaded}
    if loaded.get("seconds") and end.total_rows:
        found["load_seconds"] = loaded["seconds"]
        found["rows_per_second"] = end.total_rows / loaded["seconds"]
        found["ms_per_1000_rows"] = 1e6 * loaded["seconds"] / end.total_rows
    return found


def _advance(conn: Connection, inputs: Inputs, ctx: task.Context) -> None:
    checkpoint = Checkpoint.of_json(inputs.extracted.get("checkpoint"))
    if checkpoint:
        rows = int(inputs.extracted["rows"])
        checkpoints.advance(conn, inputs.source, inputs.consumer, checkpoint, rows=rows, execution_id=ctx.execution_id)


def _lineage(conn: Connection, run_id: int, end: End, inputs: Inputs, ctx: task.Context) -> None:
    source, target = f"source:{inputs.source}", f"postgres:{inputs.target}"
    outputs = [target] if end.published else []
    checksums = {source: inputs.extracted.get("checksum"), target: inputs.loaded.get("checksum")}
    lineage.record(
        conn,
        run_id,
        inputs=[source],
        outputs=outputs,
        rows={source: int(inputs.extracted.get("rows", 0)), target: end.total_rows},
        checksums={name: value for name, value in checksums.items() if value},
        release=ctx.release,
    )


def _track(conn: Connection, run_id: int, end: End, inputs: Inputs, ctx: task.Context) -> str:
    figures: dict[str, float] = {"total_rows": end.total_rows, "expected_rows": end.expected_rows}
    figures |= {"ratio": end.ratio or 0.0, **_figures(end, inputs)}
    tags = {"opsflows_run": str(run_id), "status": end.status, "execution": ctx.execution_id, "release": ctx.release}
    name = shared.run_name(inputs, ctx)
    found = tracking.log(inputs.mlflow_experiment, name, shared.parameters(inputs), figures, tags)
    shared.audit(conn, run_id, inputs, "tracked", {"experiment": inputs.mlflow_experiment, "run": found})
    return found


if __name__ == "__main__":
    task.main(Inputs, run)
