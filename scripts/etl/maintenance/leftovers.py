"""What dead runs left: copies of tables that etl_migration began and that nobody goes on with.

Postgres does not keep when a table was made. So it counts from when it was seen first in the state in which it still
is; a migration that goes on changes that state. The loader's own stages are temporary and go with their session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg2 import sql

from kit import db
from kit.errors import DeadlineError
from platform_tasks.upkeep import statements, sweep

if TYPE_CHECKING:
    from datetime import datetime

    from kit.db import Connection
    from platform_tasks.upkeep.book import Book

STEP: Final = "leftovers"
_SUFFIX: Final = "_partitioned"


def find(conn: Connection, cutoff: datetime) -> list[dict[str, Any]]:
    """The copies that are there; `is_dead` are those that stood still since the cutoff."""
    return statements.every(conn, "leftovers", cutoff=cutoff)


def clear(book: Book, cutoff: datetime) -> None:
    """Remember what is there, and drop what is dead; the table itself stays as it is, without the mirror."""
    if book.step(STEP).get("done"):
        return
    statements.run(book.conn, "leftovers_gone")
    for found in find(book.conn, cutoff):
        if found["is_dead"]:
            _drop(book, found)
        else:
            statements.run(book.conn, "leftovers_see", relation=found["relation"], note=found["note"])
    book.note(STEP, {**book.step(STEP), "done": True})


def _drop(book: Book, found: dict[str, Any]) -> None:
    base = found["name"].removesuffix(_SUFFIX)
    function = sql.Identifier(found["schema"], f"{found['name']}_mirror")
    table = sql.Identifier(found["schema"], found["name"])
    # etl_migration works under this lock: whoever holds it is not dead.
    with db.advisory_lock_if_free(book.conn, f"etl:partitioning:{found['schema']}.{base}") as free:
        if not free:
            return
        done = book.step(STEP)
        try:
            with db.transaction(book.conn):
                # First by itself, so that writers of the table never wait for the files of the copy.
                statements.execute(book.conn, "leftover_unmirror", base=sql.Identifier(found["schema"], base))
                statements.execute(book.conn, "leftover_drop", table=table, function=function)
                names = [*done.get("dropped", []), found["name"]]
                book.note(STEP, {"dropped": names, "bytes": done.get("bytes", 0) + found["bytes"]})
        except DeadlineError as error:
            if not sweep.waited_for_a_lock(error):
                raise
