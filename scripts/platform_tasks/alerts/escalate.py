"""Task: end what has recovered, raise what nobody looks after, and deliver what waits."""

from __future__ import annotations

from typing import Any

from kit import db, task
from platform_tasks.alerts import book, deliver, queries, rules


class Inputs(task.TaskInputs):
    """The task has no inputs: the book says what is due."""


def run(_inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Do all three.

    Returns:
        `resolved`, `escalated` (alert ids) and `delivered`.
    """
    with db.connect() as conn:
        resolved, escalated = recovered(conn), unattended(conn)
        delivered = deliver.deliver(conn, most=500)
    for name, ids in (("resolved", resolved), ("escalated", escalated)):
        if ids:
            ctx.counter("alerts_changed", len(ids), change=name)
    for end, number in delivered.counts().items():
        if number:
            ctx.counter("alert_deliveries", number, end=end)
    return {"resolved": resolved, "escalated": escalated, "delivered": delivered.counts()}


def recovered(conn: db.Connection) -> list[int]:
    """End each alert whose flow succeeded since, for the same data date where there is one; also what is long past."""
    book_of_rules = rules.load()
    minutes, hours = book_of_rules.count_minutes, book_of_rules.silent_hours
    found = queries.every(conn, "alert_recovered", minutes=minutes, silent_hours=hours)
    return [row["alert_id"] for row in found if book.resolve_alert(conn, row["alert_id"], by=row["execution_id"])]


def unattended(conn: db.Connection) -> list[int]:
    """Raise each WARNING that was told long enough ago."""
    minutes = rules.load().escalate_minutes
    found = queries.every(conn, "alert_unattended", minutes=minutes)
    return [row["alert_id"] for row in found if book.escalate(conn, row["alert_id"])]


if __name__ == "__main__":
    task.main(Inputs, run)
