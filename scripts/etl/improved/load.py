"""Task: load the enriched rows; a dry run has been told all by the steps before."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from etl.improved import shared
from etl.load import run as loader
from kit import db, task

Inputs = shared.Planned


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Load.

    Returns:
        The loader's report: `state` (`done`, `skipped`, `planned`) and its counts.

    Raises:
        OpsflowsError: as `etl.load.run.load`.
    """
    started = time.monotonic()
    job = shared.job(inputs, ctx, Path(inputs.enriched), inputs.chunk_rows, dry_run=inputs.dry_run)
    report = loader.load(job)
    seconds = time.monotonic() - started
    told = {**asdict(report), "unchanged": report.unchanged, "seconds": round(seconds, 3)}
    with db.connect() as conn:
        shared.audit(conn, inputs.run_id, inputs, "loaded", told)
    for name in ("rows", "bad", "inserted", "updated", "chunks"):
        ctx.counter(f"etl_load_{name}", told[name])
    ctx.timer("etl_load_seconds", seconds)
    return told


if __name__ == "__main__":
    task.main(Inputs, run)
