"""A table that is partitioned by the time that its rule goes by: partitions past their time as a whole are dropped.

    mark (a comment) ─▶ detach beside readers ─▶ forget the keys of its events ─▶ drop

The mark says after a kill what the table is that nobody has any more. Rows are deleted of a partition that is past its
time in part, where only some of the rows may go, or where the partitions are those of another column.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from psycopg2 import sql

from etl.maintenance import keys
from kit import db
from kit.errors import DeadlineError, OpsflowsError
from platform_tasks.upkeep import statements, sweep

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from kit.db import Connection
    from platform_tasks.upkeep.book import Book
    from platform_tasks.upkeep.rules import Rule

_MARK: Final = "opsflows:expired from "
_PATIENCE_S: Final = 20.0
_PAUSES_S: Final = (0.05, 1.0)  # first and longest, between two tries for a lock


def retire(book: Book, rule: Rule, cutoff: datetime) -> None:
    """Let everything of a partitioned table go that is past its time."""
    left: list[str] = []
    _retire_parts(book, rule, cutoff, [])
    # Once more for what a reader of long standing hindered: while one waits for it, others cannot be detached beside
    # their readers.
    _retire_parts(book, rule, cutoff, left)
    for part in statements.every(book.conn, "partition_orphans", note=note(rule)):
        _drop(book, rule, part, cutoff, left)
    book.note(step(rule), {**book.step(step(rule)), "left": left, "done": True})


def _retire_parts(book: Book, rule: Rule, cutoff: datetime, left: list[str]) -> None:
    for part in find(book.conn, rule):
        whole = _is_past(rule, part, cutoff)
        if part["note"] == note(rule) and not whole:  # kept for longer since it was marked
            _patiently(partial(_comment, book, part, None))
        if whole or part["pending"]:
            if not _detach(book, rule, part):
                left.append(part["name"])
        elif part["since"] is None or part["since"] < cutoff:
            _retire_rows_of(book, rule, part, cutoff)


def _retire_rows_of(book: Book, rule: Rule, part: dict[str, Any], cutoff: datetime) -> None:
    walk = f"{rule.step}:{part['name']}"
    if rule.event_keys:
        keys.forget(book, rule, _identifier(part), cutoff, walk, rows_too=True)
    else:
        sweep.delete_from(book, rule, _identifier(part), cutoff, walk)


def retire_rows(book: Book, rule: Rule, cutoff: datetime) -> None:
    """The same for a table of events without partitions."""
    keys.forget(book, rule, rule.identifier, cutoff, rule.step, rows_too=True)


def find(conn: Connection, rule: Rule) -> list[dict[str, Any]]:
    """The partitions of a table, oldest first; none of a table without any."""
    return statements.every(conn, "partitions", table=rule.name(conn), time=rule.time)


def past(conn: Connection, rule: Rule, cutoff: datetime) -> list[dict[str, Any]]:
    """Those that are past their time as a whole."""
    return [part for part in find(conn, rule) if _is_past(rule, part, cutoff)]


def step(rule: Rule) -> str:
    """What the run's record calls the dropping of partitions."""
    return f"{rule.step}:partitions"


def note(rule: Rule) -> str:
    """The comment of a partition that is to be dropped."""
    return _MARK + rule.table


def _is_past(rule: Rule, part: dict[str, Any], cutoff: datetime) -> bool:
    """Whether all that a partition can hold may go."""
    return not rule.only and part["until"] is not None and part["until"] <= cutoff


def _detach(book: Book, rule: Rule, part: dict[str, Any]) -> bool:
    """Take a partition out of its table; False when somebody writes to it, or reads for too long."""
    names = {"table": rule.identifier, "partition": _identifier(part)}
    if not part["pending"]:
        if not _patiently(partial(_mark, book, rule, part)):
            return False
        _begin_detach(book, names)
    return _patiently(partial(_finalize, book, names))


def _mark(book: Book, rule: Rule, part: dict[str, Any]) -> None:
    with db.transaction(book.conn):
        statements.execute(book.conn, "partition_guard", partition=_identifier(part))
        _comment(book, part, note(rule))


def _begin_detach(book: Book, names: dict[str, Any]) -> None:
    """Beside readers where Postgres can; a table with a default partition is locked for a moment."""
    try:
        statements.execute(book.conn, "detach", **names)
    except DeadlineError:
        return  # begun, and waiting for those who read since before: _finalize ends it
    except OpsflowsError as error:
        if error.details.get("sqlstate") != "55000":
            raise
        _patiently(partial(statements.execute, book.conn, "detach_at_once", **names))


def _finalize(book: Book, names: dict[str, Any]) -> None:
    try:
        statements.execute(book.conn, "detach_finalize", **names)
    except OpsflowsError as error:
        if error.details.get("sqlstate") != "42P01":  # it is no partition any more
            raise


def _drop(book: Book, rule: Rule, part: dict[str, Any], cutoff: datetime, left: list[str]) -> None:
    rows = 0
    if rule.event_keys:  # they are counted with their keys
        walk = f"{rule.step}:{part['name']}:keys"
        keys.forget(book, rule, _identifier(part), cutoff, walk, rows_too=False)
    else:
        rows = sweep.count(book.conn, rule, cutoff, _identifier(part))

    def drop() -> None:
        with db.transaction(book.conn):
            statements.execute(book.conn, "drop", table=_identifier(part))
            done = book.step(step(rule))
            gone = {"bytes": done.get("bytes", 0) + part["bytes"], "rows": done.get("rows", 0) + rows}
            book.note(step(rule), {**done, **gone, "dropped": [*done.get("dropped", []), part["name"]]})

    if not _patiently(drop):
        left.append(part["name"])


def _comment(book: Book, part: dict[str, Any], text: str | None) -> None:
    statements.execute(book.conn, "note", table=_identifier(part), note=sql.Literal(text))


def _identifier(part: dict[str, Any]) -> sql.Identifier:
    return sql.Identifier(part["schema"], part["name"])


def _patiently(work: Callable[[], object]) -> bool:
    """Try until the lock comes; nobody waits behind us for longer than a try."""
    ends, pause = time.monotonic() + _PATIENCE_S, _PAUSES_S[0]
    while True:
        try:
            work()
        except DeadlineError as error:
            if not sweep.waited_for_a_lock(error):
                raise
            if time.monotonic() > ends:
                return False
            time.sleep(pause)
            pause = min(pause * 2, _PAUSES_S[1])
        else:
            return True
