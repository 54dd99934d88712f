"""What a run of `etl_example` leaves in the book: its end, figures, alerts, lineage, and the source's checkpoint."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from etl import lineage, percentiles, queries, record
from etl.load import contract, freshness
from etl.sources import checkpoints
from etl.sources.model import Checkpoint
from kit import dates, db

if TYPE_CHECKING:
    from collections.abc import Sequence

    from etl.example.load import Inputs
    from etl.load.freshness import Freshness
    from kit import task
    from kit.db import Connection
    from kit.errors import TerminalError

FLOW: Final = "etl_example"
_STATES: Final[dict[str, record.Status]] = {"done": "succeeded", "skipped": "skipped", "planned": "planned"}


def close(inputs: Inputs, ctx: task.Context, summary: dict[str, Any], transformed: Sequence[float]) -> dict[str, Any]:
    """Close the book of a run that came to its end, and emit its metrics.

    Args:
        inputs: of the task.
        ctx: of the task.
        summary: what was done.
        transformed: seconds that each chunk took to transform.

    Returns:
        `chunk_seconds` by phase, `rows_per_second`, `ms_per_1000_rows`: of the whole run's own work; `freshness`: the
        table's newest event, its age in seconds, and whether the contract finds that too old; None: it was not asked.
    """
    with db.connect() as conn:
        loaded = queries.every(conn, "chunk_seconds", load_id=inputs.extracted.run_name)
        chunks = {"transform": percentiles.of(transformed), "load": percentiles.of([row["seconds"] for row in loaded])}
        total = sum(summary["seconds"].values())
        rows = inputs.extracted.rows
        figures = {"rows_per_second": round(rows / total, 1)} if total else {}
        figures |= {"ms_per_1000_rows": round(1e6 * total / rows, 3)} if rows else {}
        fresh = _freshness(conn, inputs)
        if not inputs.dry_run:
            _figures(conn, inputs, chunks, figures)
            _alerts(conn, inputs, summary, fresh)
        _finish(conn, inputs, ctx, summary, total)
        if inputs.extracted.checkpoint and summary["state"] != "planned":
            _advance(conn, inputs, ctx)
    if fresh and fresh.age_s is not None:
        figures["newest_age_seconds"] = fresh.age_s
    _emit(ctx, summary, chunks, figures)
    return {"chunk_seconds": chunks, **figures, "freshness": asdict(fresh) if fresh else None}


def refused(inputs: Inputs, ctx: task.Context, error: TerminalError, seconds: float) -> None:
    """Close the book of a run of which nothing was published."""
    run_id, outcome = inputs.extracted.run_id, error.outcome()
    with db.connect() as conn:
        if not inputs.dry_run:
            detail = {"outcome": outcome, "execution": ctx.execution_id}
            record.alert(
                conn,
                run_id=run_id,
                kind=f"refused:{error.code}",
                level="critical",
                message=error.message,
                detail=detail,
            )
        record.finish(
            conn,
            run_id,
            status="refused",
            total_rows=0,
            expected_rows=inputs.extracted.rows,
            ratio=0.0,
            duration_ms=round(1000 * (seconds + inputs.extracted.seconds)),
            outcome=outcome,
        )


def _finish(conn: Connection, inputs: Inputs, ctx: task.Context, summary: dict[str, Any], total: float) -> None:
    found, good = inputs.extracted, summary["rows"]
    judged = good + summary["bad"]
    record.finish(
        conn,
        found.run_id,
        status=_STATES[summary["state"]],
        total_rows=good,
        expected_rows=judged,
        ratio=round(good / judged, 6) if judged else 1.0,
        num_chunks=summary["chunks"],
        duration_ms=round(1000 * total),
        outcome={"code": summary["state"], "message": ""},
    )
    source, target = found.source_name, f"postgres:{inputs.schema_name}.{inputs.table_name}"
    lineage.record(
        conn,
        found.run_id,
        inputs=[source],
        outputs=[target],
        rows={source: found.rows, target: summary["inserted"] + summary["updated"]},
        checksums={source: found.checksum, target: summary["checksum"]},
        release=ctx.release,
        parents=[inputs.parent] if inputs.parent else [],
    )


def _figures(conn: Connection, inputs: Inputs, chunks: dict[str, dict[str, float]], figures: dict[str, float]) -> None:
    for phase, values in chunks.items():
        for name, value in values.items():
            record.metric(conn, inputs.extracted.run_id, f"chunk_{phase}_seconds", value, {"quantile": name})
    for name, value in figures.items():
        record.metric(conn, inputs.extracted.run_id, name, value)


def _freshness(conn: Connection, inputs: Inputs) -> Freshness | None:
    """How old the table is now. A window of the past, or a trial, is no reason to expect new events."""
    if inputs.dry_run or inputs.extracted.checkpoint is None:
        return None
    contracted = contract.read(inputs.extracted.dataset)
    return freshness.of(conn, inputs.schema_name, inputs.table_name, contracted, dates.utcnow())


def _alerts(conn: Connection, inputs: Inputs, summary: dict[str, Any], fresh: Freshness | None) -> None:
    found = inputs.extracted
    if fresh and fresh.stale:
        newest = f"the newest event is from {dates.to_iso(fresh.newest)}" if fresh.newest else "it is empty"
        message = f"{inputs.table_name} is older than its contract allows: {newest}"
        record.alert(conn, run_id=found.run_id, kind="stale", level="warning", message=message)
    if found.volume["verdict"] in ("low", "high"):
        message = "{rows} rows, where {low:.0f} to {high:.0f} are usual".format_map(found.volume)
        record.alert(conn, run_id=found.run_id, kind="volume", level="warning", message=message, detail=found.volume)
    if found.is_fallback:
        message = f"{inputs.source} was away; {found.source_name} was read"
        record.alert(conn, run_id=found.run_id, kind="fallback", level="warning", message=message)
    if summary["bad"]:
        message = f"{summary['bad']} rows are in the quarantine"
        detail = {"reasons": summary["reasons"]}
        record.alert(conn, run_id=found.run_id, kind="quarantine", level="info", message=message, detail=detail)


def _advance(conn: Connection, inputs: Inputs, ctx: task.Context) -> None:
    """The rows are where they belong, so the next run begins after them."""
    reached = Checkpoint.of_json(inputs.extracted.checkpoint)
    if reached:
        rows = inputs.extracted.rows
        checkpoints.advance(conn, inputs.source, FLOW, reached, rows=rows, execution_id=ctx.execution_id)


def _emit(
    ctx: task.Context, summary: dict[str, Any], chunks: dict[str, dict[str, float]], figures: dict[str, float]
) -> None:
    for name in ("rows", "bad", "duplicates", "inserted", "updated", "chunks", "repaired", "outside_window"):
        ctx.counter(f"etl_example_{name}", summary[name])
    for phase, seconds in summary["seconds"].items():
        ctx.timer("etl_example_seconds", seconds, phase=phase)
    for phase, values in chunks.items():
        for quantile, value in values.items():
            ctx.gauge("etl_example_chunk_seconds", value, phase=phase, quantile=quantile)
    for name, value in figures.items():
        ctx.gauge(f"etl_example_{name}", value)
