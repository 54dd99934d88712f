"""Task: enrich the extract, keep the newest version of each event, and plan the chunks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

from etl import chunking
from etl.improved import enriching, shared
from etl.load import contract, source
from etl.sources import config
from kit import dates, db, settings, task

ENRICHED: Final = "enriched.csv"
_WORKERS: Final = 2


class Inputs(shared.Parameters):
    """The flow's own; `extract`: the file; `run_id`: of the book."""

    run_id: int
    extract: str = "extract.csv"


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Enrich.

    Returns:
        `rows` that were written, `bad` ones among them, `superseded` versions that were left out; `chunk_rows` and
        `chunks` as they will be loaded.
    """
    started = time.monotonic()
    path = Path(ENRICHED)
    events = source.CsvFile(Path(inputs.extract), chunk_rows=inputs.batch_size)
    made = enriching.enrich(events, contract.read(config.named(inputs.source).dataset), dates.utcnow(), path)
    plan = chunking.plan(
        made.rows,
        path.stat().st_size,
        chunk_rows=inputs.chunk_size,
        max_chunks=settings.get().etl_max_chunks,
        workers=_WORKERS,
    )
    told = {"rows": made.rows, "bad": made.bad, "superseded": made.superseded}
    told |= {"chunk_rows": plan.chunk_rows, "chunks": plan.chunks}
    with db.connect() as conn:
        shared.audit(conn, inputs.run_id, inputs, "transformed", told)
    ctx.counter("etl_superseded_rows", made.superseded)
    ctx.timer("etl_transform_seconds", time.monotonic() - started)
    return told


if __name__ == "__main__":
    task.main(Inputs, run)
