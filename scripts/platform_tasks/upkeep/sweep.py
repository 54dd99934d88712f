"""Rows that are past their time, deleted stretch by stretch of the table's file.

A stretch is a range of blocks, so no index is needed, no row is looked at twice, and how far a run is fits into one
number. Each stretch is one transaction, kept near half a second by its size. A lock is waited for only as long as
nobody would notice; a stretch that somebody works in is left for the next run.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg2 import sql

from kit import db
from kit.errors import DeadlineError, UnavailableError
from platform_tasks.upkeep import statements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from kit.db import Connection
    from platform_tasks.upkeep.book import Book
    from platform_tasks.upkeep.rules import Rule

    # Deletes in a stretch, first and last as Postgres writes places; returns the rows that went.
    Work = Callable[[str, str], int]

LOCK_MS: Final = 50
_FIRST, _MOST = 16, 8192  # blocks of a stretch
_SLOW_S, _FAST_S = 0.5, 0.2
_TRIES, _PAUSE_S = 4, 0.2


@dataclass(frozen=True)
class Extent:
    """A table's size: `kind` p for a partitioned one, whose blocks are those of its partitions."""

    kind: str
    filenode: int | None
    blocks: int
    bytes: int
    rows: int


def extent(conn: Connection, name: str) -> Extent | None:
    """How large a table is; None when there is none. `name` is quoted already."""
    found = statements.one(conn, "extent", table=name)
    return Extent(**found) if found else None


def bound_waits(conn: Connection) -> None:
    """Let no statement of this session wait for a lock for longer than a reader would notice."""
    db.execute(conn, "select set_config('lock_timeout', %s, false)", (f"{LOCK_MS}ms",))


def count(conn: Connection, rule: Rule, cutoff: datetime, table: sql.Identifier | None = None) -> int:
    """How many rows would go, of the whole table or of one partition."""
    parts = {"table": table or rule.identifier, "time": sql.Identifier(rule.time), "only": rule.condition()}
    found = db.fetch_one(conn, statements.composed("count_due", **parts), {"cutoff": cutoff})
    return int(found["rows"]) if found else 0


def delete(book: Book, rule: Rule, cutoff: datetime) -> None:
    """Delete what is past its time of a table without partitions."""
    delete_from(book, rule, rule.identifier, cutoff, rule.step)


def delete_from(book: Book, rule: Rule, table: sql.Identifier, cutoff: datetime, step: str) -> None:
    """The same of one partition; `step` is what the run's record calls this walk."""
    parts = {"table": table, "time": sql.Identifier(rule.time), "only": rule.condition()}

    def work(first: str, last: str) -> int:
        return statements.execute(book.conn, "delete_window", {"first": first, "last": last, "cutoff": cutoff}, **parts)

    walk(book, step, table.as_string(book.conn), work)


def walk(book: Book, step: str, table: str, work: Work) -> None:
    """Do the work in each stretch of a table, and write down how far it is in the same transaction."""
    found = extent(book.conn, table)
    done = book.step(step)
    if found is None or done.get("done"):
        return
    if done.get("filenode") != found.filenode:  # never begun, or rewritten meanwhile: its rows lie elsewhere
        done |= {"filenode": found.filenode, "next": 0, "end": found.blocks, "rows": done.get("rows", 0)}
    for first, last in _stretches(done):
        _stretch(book, step, done, work, (first, last))
    done["done"] = True
    book.note(step, done)


def _stretches(done: dict[str, Any]) -> Iterator[tuple[int, int]]:
    size = _FIRST
    while done["next"] < done["end"]:
        began = time.monotonic()
        yield done["next"], min(done["next"] + size, done["end"])
        took = time.monotonic() - began
        size = max(1, size // 2) if took > _SLOW_S else min(size * 2, _MOST) if took < _FAST_S else size


def _stretch(book: Book, step: str, done: dict[str, Any], work: Work, blocks: tuple[int, int]) -> None:
    first, last = (f"({block},0)" for block in blocks)
    before = dict(done)
    for tried in range(_TRIES):
        began = time.monotonic()
        done |= before
        try:
            with db.transaction(book.conn):
                done["rows"] += work(first, last)
                done["next"] = blocks[1]
                book.note(step, done)
        except (DeadlineError, UnavailableError) as error:
            if not waited_for_a_lock(error):
                raise
            time.sleep(_PAUSE_S * tried)
            continue
        done["slowest_ms"] = max(done.get("slowest_ms", 0), round((time.monotonic() - began) * 1000))
        return
    done |= before | {"next": blocks[1], "left": done.get("left", 0) + 1}
    book.note(step, done)


def waited_for_a_lock(error: Exception) -> bool:
    """Whether an error says that somebody else has what we want: a lock timeout, or a deadlock that we gave way in."""
    return getattr(error, "details", {}).get("sqlstate") in ("55P03", "40P01")
