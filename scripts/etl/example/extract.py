"""Task: the first half of `etl_example`: window, health, breaker, extract, volume, chunks; see docs/etl.md."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from etl import chunking, guard, health, record, volume, window
from etl.load.source import CsvFile
from etl.sources import checkpoints
from etl.sources import config as configs
from etl.sources.model import Window as SourceWindow
from etl.sources.model import digest
from etl.sources.opening import open_source
from kit import dates, db, settings, task
from kit.errors import BreakerOpenError, RefusedInputError, TerminalError

if TYPE_CHECKING:
    from datetime import datetime

    from etl.sources.model import Extracted
    from etl.volume import Volume
    from etl.window import Window
    from kit.db import Connection
    from kit.settings import Settings

FLOW: Final = "etl_example"
FILE: Final = "rows.csv"


class Inputs(task.TaskInputs):
    """`rows`: at most so many, 0 for all; `switch`: of the source's breaker; `processors`: of the worker."""

    source: str = Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")
    rows: int = Field(0, ge=0)
    run_name: str = ""
    chunk_rows: int = Field(1000, ge=0)
    since: str = ""
    until: str = ""
    switch: str = ""
    parent: str = ""
    dry_run: bool = False


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Bring the rows of a window into `rows.csv`, or say why not.

    Returns:
        What the second half needs, what was found on the way, and `outcome`: `ok`, `breaker_open`, or why the run was
        refused.
    """
    started, now, config = time.perf_counter(), dates.utcnow(), settings.get()
    with db.connect() as conn:
        run_id = _begin(conn, inputs, ctx)
        try:
            found = _extract(conn, inputs, ctx, config, now)
        except (TerminalError, BreakerOpenError) as error:
            return _ended(conn, run_id, error, ctx, time.perf_counter() - started)
    ctx.timer("etl_extract_seconds", seconds := time.perf_counter() - started)
    ctx.counter("etl_extract_rows", found["rows"], source=found["source_name"])
    return {**found, "run_id": run_id, "run_name": _name(inputs, ctx), "at": dates.to_iso(now), "seconds": seconds}


def _begin(conn: Connection, inputs: Inputs, ctx: task.Context) -> int:
    return record.begin(
        conn,
        flow=FLOW,
        run_label=inputs.source,
        run_name=_name(inputs, ctx),
        execution_id=ctx.execution_id,
        release=ctx.release,
        dry_run=inputs.dry_run,
        parents=[inputs.parent] if inputs.parent else [],
        params=inputs.model_dump(exclude={"switch", "parent"}),
    )


def _extract(conn: Connection, inputs: Inputs, ctx: task.Context, config: Settings, now: datetime) -> dict[str, Any]:
    asked = window.parse(inputs.since, inputs.until, now, config.etl_window_max_days)
    workers = workers_of(config)
    described = configs.named(inputs.source)
    checks = health.look(conn, config, workers=workers + 1, bucket_needed=described.kind in ("csv", "parquet"))
    health.require(checks)
    # A source that does not say when it recorded a row gives all of them; the transformation takes the window then.
    by_source = asked if described.window_column else window.Window()
    checkpoint = checkpoints.read(conn, inputs.source, FLOW) if asked.since is None and not inputs.rows else None
    with guard.guarded(conn, inputs.source, inputs.switch):
        extracted = open_source(inputs.source, checkpoint).extract(
            SourceWindow(by_source.since, by_source.until), Path(FILE)
        )
    extracted = _first(extracted, inputs.rows)
    size = extracted.path.stat().st_size
    plan = chunking.plan(
        extracted.rows, size, chunk_rows=inputs.chunk_rows, max_chunks=config.etl_max_chunks, workers=workers
    )
    seen = _volume(conn, inputs, ctx, asked, extracted.rows, now)
    if seen.anomalous and config.etl_volume_action == "refuse":
        raise RefusedInputError(
            f"{seen.rows} rows are unusual: the last {seen.runs} runs had {seen.low:.0f} to {seen.high:.0f}.",
            code="volume_anomaly",
            next_action="Look at the source. If the number is right, set OPSFLOWS_ETL_VOLUME_ACTION to alert.",
        )
    return {
        "dataset": described.dataset,
        "window": _told(asked),
        "filter": asked.since is not None and described.window_column is None,
        "rows": extracted.rows,
        "bytes": size,
        "checksum": extracted.checksum,
        "source_name": extracted.source_name,
        "is_fallback": extracted.is_fallback,
        "notes": extracted.notes,
        "checkpoint": None if inputs.rows or asked.since else extracted.checkpoint.as_json(),
        **plan._asdict(),
        "volume": seen.detail(),
        "health": [asdict(check) for check in checks],
    }


def _first(extracted: Extracted, rows: int) -> Extracted:
    """The first so many rows; all of them for 0."""
    if not 0 < rows < extracted.rows:
        return extracted
    first = next(CsvFile(extracted.path, chunk_rows=rows).spans())
    with extracted.path.open("r+b") as file:
        file.truncate(first.end)
    return replace(extracted, rows=rows, checksum=digest(extracted.path))


def _volume(conn: Connection, inputs: Inputs, ctx: task.Context, asked: Window, rows: int, now: datetime) -> Volume:
    """Judge the number of rows; one that was cut off says nothing."""
    if inputs.rows:
        return volume.Volume("unknown", rows, 0)
    extract = volume.Extract(_name(inputs, ctx), inputs.source, asked, now)
    seen = volume.check(conn, extract, rows)
    if not inputs.dry_run:
        volume.remember(conn, extract, seen)
    if seen.anomalous:
        ctx.log.warning("etl.volume.unusual", **seen.detail())
    return seen


def _ended(
    conn: Connection, run_id: int, error: TerminalError | BreakerOpenError, ctx: task.Context, seconds: float
) -> dict[str, Any]:
    """Close the book of a run that does not go on; being skipped is no trouble."""
    outcome, skipped = error.outcome(), isinstance(error, BreakerOpenError)
    ctx.log.warning("etl.run.skipped" if skipped else "etl.run.refused", **outcome)
    status: record.Status = "skipped" if skipped else "refused"
    record.finish(conn, run_id, status=status, duration_ms=round(seconds * 1000), outcome=outcome)
    return {"outcome": outcome, "run_id": run_id}


def _name(inputs: Inputs, ctx: task.Context) -> str:
    return inputs.run_name or ctx.execution_id or "by-hand"


def _told(asked: Window) -> dict[str, str]:
    bounds = {"since": asked.since, "until": asked.until}
    return {"name": asked.name} | {name: dates.to_iso(bound) for name, bound in bounds.items() if bound}


def workers_of(config: Settings) -> int:
    """Processes that work on chunks: as many as the machine has processors for, up to the setting."""
    return max(1, min(config.etl_chunk_parallelism, len(os.sched_getaffinity(0))))


if __name__ == "__main__":
    task.main(Inputs, run)
