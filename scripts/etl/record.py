"""The book of runs: how each begins and ends, what it did, what it measured, what people should look at.

Every entry may be made again by a task that is tried again: runs, metrics and alerts stay one row; only the audit
tells each attempt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from psycopg2 import sql
from psycopg2.extras import Json

from etl import queries
from etl.load.target import statement
from kit import db
from kit.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.db import Connection

Status = Literal["running", "succeeded", "planned", "skipped", "refused", "failed"]
Level = Literal["info", "warning", "critical"]
AUDIT = "etl_improved_audit"


def begin(  # noqa: PLR0913 - the columns of a run, keyword-only
    conn: Connection,
    *,
    flow: str,
    run_label: str = "",
    run_name: str,
    execution_id: str = "",
    release: str = "",
    dry_run: bool = False,
    parents: Sequence[str] = (),
    params: Mapping[str, Any] | None = None,
) -> int:
    """Enter a run and return its number; the same run of the same execution keeps it.

    Args:
        conn: a connection.
        flow: the flow's id.
        run_label: what the flow's runs are compared by.
        run_name: its name; the loader resumes by it.
        execution_id: Kestra's execution.
        release: of the scripts.
        dry_run: such runs are in no figure.
        parents: executions or runs that this one followed.
        params: what it was asked for.
    """
    row = queries.one(
        conn,
        "run_begin",
        flow=flow,
        run_label=run_label,
        run_name=run_name,
        execution_id=execution_id,
        release=release,
        dry_run=dry_run,
        parents=Json(list(parents)),
        params=Json(dict(params or {})),
    )
    if row is None:
        raise AssertionError("an insert with RETURNING returns its row")
    return int(row["run_id"])


def finish(  # noqa: PLR0913 - the columns of a run's end, keyword-only
    conn: Connection,
    run_id: int,
    *,
    status: Status,
    total_rows: int | None = None,
    expected_rows: int | None = None,
    ratio: float | None = None,
    num_chunks: int | None = None,
    duration_ms: int | None = None,
    outcome: Mapping[str, Any] | None = None,
) -> None:
    """Record how a run ended, its figures as metrics too.

    Args:
        conn: a connection.
        run_id: as `begin` gave it.
        status: how it ended.
        total_rows: rows that were accepted.
        expected_rows: rows that were extracted.
        ratio: of the two, 0 to 1.
        num_chunks: transactions with a checkpoint.
        duration_ms: of the whole run.
        outcome: `code` and `message`.

    Raises:
        ConflictError: there is no such run (code `run_unknown`).
    """
    figures = {
        "total_rows": total_rows,
        "expected_rows": expected_rows,
        "ratio": ratio,
        "num_chunks": num_chunks,
        "duration_ms": duration_ms,
    }
    with db.transaction(conn):
        found = queries.run(
            conn, "run_finish", run_id=run_id, status=status, outcome=Json(dict(outcome or {})), **figures
        )
        if not found:
            raise ConflictError(f"There is no run {run_id}.", code="run_unknown", next_action="Begin it first.")
        for name, value in figures.items():
            if value is not None:
                metric(conn, run_id, name, value)


def metric(conn: Connection, run_id: int, name: str, value: float, labels: Mapping[str, str] | None = None) -> None:
    """Record a figure of a run; the same name with the same labels is replaced."""
    queries.run(conn, "metric_put", run_id=run_id, name=name, value=value, labels=Json(dict(labels or {})))


def audit(
    conn: Connection,
    run_id: int,
    action: str,
    detail: Mapping[str, Any] | None = None,
    *,
    schema: str = "public",
    table: str = AUDIT,
) -> None:
    """Record what a run did; a table of another name is made by the flow `etl_setup`."""
    values = {"run_id": run_id, "action": action, "detail": Json(dict(detail or {}), dumps=_dumps)}
    db.execute(conn, statement("audit_put", table=sql.Identifier(schema, table)), values)


def alert(
    conn: Connection,
    *,
    run_id: int | None,
    kind: str,
    level: Level,
    message: str,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Record what people should look at, and return the alert's number; the same one of a run is raised once."""
    values: dict[str, Any] = {"run_id": run_id, "kind": kind, "level": level, "message": message}
    row = queries.one(conn, "alert_put", **values, detail=Json(dict(detail or {}), dumps=_dumps))
    if row is None:
        raise AssertionError("an upsert with RETURNING returns its row")
    return int(row["alert_id"])


def _dumps(value: Any) -> str:
    import json

    return json.dumps(value, default=str)
