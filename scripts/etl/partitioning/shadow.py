"""The partitioned copy: made with a trigger that mirrors what is written meanwhile, filled block by block."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Final

from psycopg2 import sql

from etl import queries, tables
from kit import db
from kit.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Callable

    from etl.partitioning.looks import Look, Names
    from kit.db import Connection

_MARK: Final = "opsflows:partitioning "


@dataclass(frozen=True)
class State:
    """How far the copy is: `next_block` of `end_block` blocks that the table had when its mirror was made."""

    filenode: int
    next_block: int
    end_block: int

    @property
    def done(self) -> bool:
        """Whether every row is there."""
        return self.next_block >= self.end_block


def state(conn: Connection, names: Names) -> State | None:
    """How far the copy is; None when there is none.

    Raises:
        ConflictError: a table of that name is not ours (code `shadow_taken`).
    """
    row = queries.one(conn, "partitioning_state", shadow=names.quoted(conn, names.shadow))
    if not row or not row["there"]:
        return None
    if not (row["state"] or "").startswith(_MARK):
        raise ConflictError(
            f"There is a table {names.shadow} that is not ours.",
            code="shadow_taken",
            next_action="Rename it, and start again.",
        )
    return State(**json.loads(row["state"].removeprefix(_MARK)))


def make(conn: Connection, names: Names, look: Look, lock_ms: int) -> State:
    """Make the copy, with its months, and the mirror, or nothing of it.

    Readers go on; writers wait until this is done.

    Raises:
        DeadlineError: the lock did not come in time.
    """
    with db.transaction(conn):
        set_lock_timeout(conn, lock_ms)
        db.execute(conn, names.compose("partitioning_shadow"))
        tables.create_partitions(conn, names.schema, names.shadow, {*look.months, *tables.months(2)})
        db.execute(conn, names.compose("partitioning_mirror", look.columns))
        made = State(look.filenode, 0, look_again(conn, names))
        remember(conn, names, made)
    return made


def look_again(conn: Connection, names: Names) -> int:
    """The blocks of the table now that every further write is mirrored."""
    row = queries.one(conn, "partitioning_look", table=names.quoted(conn, names.table))
    return int(row["blocks"]) if row else 0


def fill(conn: Connection, names: Names, look: Look, begun: State, blocks: int, told: Callable[[State], None]) -> None:
    """Copy what is left, so many blocks a transaction."""
    current = begun
    if current.filenode != look.filenode:  # rewritten meanwhile (VACUUM FULL, CLUSTER): its rows lie elsewhere
        current = State(look.filenode, 0, look.blocks)
    copy = names.compose("partitioning_copy", look.columns)
    while not current.done:
        last = min(current.next_block + blocks, current.end_block)
        with db.transaction(conn):
            db.execute(conn, copy, {"first": f"({current.next_block},0)", "last": f"({last},0)"})
            current = replace(current, next_block=last)
            remember(conn, names, current)
        told(current)


def remember(conn: Connection, names: Names, current: State) -> None:
    """Write down how far the copy is, in the caller's transaction."""
    text = sql.Literal(_MARK + json.dumps(asdict(current)))
    db.execute(conn, names.compose("partitioning_remember", state=text))


def set_lock_timeout(conn: Connection, lock_ms: int) -> None:
    """Bound the waits for locks in this transaction."""
    db.execute(conn, "select set_config('lock_timeout', %s, true)", (str(lock_ms),))
