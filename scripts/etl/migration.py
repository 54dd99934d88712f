"""Task: partition an existing table of events by month, without losing a row and without keeping readers away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from etl import tables
from etl.alone import alone
from etl.partitioning import looks, shadow, swap
from kit import db, task
from kit.errors import ConflictError

if TYPE_CHECKING:
    from etl.partitioning.looks import Look, Names
    from etl.partitioning.shadow import State
    from kit.db import Connection

_DONE: Final = {"code": "already_partitioned", "message": "The table has partitions. Nothing needs to be done."}


class Inputs(task.TaskInputs):
    """The table; `batch_blocks`: blocks of 8 KiB a transaction; `lock_timeout_ms`: how long others may wait for us."""

    schema_name: tables.SchemaName = "public"
    table_name: tables.TableName = "etl_improved_events"
    batch_blocks: int = Field(1_000, ge=1, le=100_000)
    lock_timeout_ms: int = Field(3_000, ge=100, le=60_000)
    dry_run: bool = True


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Partition the table, or say what would be done.

    Returns:
        `plan` (rows, bytes, months, copied share), `rows` that were moved, `kept_as`: the old table's name.

    Raises:
        ConflictError: another run is at it (`migration_running`), or the table cannot be partitioned.
        UnavailableError: an orphan of this execution is at it (`same_run`).
    """
    names = looks.Names(inputs.schema_name, inputs.table_name)
    busy = ConflictError("Another run partitions this table.", code="migration_running", next_action="Wait.")
    # A big table is copied batch by batch, but counted and compared at once.
    with (
        db.connect(statement_s=0) as conn,
        alone(conn, f"etl:partitioning:{names.schema}.{names.table}", ctx.execution_id, busy),
    ):
        tables.require_functions(conn)
        found = looks.look(conn, names)
        if found is None:
            return {"outcome": _DONE, "plan": {}, "rows": 0, "kept_as": ""}
        begun = shadow.state(conn, names)
        plan = _plan(found, begun)
        if inputs.dry_run:
            return {"outcome": {"code": "planned", "message": ""}, "plan": plan, "rows": 0, "kept_as": ""}
        rows = _migrate(conn, names, found, begun, inputs, ctx)
    ctx.counter("etl_migrated_rows", rows)
    return {"plan": plan, "rows": rows, "kept_as": f"{names.schema}.{names.old}"}


def _plan(found: Look, begun: State | None) -> dict[str, Any]:
    copied = begun.next_block / max(1, begun.end_block) if begun else 0.0
    months = [f"{month:%Y-%m}" for month in found.months]
    return {"rows": found.rows, "bytes": found.bytes, "months": months, "copied": round(copied, 4)}


def _migrate(
    conn: Connection, names: Names, found: Look, begun: State | None, inputs: Inputs, ctx: task.Context
) -> int:
    current = begun or shadow.make(conn, names, found, inputs.lock_timeout_ms)

    def told(now: State) -> None:
        ctx.log.info("etl.migration.copied", blocks=now.next_block, of=now.end_block)

    shadow.fill(conn, names, found, current, inputs.batch_blocks, told)
    return swap.swap(conn, names, found.columns, inputs.lock_timeout_ms)


if __name__ == "__main__":
    task.main(Inputs, run)
