"""Task: how every part of the system stands; what is not well is told, and told again when it is well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from kit import db, queries, task
from kit.i18n import t
from platform_tasks.alerts import book
from platform_tasks.alerts.events import Event
from platform_tasks.health import database, engine, looking, machine, providers
from platform_tasks.health.model import Check, Finding, Result

if TYPE_CHECKING:
    from kit.db import Connection

CHECKS: Final = (
    Check("database", database.answers, critical=True),
    Check("database_connections", database.connections),
    Check("database_transactions", database.transactions),
    Check("database_wraparound", database.wraparound),
    Check("database_replication", database.replication),
    Check("database_schema", database.schema, critical=True),
    Check("database_clock", database.clock),
    Check("database_certificate", machine.database_certificate),
    Check("engine", engine.answers, critical=True),
    Check("engine_queue", engine.queue),
    Check("engine_stuck", engine.stuck),
    Check("engine_clock", engine.clock),
    Check("disk", machine.disk),
    Check("edge_certificate", machine.edge_certificate),
    Check("whatsapp", providers.whatsapp),
    Check("google_sheets", providers.google_sheets),
    Check("slack", providers.slack),
    Check("email", providers.email),
    Check("pagerduty", providers.pagerduty),
    Check("openai", providers.openai),
    Check("hubspot", providers.hubspot),
    Check("manychat", providers.manychat),
    Check("vault", providers.vault),
    Check("etl_api", providers.etl_api),
    Check("etl_bucket", providers.etl_bucket),
)
# A provider that fails once may answer a moment later; the second failure in a row is told.
_TOLD_AFTER: Final = 2
_health = queries.Queries("health")


class Inputs(task.TaskInputs):
    """How long a check may take, in seconds."""

    deadline_s: float = Field(15.0, ge=1, le=60)


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Look at everything, write it down and tell what changed.

    Returns:
        `state`: the worst; `checks`: state and detail by name, without those that are not set up.
    """
    results = looking.look(CHECKS, inputs.deadline_s)
    with db.connect(connect_s=5, statement_s=20) as conn:
        record(conn, results, ctx)
    found = {result.check.name: result.finding for result in results if result.finding}
    for name, finding in found.items():
        ctx.gauge("health", {"ok": 0, "warning": 1, "failed": 2}[finding.state], check=name)
    worst = next((state for state in ("failed", "warning") if any(one.state == state for one in found.values())), "ok")
    return {"state": worst, "checks": {name: _shown(finding) for name, finding in found.items()}}


def record(conn: Connection, results: list[Result], ctx: task.Context) -> None:
    """Keep each finding, and fire or resolve its alert in the same transaction; forget checks that are no more."""
    for result in [*results, *_gone(conn)]:
        with db.transaction(conn):
            if result.finding is None:
                _health.run(conn, "forget", names=[result.check.name])
                book.resolve(conn, _event(result.check, None, ctx).key, by=ctx.execution_id)
            else:
                _record(conn, result.check, result.finding, result.took_ms, ctx)


def _gone(conn: Connection) -> list[Result]:
    """What an earlier release looked at: nobody would ever write that it is well again."""
    rows = _health.every(conn, "others", names=[check.name for check in CHECKS])
    return [Result(Check(row["name"], lambda: None), None, 0) for row in rows]


def _record(conn: Connection, check: Check, found: Finding, took_ms: int, ctx: task.Context) -> None:
    row = _health.one(
        conn,
        "put",
        name=check.name,
        state=found.state,
        detail=found.detail,
        value=found.value,
        took_ms=took_ms,
    )
    failures = int((row or {})["failures"])
    event = _event(check, found, ctx)
    if found.state == "ok":
        book.resolve(conn, event.key, by=ctx.execution_id)
    elif found.state == "warning" or check.critical or failures >= _TOLD_AFTER:
        book.fire(conn, event)


def _event(check: Check, found: Finding | None, ctx: task.Context) -> Event:
    failed = found is not None and found.state == "failed"
    return Event(
        event="health_failed" if failed else "health_warning",
        title=t(f"health.{'failed' if failed else 'warning'}", check=check.name),
        flow_id="health_check",
        namespace="opsflows.platform",
        error_class=check.name,
        message=found.detail if found else "",
        detail={"check": check.name},
        execution_id=ctx.execution_id,
        level="CRITICAL" if failed and check.critical else None,
    )


def _shown(finding: Finding) -> dict[str, Any]:
    return {"state": finding.state, "detail": finding.detail, "value": finding.value}


if __name__ == "__main__":
    task.main(Inputs, run)
