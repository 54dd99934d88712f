"""Task: run the expectation suite. One that is enforced decides; another one only tells, or why it did not run."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from etl import expectations, extras
from etl.improved import shared
from kit import db, task
from kit.errors import RefusedInputError

Inputs = shared.Enriched


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Run the suite.

    Returns:
        `suite`: `passed`, `failed`, or `not_installed`; `expectations` (their number) and the `failed` ones.

    Raises:
        ConfigurationError: it is enforced, and Great Expectations is not installed (code `expectations_missing`).
        RefusedInputError: it is enforced, and failed (code `expectations_failed`).
    """
    started = time.monotonic()
    if inputs.enforce_ge:
        extras.require("great_expectations", "expectations_missing", "enforce_ge")
    told: dict[str, Any] = {"suite": "not_installed", "expectations": 0, "failed": []}
    if extras.installed("great_expectations"):
        verdict = expectations.run(shared.contracted(), Path(inputs.enriched))
        told = {"suite": "failed" if verdict.failed else "passed", "expectations": verdict.expectations}
        told["failed"] = list(verdict.failed)
    with db.connect() as conn:
        shared.audit(conn, inputs.run_id, inputs, "expected", {**told, "enforced": inputs.enforce_ge})
    ctx.timer("etl_expect_seconds", time.monotonic() - started)
    if inputs.enforce_ge and told["failed"]:
        raise RefusedInputError(
            f"The expectation suite failed: {'; '.join(told['failed'][:5])}.",
            code="expectations_failed",
            next_action="Nothing was published. Look at the rows, or at the contract.",
        )
    return told


if __name__ == "__main__":
    task.main(Inputs, run)
