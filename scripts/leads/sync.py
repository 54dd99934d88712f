"""Task: make leads and HubSpot's contacts equal, in both directions.

One run at a time. A run that was killed or stopped is gone on with by the next one, where it stood.
"""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adapters import hubspot
from kit import dates, db, settings, task
from leads import mapping, sync_log, sync_person, sync_pull, sync_push, sync_runs, sync_store
from leads.sync_contacts import Contacts
from leads.sync_pull import Work

if TYPE_CHECKING:
    from kit.db import Connection
    from leads.sync_runs import Run

PLAN = "plan.csv"
ALREADY_RUNNING = {"code": "already_running", "message": "Another sync is at work. Nothing needs to be done."}


class Inputs(task.TaskInputs):
    """`full`: read every contact, not only those that changed. `dry_run`: write the plan, and nothing else."""

    full: bool = False
    dry_run: bool = False


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Sync once.

    Returns:
        `mode` (`changes` or `full`), `counts` by action, `calls` to HubSpot by kind, `watermark`; the outcome
        `already_running` when another run has the lock.
    """
    with db.connect() as conn:
        if not sync_store.lock(conn):
            return {"outcome": ALREADY_RUNNING, "counts": {}, "calls": {}}
        with Path(PLAN).open("w", encoding="utf-8", newline="") if inputs.dry_run else nullcontext() as plan:
            return work_through(inputs, ctx, conn, sync_log.Journal(plan))


def work_through(inputs: Inputs, ctx: task.Context, conn: Connection, journal: sync_log.Journal) -> dict[str, Any]:
    """One run from where it stands to its end."""
    config, property_map = settings.get(), mapping.load()
    contacts = Contacts(hubspot.Client(config), sync_person.read_properties(property_map))
    mode: sync_runs.Mode = "full" if inputs.full else "changes"
    found = sync_runs.take_up(conn, mode, dates.utcnow(), ctx.execution_id, keep=not inputs.dry_run)
    work = Work(
        conn,
        contacts,
        property_map,
        journal,
        ctx.execution_id,
        inputs.dry_run,
        found.run_id if found.mode == "full" else None,
        config.sync_overlap_s,
    )
    journal.counts.update(found.counts)
    done = _phases(work, found)
    if not inputs.dry_run:
        sync_runs.move(conn, done, journal.counts)
        sync_store.forget(conn, config.event_retention_days)
    _measure(ctx, work)
    counts, calls = dict(journal.counts), dict(contacts.calls)
    return {"mode": done.mode, "counts": counts, "calls": calls, "watermark": dates.to_iso(done.until)}


def _phases(work: Work, run: Run) -> Run:
    run = sync_pull.pull(work, run)
    run = sync_pull.gone(work, run)
    return sync_push.push(work, run) if run.phase == "push" else run


def _measure(ctx: task.Context, work: Work) -> None:
    for action, count in work.journal.counts.items():
        ctx.counter("sync_rows", count, action=action)
    ctx.counter("sync_calls", work.contacts.calls.total())


if __name__ == "__main__":
    task.main(Inputs, run)
