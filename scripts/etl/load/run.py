"""A load from beginning to end.

    lock the window → judge everything, bad rows to the quarantine → gate → find duplicates → publish chunk by chunk

Judging and publishing are two passes over the source, so nothing is published before the last row was judged, and of
several rows with one key only the last event is published, whatever chunks they lie in. Run it again under the same
name after any crash: what has a checkpoint is left alone.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from etl import alone
from etl.load import book, duplicates, target
from etl.load.crew import Crew
from etl.load.job import Job, Report
from etl.load.part import Findings, Part
from etl.load.publish import Chunk, Counts
from kit import db
from kit.errors import ConflictError, RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from etl.load.contract import Contract
    from etl.load.duplicates import Duplicates
    from etl.load.job import Plan
    from etl.load.source import Source, Span
    from etl.load.target import Target
    from kit.db import Connection
    from kit.errors import UnavailableError

_MONTHS_AHEAD: Final = 2


def load(job: Job, dsn: str | None = None) -> Report:
    """Load a source into a table.

    Args:
        job: what, and where to.
        dsn: libpq DSN; default: the setting OPSFLOWS_PG_DSN.

    Raises:
        RefusedInputError: columns are missing or unknown (`columns_missing`, `columns_unknown`), or too many rows are
            bad (`too_many_bad_rows`): nothing was published.
        ConflictError: another run is at this window (`window_busy`), the run's name belongs to another load
            (`run_taken`), or the source changed since the run began (`source_changed`).
        ConfigurationError: the table is missing, or lacks a column.
        TransientError, UncertainError: run it again. `same_run`: an orphan of this run still loads; the next attempt
            reports what it did.
    """
    check_header(job.contract, job.source)
    with tempfile.TemporaryDirectory(prefix="etl-load-", ignore_cleanup_errors=True) as folder:
        crew = Crew([Part(job, dsn, Path(folder), number) for number in range(max(1, job.workers))])
        try:
            with db.connect(dsn) as conn, _window(conn, job):
                return _load(conn, job, crew)
        finally:
            crew.close()


def _load(conn: Connection, job: Job, crew: Crew[Part]) -> Report:
    table = target.describe(conn, job.schema, job.table, job.contract, job.source.header)
    table = replace(table, insert_only=job.insert_only)
    before = None if job.dry_run else book.begin(conn, job)
    if before and before["state"] == "done":
        return book.report(before, Counter(), 0)
    crew.run("take", [(spans,) for spans in _shares(job, crew.size)])
    now = before["started_at"] if before else datetime.now(UTC)
    findings = crew.run("check", [(now, table.partition_column)] * crew.size)
    total = _sum(findings)
    plan: Plan = "straight" if not table.discarded and target.is_empty(conn, table) else "diff"
    if job.dry_run:
        report = Report(job.run, "planned", plan, book.checksum_of(job, total), total.rows, total.bad)
        return replace(report, chunks=len(total.checksums), reasons=dict(total.reasons))
    book.gate(conn, job, total)
    if same := book.claimed(conn, job, before, total):
        return same
    plan = book.record(conn, job, total, "publishing", plan)["plan"]
    target.grow(conn, table, total.months | _ahead())
    found = duplicates.find(total.blocks)
    counts = _publish(crew, table, plan, found, len(total.checksums))
    values = {"load_id": job.run, "duplicate": found.rows - found.keys}
    row = db.fetch_one(conn, db.load_sql("etl/load_finish.sql"), values)
    return book.report(row or {}, total.reasons, sum(count.resumed for count in counts))


def check_header(contract: Contract, source: Source) -> None:
    """Refuse a source whose columns are not those of the contract.

    Raises:
        RefusedInputError: codes `columns_missing`, `columns_unknown`.
    """
    header, known = source.header, {column.name for column in contract.columns}
    missing, unknown = sorted(known - set(header)), [name for name in header if name not in known]
    if missing:
        also = f" It has {', '.join(unknown)}, which the contract does not know." if unknown else ""
        raise RefusedInputError(
            f"{source.name} lacks the columns {', '.join(missing)}.{also}",
            code="columns_missing",
            next_action="Correct the source; for a new name correct the contract.",
        )
    if (unknown and contract.unknown == "freeze") or len(set(header)) < len(header):
        raise RefusedInputError(
            f"{source.name} has columns that the contract does not know: {', '.join(unknown) or 'one twice'}.",
            code="columns_unknown",
            next_action="Add them to the contract, or let it discard or evolve.",
        )


def _shares(job: Job, size: int) -> list[list[Span]]:
    """Neighbouring chunks go to one worker, so that each fills its own stretch of the index."""
    spans = list(job.source.spans())
    cuts = [round(len(spans) * number / size) for number in range(size + 1)]
    return [spans[first:last] for first, last in pairwise(cuts)]


@contextmanager
def _window(conn: Connection, job: Job) -> Iterator[None]:
    """Hold the lock of the target's window, or refuse at once.

    A worker of a killed run may still be at its last chunk; it is waited for.
    """
    with db.advisory_lock_if_free(conn, job.window_lock) as mine:
        if not mine:
            raise _busy(conn, job)
        with db.advisory_lock(conn, job.workers_lock):
            pass
        yield


def _busy(conn: Connection, job: Job) -> ConflictError | UnavailableError:
    """Another run's window is no place to wait; an orphan of this very run, left by a killed engine, soon ends."""
    if book.at_work(conn, job):
        return alone.same_run(f"The run {job.run}")
    return ConflictError(
        f"Another run loads {job.target} ({job.window}).",
        code="window_busy",
        next_action="Wait for it; it does the same work.",
    )


def _sum(findings: Sequence[Findings]) -> Findings:
    total = Findings()
    for found in findings:
        total.rows += found.rows
        total.bad += found.bad
        total.checksums += found.checksums
        total.blocks += found.blocks
        total.months |= found.months
        total.reasons.update(found.reasons)
    return total


def _ahead() -> set[str]:
    """This month and those after it, so that no event of tomorrow waits for a partition."""
    first = datetime.now(UTC).replace(day=1)
    return {f"{first + timedelta(days=31 * months):%Y-%m}" for months in range(_MONTHS_AHEAD + 1)}


def _publish(crew: Crew[Part], table: Target, plan: Plan, found: Duplicates, chunks: int) -> list[Counts]:
    """Publish all chunks, then the groups of duplicates."""
    done: list[list[Counts]] = crew.run("publish", [(table, plan, found.chunks)] * crew.size)
    counts = [count for part in done for count in part]
    for number, rows in enumerate(found.groups):
        data = b"".join(path.read_bytes() for part in crew.parts if (path := part.group(number)).exists())
        chunk = Chunk(chunks + number, hashlib.sha256(data).hexdigest(), data, rows, latest=True)
        counts.append(crew.first.once(table, plan, chunk))
    return counts
