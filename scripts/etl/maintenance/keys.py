"""Events that go, with their keys.

A load takes an event's key before it touches the event (0028_etl_event_keys.sql), and so does this: a key that a load
holds is left to it, and whoever comes while we hold one waits for one small transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg2 import sql

from kit import db
from platform_tasks.upkeep import statements, sweep

if TYPE_CHECKING:
    from datetime import datetime

    from platform_tasks.upkeep.book import Book
    from platform_tasks.upkeep.rules import Rule


def forget(book: Book, rule: Rule, part: sql.Identifier, cutoff: datetime, step: str, *, rows_too: bool) -> None:
    """Walk through a partition, or a table without any: forget the keys of events past their time.

    Args:
        book: the open run.
        rule: of the table of events.
        part: the partition.
        cutoff: what is older goes.
        step: what the run's record calls this walk.
        rows_too: delete the events as well; not when the whole partition is dropped afterwards.
    """
    conn = book.conn
    names = {"table": part, "time": sql.Identifier(rule.time), "only": sql.SQL("")}
    events = rule.name(conn)

    def work(first: str, last: str) -> int:
        place = {"first": first, "last": last, "cutoff": cutoff}
        ids = [row["event_id"] for row in db.fetch_all(conn, statements.composed("event_window", **names), place)]
        if not ids:
            return 0
        locked = [row["hash"] for row in statements.every(conn, "keys_lock", events=events, ids=ids)]
        rows = statements.execute(conn, "delete_window", place, **names) if rows_too else len(ids)
        gone = {"events": events, "hashes": locked, "ids": ids}
        statements.execute(conn, "keys_forget", gone, events=rule.identifier)
        return rows

    sweep.walk(book, step, part.as_string(conn), work)
