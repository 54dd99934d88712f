"""Task: what erasures must do outside of Postgres: rows of the sheet anew, executions with their files away.

Each piece is settled on its own. What is left after a crash, or because Kestra or Google are away, the next run does,
of this erasure or of any other; `tickets_retention` looks every day.
"""

from collections.abc import Iterable
from typing import Any

from kit import db, kestra, logging, settings, task
from kit.db import Connection
from kit.errors import OpsflowsError, TransientError
from tickets import privacy, sheet
from tickets.privacy import Row

BATCH = 200
MOST_BATCHES = 50
# They travel through one variable of the environment.
MOST_FILES = 300


class Inputs(task.TaskInputs):
    """The task has no inputs; it does whatever is due."""


def run(_inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Do what is due.

    Returns:
        `done` and `left`: pieces of work that this run settled, and that it could not settle now; `files`: pictures
        and documents whose executions stay for now, for Kestra's own task to delete.
    """
    counts = {"done": 0, "left": 0}
    with db.connect() as conn, db.advisory_lock(conn, privacy.LOCK, wait_s=600):
        for _ in range(MOST_BATCHES):
            if not _batch(conn, counts):
                break
        db.execute(conn, privacy.sql("settle_files"))
        files = [row["ref"] for row in privacy.open_work(conn, "file", MOST_FILES)]
    for name, count in counts.items():
        ctx.counter("erasure_work", count, state=name)
    return {**counts, "files": files}


def _batch(conn: Connection, counts: dict[str, int]) -> bool:
    """Settle some work; false when none is due any more, since what cannot be done now is put off."""
    rows = privacy.open_work(conn, "sheet", BATCH)
    executions = privacy.open_work(conn, "execution", BATCH)
    _settle(conn, rows, _rewritten(rows), counts)
    _delete(conn, executions, counts)
    return bool(rows or executions)


def _rewritten(rows: list[Row]) -> dict[str, tuple[str, bool]]:
    """The outcome of each ticket's row, and whether that is the end of it."""
    if not rows:
        return {}
    ticket_ids = [row["ref"] for row in rows]
    try:
        there = sheet.rewrite_all(ticket_ids)
    except OpsflowsError as error:
        logging.get(__name__).warning("erasure.sheet_failed", code=error.code, rows=len(rows))
        return dict.fromkeys(ticket_ids, (error.code, False))
    return {ticket_id: ("written" if ticket_id in there else "absent", True) for ticket_id in ticket_ids}


def _delete(conn: Connection, executions: list[Row], counts: dict[str, int]) -> None:
    if not executions:
        return
    if not kestra.is_configured():
        _settle(
            conn, executions, dict.fromkeys((row["ref"] for row in executions), ("kestra_not_set_up", False)), counts
        )
        return
    client, away = kestra.Client(settings.get()), ""
    for row in executions:
        found = (away, False)
        if not away:
            try:
                outcome = client.delete(row["ref"])
                found = (outcome, outcome != "running")
            except OpsflowsError as error:
                found = (error.code, False)
                away = error.code if isinstance(error, TransientError) else ""
        _settle(conn, [row], {row["ref"]: found}, counts)


def _settle(
    conn: Connection, rows: Iterable[Row], outcomes: dict[str, tuple[str, bool]], counts: dict[str, int]
) -> None:
    for row in rows:
        outcome, done = outcomes[row["ref"]]
        privacy.settle(conn, row, outcome, done=done)
        counts["done" if done else "left"] += 1


if __name__ == "__main__":
    task.main(Inputs, run)
