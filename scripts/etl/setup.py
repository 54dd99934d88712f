"""Task: make the tables that the ETL flows load into; what is there already is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from etl import queries, tables
from etl.load import contract
from kit import db, task

if TYPE_CHECKING:
    from kit.db import Connection


class Inputs(task.TaskInputs):
    """Names of the tables; `dataset` is the contract of the plain one. `months_ahead`: partitions beyond this month."""

    schema_name: tables.SchemaName = "public"
    table_name: tables.TableName = "etl_improved_events"
    audit_table_name: tables.TableName = "etl_improved_audit"
    dataset: str = "sales_events"
    months_ahead: int = Field(2, ge=0, le=24)
    dry_run: bool = False


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Make what is missing.

    Returns:
        `created`: names of tables that were not there; `partitions`: of this month and those ahead.
    """
    with db.connect() as conn:
        tables.require_functions(conn)
        missing = _missing(conn, inputs)
        made = [] if inputs.dry_run else _make(conn, inputs)
    ctx.counter("etl_setup_created", 0 if inputs.dry_run else len(missing))
    return {"created": missing, "partitions": made, "dry_run": inputs.dry_run}


def _missing(conn: Connection, inputs: Inputs) -> list[str]:
    names = (inputs.table_name, inputs.audit_table_name, inputs.dataset)
    return [f"{inputs.schema_name}.{name}" for name in names if not tables.kind(conn, inputs.schema_name, name)]


def _make(conn: Connection, inputs: Inputs) -> list[str]:
    described = contract.read(inputs.dataset)
    with db.transaction(conn):
        tables.create_events(conn, inputs.schema_name, inputs.table_name)
        tables.create_audit(conn, inputs.schema_name, inputs.audit_table_name)
        tables.create_from(conn, described, inputs.schema_name, inputs.dataset)
    ahead = tables.months(inputs.months_ahead)
    made = tables.create_partitions(conn, inputs.schema_name, inputs.table_name, ahead)
    queries.run(conn, "refresh_views")
    return made


if __name__ == "__main__":
    task.main(Inputs, run)
