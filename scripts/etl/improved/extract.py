"""Task: begin a run of etl_improved, and bring what is new in its source into one file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from etl import extras, tables, tracking
from etl.improved import shared
from etl.sources import checkpoints, config, opening
from etl.sources.model import Window
from kit import db, task
from kit.errors import ConfigurationError

if TYPE_CHECKING:
    from kit.db import Connection

EXTRACT: Final = "extract.csv"


class Inputs(shared.Parameters):
    """Only the flow's own."""


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Extract.

    Returns:
        `run_id`; `rows`, `checksum` and `checkpoint` of the extract; `source`, and whether it is the fallback.

    Raises:
        ConfigurationError: a package that the run insists on is missing, or a table.
        OpsflowsError: as the source says.
    """
    started = time.monotonic()
    described = config.named(inputs.source)
    if described.kind == "postgres":
        described = described.model_copy(update={"page_rows": inputs.db_page_size})
    with db.connect() as conn:
        run_id = shared.begin(conn, inputs, ctx)
        _require(conn, inputs)
        shared.audit(conn, run_id, inputs, "begun", shared.parameters(inputs))
        checkpoint = checkpoints.read(conn, inputs.source, inputs.consumer)
    found = opening.open_source(described, checkpoint).extract(Window(), Path(EXTRACT))
    told = {"rows": found.rows, "checksum": found.checksum, "source": inputs.source, "fallback": found.is_fallback}
    with db.connect() as conn:
        shared.audit(conn, run_id, inputs, "extracted", {**told, "problem": found.problem, "notes": found.notes})
    ctx.counter("etl_extracted_rows", found.rows)
    ctx.timer("etl_extract_seconds", time.monotonic() - started)
    return {"run_id": run_id, **told, "checkpoint": found.checkpoint.as_json()}


def _require(conn: Connection, inputs: Inputs) -> None:
    """Refuse before anything is read what could not be finished."""
    if inputs.enforce_ge:
        extras.require("great_expectations", "expectations_missing", "enforce_ge")
    if inputs.mlflow_enable:
        extras.require("mlflow", "mlflow_missing", "mlflow_enable")
        tracking.require_server()
    for name in (inputs.table_name, inputs.audit_table_name):
        if tables.kind(conn, inputs.schema_name, name) is None:
            raise ConfigurationError(
                f"There is no table {inputs.schema_name}.{name}.",
                code="target_missing",
                next_action="Run the flow etl_setup with these names.",
            )


if __name__ == "__main__":
    task.main(Inputs, run)
