"""Task: note that a run of `etl_example` failed for good; what it published stays, and its name resumes it."""

from __future__ import annotations

from typing import Any

from psycopg2.extras import Json

from etl import queries, record
from kit import db, task


class Inputs(task.TaskInputs):
    """`run_name`: as the run was asked for; blank: the execution."""

    run_name: str = ""


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Close the book of the run as failed and raise an alert, unless the run has closed it by itself.

    Returns:
        `run_id`; None when there was nothing to close.
    """
    name = inputs.run_name or ctx.execution_id
    message = f"The run {name} failed; start it again under this name, and it goes on where it stood"
    values = {"flow": ctx.flow_id, "run_name": name, "execution_id": ctx.execution_id}
    with db.connect() as conn, db.transaction(conn):
        row = queries.one(conn, "run_failed", **values, outcome=Json({"code": "failed", "message": message}))
        if row:
            record.alert(conn, run_id=row["run_id"], kind="failed", level="critical", message=message)
    return {"run_id": row["run_id"] if row else None}


if __name__ == "__main__":
    task.main(Inputs, run)
