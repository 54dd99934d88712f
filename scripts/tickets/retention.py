"""Task: what is older than the settings allow goes, in batches; with `dry_run` it is only counted."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from kit import dates, db, settings, task
from kit.db import Connection
from tickets import privacy

PARTS = ("notices", "statuses", "deliveries", "claims", "letters", "leads", "readings", "pictures")
BATCH = 1000
# A first run after years must not hold the table for hours: the next day goes on.
MOST_BATCHES = 100
REPORT = "retention.json"


class Inputs(task.TaskInputs):
    """Whether only to count."""

    dry_run: bool = True


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Delete events and forget pictures, each batch in a transaction of its own, under the lock of all such runs.

    Returns:
        `counts` by part; `events_before` and `pictures_before`, the moments before which everything goes, as the
        purges of Kestra's own data want them.
    """
    found = settings.get()
    now = dates.utcnow()
    limits = {
        "events": now - timedelta(days=found.event_retention_days),
        "pictures": now - timedelta(days=found.picture_retention_days),
    }
    with db.connect(statement_s=600) as conn, db.advisory_lock(conn, privacy.LOCK, wait_s=600):
        [due] = db.fetch_all(conn, privacy.sql("retention_counts"), limits)
        privacy.insert_run(conn, _run(ctx.execution_id, due if inputs.dry_run else {}, dry_run=inputs.dry_run))
        if not inputs.dry_run:
            for part in PARTS:
                _retain(conn, ctx.execution_id, part, limits)
        privacy.finish_run(conn, ctx.execution_id, {})
        counts = (privacy.run(conn, ctx.execution_id) or {})["counts"]
    for part, count in counts.items():
        ctx.counter("retention", count, part=part, dry_run=str(inputs.dry_run).lower())
    before = {f"{name}_before": dates.to_iso(moment) for name, moment in limits.items()}
    outputs = {"dry_run": inputs.dry_run, "counts": counts, **before}
    Path(REPORT).write_text(json.dumps(outputs, indent=2) + "\n", encoding="utf-8")
    return outputs


def _retain(conn: Connection, run_id: str, part: str, limits: Mapping[str, Any]) -> None:
    """The count commits with its batch, so that a run that was killed tells the truth, too."""
    for _ in range(MOST_BATCHES):
        with db.transaction(conn):
            batch = db.execute(conn, privacy.sql(f"retain_{part}"), {**limits, "most": BATCH})
            privacy.add_count(conn, run_id, part, batch)
        if batch < BATCH:
            return


def _run(run_id: str, due: dict[str, Any], *, dry_run: bool) -> dict[str, Any]:
    nothing: dict[str, Any] = {"reason": None, "stand_in": None, "kept": [], "by_hand": []}
    return {"run_id": run_id, "kind": "retention", "dry_run": dry_run, "counts": due, **nothing}


if __name__ == "__main__":
    task.main(Inputs, run)
