"""Task: load a file of CSV into a table by its contract; see docs/etl-loader.md."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from etl.load import contract, freshness, run, source
from etl.load.job import Job
from kit import dates, db, task
from kit.errors import TerminalError

if TYPE_CHECKING:
    from etl.load.job import Report


class Inputs(task.TaskInputs):
    """`source` is a path: an input file of the task, or any file it can read. `run_name`: default the execution."""

    source: str
    dataset: str
    table_name: str
    schema_name: str = "public"
    load_window: str = "all"
    run_name: str = ""
    chunk_rows: int = Field(0, ge=0, description="0: chunks of four mebibytes")
    workers: int = Field(2, ge=1, le=16)
    max_bad_rate: float | None = Field(None, ge=0, le=1, description="blank: the contract's")
    idempotency_ttl_minutes: int = Field(60, ge=0)
    allow_overwrite: bool = False
    dry_run: bool = False
    db_statement_timeout_ms: int = Field(0, ge=0)
    db_max_retries: int = Field(3, ge=0, le=20)
    db_retry_initial_ms: int = Field(200, ge=1)


def run_task(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Load and report: `outcome` (code `ok`, `skipped`, `planned`, or why it was refused) and the counts."""
    started = time.monotonic()
    asked = job(inputs, ctx)
    report = run.load(asked)
    _measure(report, ctx, time.monotonic() - started)
    code = "ok" if report.state == "done" else report.state
    told = {"outcome": {"code": code, "message": ""}, **asdict(report), "unchanged": report.unchanged}
    return {**told, "stale": _stale(asked, ctx)}


def job(inputs: Inputs, ctx: task.Context) -> Job:
    """The load that the inputs ask for.

    Raises:
        TerminalError: the file has no header, the contract is missing or wrong, or the run has no name.
    """
    name = inputs.run_name or ctx.execution_id
    if not name:
        raise TerminalError("The run has no name.", code="bad_input", next_action="Set INPUT_RUN_NAME.")
    return Job(
        run=name,
        source=source.CsvFile(Path(inputs.source), chunk_rows=inputs.chunk_rows or None),
        contract=contract.read(inputs.dataset),
        table=inputs.table_name,
        schema=inputs.schema_name,
        window=inputs.load_window,
        workers=inputs.workers,
        max_bad_rate=inputs.max_bad_rate,
        ttl_minutes=inputs.idempotency_ttl_minutes,
        allow_overwrite=inputs.allow_overwrite,
        dry_run=inputs.dry_run,
        statement_ms=inputs.db_statement_timeout_ms,
        retries=inputs.db_max_retries,
        retry_initial_ms=inputs.db_retry_initial_ms,
    )


def _stale(asked: Job, ctx: task.Context) -> bool | None:
    """Whether the newest event of the table is older than the contract allows; None: it says nothing of that."""
    if asked.contract.freshness is None or asked.dry_run:
        return None
    with db.connect() as conn:
        found = freshness.of(conn, asked.schema, asked.table, asked.contract, dates.utcnow())
    if found is None:
        return None
    if found.age_s is not None:
        ctx.gauge("etl_load_newest_age_seconds", found.age_s)
    return found.stale


def _measure(report: Report, ctx: task.Context, seconds: float) -> None:
    for name in ("rows", "bad", "duplicates", "inserted", "updated", "chunks"):
        ctx.counter(f"etl_load_{name}", getattr(report, name))
    ctx.timer("etl_load_seconds", seconds)
    if report.rows:
        ctx.gauge("etl_load_rows_per_second", report.rows / seconds)
        ctx.gauge("etl_load_ms_per_1000_rows", 1e6 * seconds / report.rows)


if __name__ == "__main__":
    task.main(Inputs, run_task)
