"""Publishing one chunk: the rows, what Postgres alone could refuse, and the checkpoint, in one transaction.

The plan `straight` copies into the table under a savepoint; when a row with one of the keys is there after all, the
chunk goes the other way: `diff` copies into a stage and writes only what is new or changed.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import psycopg2
from psycopg2 import errors

from etl.load import quarantine, refusals
from kit import db
from kit.errors import ConflictError, InvalidRequestError, OpsflowsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg2.sql import Composed

    from etl.load.job import Job, Plan
    from etl.load.rows import Bad
    from etl.load.target import Target
    from kit.db import Connection

_BLOCK: Final = 1 << 18


class Counts(NamedTuple):
    """Rows that a chunk brought; `resumed`: an earlier attempt had published it."""

    rows: int
    inserted: int
    updated: int
    resumed: bool = False


@dataclass(slots=True)
class Chunk:
    """Rows to publish.

    Attributes:
        number: of the chunk; groups of duplicates are numbered behind the source's chunks.
        checksum: of the content that it was made from.
        data: the rows.
        latest: rows may share a key; the latest event is to be chosen.
        left_out: the lines of the source's chunk that are not in `data`.
        refused: rows that Postgres refused.
    """

    number: int
    checksum: str
    data: bytes
    rows: int
    latest: bool = False
    left_out: Sequence[int] = ()
    refused: list[Bad] = field(default_factory=list)


def publish(conn: Connection, job: Job, target: Target, plan: Plan, chunk: Chunk) -> Counts:
    """Publish a chunk unless its checkpoint is there.

    Raises:
        ConflictError: the checkpoint is of other content (`source_changed`).
        RefusedInputError: Postgres refuses more than a hundred of its rows (`too_many_refused`).
        ConflictError: a row breaks a rule of the table that names no row.
        TransientError, UncertainError: try again; nothing is published twice.
    """
    while True:
        try:
            with db.transaction(conn):
                if (before := _checkpoint(conn, job, chunk)) is not None:
                    return before
                quarantine.write(conn, job, chunk.number, chunk.refused)
                counts = _rows(conn, target, plan, chunk)
                values = {"checksum": chunk.checksum, "rows": counts.rows}
                values |= {"inserted": counts.inserted, "updated": counts.updated}
                db.execute(conn, db.load_sql("etl/chunk_checkpoint.sql"), _key(job, chunk) | values)
                return counts
        except (OpsflowsError, psycopg2.Error, refusals.NotUniqueError) as error:
            if not refusals.leave_out(chunk, error):
                raise


def _key(job: Job, chunk: Chunk) -> dict[str, str | int]:
    return {"load_id": job.run, "chunk": chunk.number}


def _checkpoint(conn: Connection, job: Job, chunk: Chunk) -> Counts | None:
    """What an earlier attempt published; an orphan of it that is still at this chunk is waited for."""
    db.execute(conn, db.load_sql("etl/chunk_lock.sql"), _key(job, chunk))
    done = db.fetch_one(conn, db.load_sql("etl/chunk_done.sql"), _key(job, chunk))
    if done is None:
        return None
    if done["checksum"] != chunk.checksum:
        raise ConflictError(
            f"Chunk {chunk.number} of {job.source.name} is not what the run {job.run} published before.",
            code="source_changed",
            next_action="Start a new run, or allow overwriting.",
        )
    return Counts(0, 0, 0, resumed=True)


def _rows(conn: Connection, target: Target, plan: Plan, chunk: Chunk) -> Counts:
    if plan == "straight" and not chunk.latest:
        db.execute(conn, "savepoint straight")
        try:
            _copy(conn, target.copy, chunk.data)
        except errors.UniqueViolation:
            db.execute(conn, "rollback to savepoint straight")
        else:
            return Counts(chunk.rows, chunk.rows, 0)
    return _diff(conn, target, chunk, latest=chunk.latest)


def _diff(conn: Connection, target: Target, chunk: Chunk, *, latest: bool) -> Counts:
    db.execute(conn, target.create_stage)
    # One look-up a row by the key's index beats a scan of a large table; the stage has no statistics to say so.
    db.execute(conn, "set local enable_hashjoin = off; set local enable_mergejoin = off")
    _copy(conn, target.copy_to_stage, chunk.data)
    try:
        row = _write_diff(conn, target, latest=latest)
    except InvalidRequestError as error:
        # Two spellings of one key within the chunk: rare enough to be found out by Postgres.
        if latest or error.details.get("sqlstate") != "21000":
            raise
        row = _write_diff(conn, target, latest=True)
    except ConflictError as error:
        if not_unique := refusals.not_unique(conn, target, error):
            raise not_unique from error
        raise
    return Counts(chunk.rows, row["inserted"], row["updated"])


def _write_diff(conn: Connection, target: Target, *, latest: bool) -> db.Row:
    with db.transaction(conn):  # a savepoint
        row = db.fetch_one(conn, target.diff(latest=latest))
    if row is None:
        raise AssertionError("an aggregate returns a row")
    return row


def _copy(conn: Connection, statement: Composed, data: bytes) -> None:
    """COPY, with psycopg2's own errors: their context has the line."""
    with conn.cursor() as cursor:
        cursor.copy_expert(statement, io.BytesIO(data), size=_BLOCK)
