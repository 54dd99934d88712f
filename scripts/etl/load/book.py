"""The book of loads: what is recorded of a run, and what the records decide: whether it may begin, go on, be done."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from etl.load.job import Report
from kit import db
from kit.errors import ConflictError, RefusedInputError

if TYPE_CHECKING:
    from collections import Counter

    from etl.load.job import Job, Plan
    from etl.load.part import Findings
    from kit.db import Connection, Row


def begin(conn: Connection, job: Job) -> Row:
    """Enter the run, or take it up again; the row that is returned is of the time before judging.

    Raises:
        ConflictError: the name belongs to a load of another target, window or dataset (code `run_taken`).
    """
    values: dict[str, Any] = {"load_id": job.run, "dataset": job.contract.dataset, "target": job.target}
    values |= {"window": job.window, "source": job.source.name, "header": job.source.header}
    row = db.fetch_one(conn, db.load_sql("etl/load_begin.sql"), values)
    if row is None:
        raise ConflictError(
            f"The run {job.run} was another load.", code="run_taken", next_action="Give the run a name of its own."
        )
    if job.allow_overwrite:
        return db.fetch_one(conn, db.load_sql("etl/load_forget.sql"), values) or row
    if row["state"] != "done":
        db.execute(conn, db.load_sql("etl/quarantine_clear.sql"), values)
    return row


def at_work(conn: Connection, job: Job) -> bool:
    """Whether the book has this very run at work in the window."""
    values = {"load_id": job.run, "target": job.target, "window": job.window}
    return db.fetch_one(conn, db.load_sql("etl/load_at_work.sql"), values) is not None


def checksum_of(job: Job, found: Findings) -> str:
    """Of the source and its contract: what is judged differently is another load."""
    return hashlib.sha256("".join([*found.checksums, job.contract.model_dump_json()]).encode()).hexdigest()


def gate(conn: Connection, job: Job, found: Findings) -> None:
    """Refuse a source of which too much is bad, before anything of it is published."""
    if found.bad <= job.bad_rate * (found.rows + found.bad):
        return
    record(conn, job, found, "refused", None)
    worst = ", ".join(f"{reason} {count}" for reason, count in found.reasons.most_common(3))
    raise RefusedInputError(
        f"{found.bad} of {found.rows + found.bad} rows of {job.source.name} are bad ({worst}).",
        code="too_many_bad_rows",
        next_action=f"Nothing was published; see etl_quarantine for the run {job.run}.",
        details={"rows": found.rows, "bad": found.bad, "reasons": dict(found.reasons)},
    )


def record(conn: Connection, job: Job, found: Findings, state: str, plan: Plan | None) -> Row:
    """Record what judging found; the row that is returned has the plan, which a run keeps once it has one."""
    checksum = None if state == "refused" else checksum_of(job, found)
    values: dict[str, Any] = {"load_id": job.run, "state": state, "plan": plan, "checksum": checksum}
    values |= {"chunks": len(found.checksums), "rows": found.rows, "bad": found.bad}
    return db.fetch_one(conn, db.load_sql("etl/load_checked.sql"), values) or {}


def claimed(conn: Connection, job: Job, before: Row | None, found: Findings) -> Report | None:
    """The report of a load that is not to be done: another run did it a short time ago."""
    checksum = checksum_of(job, found)
    if before and before["source_checksum"] not in (None, checksum):
        raise ConflictError(
            f"{job.source.name}, or its contract, is not what the run {job.run} began with.",
            code="source_changed",
            next_action="Start a new run, or allow overwriting: then it starts over.",
        )
    values = {"load_id": job.run, "target": job.target, "window": job.window, "checksum": checksum}
    same = db.fetch_one(conn, db.load_sql("etl/load_same.sql"), values | {"ttl_minutes": job.ttl_minutes})
    if same is None or job.allow_overwrite:
        return None
    record(conn, job, found, "skipped", None)
    return Report(job.run, "skipped", None, checksum, found.rows, found.bad, same_as=same["load_id"])


def report(row: Row, reasons: Counter[str], resumed: int) -> Report:
    """The report of a load that is done, from its row."""
    return Report(
        row["load_id"],
        "done",
        row["plan"],
        row["source_checksum"],
        row["rows_read"],
        row["rows_bad"],
        row["rows_duplicate"],
        row["rows_inserted"],
        row["rows_updated"],
        row["chunks"],
        resumed,
        dict(reasons),
    )
