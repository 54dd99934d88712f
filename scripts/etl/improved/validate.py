"""Task: judge the enriched rows by their contract before anything is written."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from etl.improved import shared
from etl.load import run as loader
from kit import db, task
from kit.errors import RefusedInputError

Inputs = shared.Planned


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Judge.

    Returns:
        `rows` that are accepted, `bad` ones, `reasons` with their counts, and the `plan` of the load.

    Raises:
        RefusedInputError: more than the contract's `max_bad_rate` are bad (code `too_many_bad_rows`).
        OpsflowsError: as the loader says of columns and target.
    """
    started = time.monotonic()
    job = shared.job(inputs, ctx, Path(inputs.enriched), inputs.chunk_rows, dry_run=True)
    report = loader.load(job)
    told = {"rows": report.rows, "bad": report.bad, "reasons": report.reasons, "plan": report.plan}
    with db.connect() as conn:
        shared.audit(conn, inputs.run_id, inputs, "validated", told)
    ctx.timer("etl_validate_seconds", time.monotonic() - started)
    if inputs.dry_run and report.bad > job.bad_rate * (report.rows + report.bad):
        # A run that is none reports what the load would say; a real one leaves it to the load, which keeps the rows.
        raise RefusedInputError(
            f"{report.bad} of {report.rows + report.bad} rows are bad.",
            code="too_many_bad_rows",
            next_action="A run would put them into the quarantine and publish nothing.",
        )
    return told


if __name__ == "__main__":
    task.main(Inputs, run)
