"""One worker's part of a load: it judges its chunks, and publishes them when the whole source is good enough.

A part runs in a process of its own or in the caller's; it keeps its own connection. Between the two phases it holds
only which lines of which chunk are left out.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import stamina
import stamina.instrumentation

from etl.load import publish, quarantine
from etl.load.duplicates import Block
from etl.load.publish import Chunk, Counts
from etl.load.rows import Checker, without
from kit import db
from kit.errors import OpsflowsError, TransientError, UnavailableError, UncertainError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from stamina.instrumentation import RetryDetails

    from etl.load.duplicates import Repeated
    from etl.load.job import Job, Plan
    from etl.load.rows import Checked
    from etl.load.source import Span
    from etl.load.target import Target
    from kit.db import Connection

# Held by every worker's connection: the next run begins when the last orphan of a killed one is gone.
LOCK_SHARED: Final = "select pg_advisory_lock_shared(hashtextextended(%s, 0))"
_LONGEST_WAIT_S: Final = 10.0


@dataclass(slots=True)
class Findings:
    """What judging a part gave; `checksums` and `blocks` are in the order of its chunks."""

    rows: int = 0
    bad: int = 0
    checksums: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    months: set[str] = field(default_factory=set)
    reasons: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Kept:
    """What is remembered of a judged chunk: its span, checksum, good rows, left-out lines, rows of several lines."""

    span: Span
    checksum: str
    rows: int
    dropped: Sequence[int]
    long: dict[int, int]


@dataclass
class Part:
    """A share of a load's chunks, and a folder for what does not fit into memory."""

    job: Job
    dsn: str | None
    folder: Path
    number: int
    spans: Sequence[Span] = ()
    alive: Callable[[], bool] = lambda: True
    _conn: Connection | None = None
    _kept: list[_Kept] = field(default_factory=list)

    def take(self, spans: Sequence[Span]) -> None:
        """Get the chunks that are this part's."""
        self.spans = spans

    def check(self, now: datetime, month_column: str | None) -> Findings:
        """Judge every chunk, and write the bad rows to the quarantine."""
        checker = Checker(self.job.contract, self.job.source.header, now, month_column=month_column)
        found, met = Findings(), 0
        path = self.folder / f"hashes-{self.number}"
        with path.open("wb") as hashes:
            for span in self.spans:
                self._require_parent()
                done = checker.check(self.job.source.read(span))
                hashes.write(done.hashes.tobytes())
                found.blocks.append(Block(span.number, path, met, len(done.hashes)))
                met += len(done.hashes)
                self._keep(span, done, found)
        return found

    def publish(self, target: Target, plan: Plan, repeated: dict[int, Repeated]) -> list[Counts]:
        """Publish the chunks without their repeated rows, which go to files by group."""
        done = []
        for kept in self._kept:
            self._require_parent()
            done.append(self.once(target, plan, self._chunk(kept, repeated.get(kept.span.number))))
        return done

    def once(self, target: Target, plan: Plan, chunk: Chunk) -> Counts:
        """Publish one chunk, again after what may pass; its checkpoint tells whether a lost commit happened."""
        for attempt in self._attempts():
            with attempt:
                return publish.publish(self._connection(), self.job, target, plan, chunk)
        raise AssertionError("an attempt returns or raises")

    def group(self, number: int) -> Path:
        """The file of the repeated rows of a group that lie in this part, in their order."""
        return self.folder / f"group-{number}-{self.number}"

    def close(self) -> None:
        """Close the connection."""
        if self._conn:
            self._conn.close()

    def _keep(self, span: Span, done: Checked, found: Findings) -> None:
        self._kept.append(_Kept(span, done.checksum, done.rows, done.dropped, done.long))
        found.rows += done.rows
        found.bad += len(done.bad)
        found.checksums.append(done.checksum)
        found.months |= done.months
        found.reasons.update(f"{bad.code}:{bad.field}" if bad.field else bad.code for bad in done.bad)
        if done.bad and not self.job.dry_run:
            for attempt in self._attempts():
                with attempt, db.transaction(self._connection()) as conn:
                    quarantine.write(conn, self.job, span.number, done.bad)

    def _chunk(self, kept: _Kept, repeated: Repeated | None) -> Chunk:
        data, dropped, rows = self.job.source.read(kept.span), kept.dropped, kept.rows
        if repeated is not None:
            dropped = array("i", [*dropped, *_lines_of(repeated.lines, kept.long)])
            rows -= len(repeated.lines)
        if dropped:
            lines = data.split(b"\n")
            if repeated is not None:
                self._set_aside(lines, kept.long, repeated)
            data = without(lines, dropped)
        return Chunk(kept.span.number, kept.checksum, data, rows, left_out=dropped)

    def _set_aside(self, lines: Sequence[bytes], long: dict[int, int], repeated: Repeated) -> None:
        """Add the repeated rows to the files of their groups."""
        groups: dict[int, list[bytes]] = {}
        for line, group in zip(repeated.lines, repeated.groups, strict=True):
            groups.setdefault(group, []).extend(lines[row] + b"\n" for row in _lines_of((line,), long))
        for group, rows in groups.items():
            with self.group(group).open("ab") as file:
                file.writelines(rows)

    def _connection(self) -> Connection:
        if self._conn is None or self._conn.closed:
            self._conn = db.connect(self.dsn, statement_s=self.job.statement_ms / 1000)
            db.execute(self._conn, LOCK_SHARED, (self.job.workers_lock,))
        return self._conn

    def _require_parent(self) -> None:
        if not self.alive():
            raise UnavailableError("The load that this worker belongs to is gone.", code="parent_gone")

    def _attempts(self) -> Iterable[stamina.Attempt]:
        return stamina.retry_context(
            on=(TransientError, UncertainError),
            attempts=self.job.retries + 1,
            timeout=None,
            wait_initial=self.job.retry_initial_ms / 1000,
            wait_max=_LONGEST_WAIT_S,
        )


def _lines_of(rows: Sequence[int], long: dict[int, int]) -> Iterator[int]:
    """All lines of rows that are named by their first."""
    for row in rows:
        yield from range(row, row + long.get(row, 1))


def _log_retry(details: RetryDetails) -> None:
    from kit import logging

    cause = details.caused_by
    code = cause.code if isinstance(cause, OpsflowsError) else type(cause).__name__
    logging.get(__name__).info("etl.load.retry", retry=details.retry_num, wait_s=round(details.wait_for, 3), code=code)


if "kit.http" not in sys.modules:  # it brings a hook of its own; either logs through the redaction
    stamina.instrumentation.set_on_retry_hooks((_log_retry,))
