"""The copy takes the table's place, in one transaction and only when both hold the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg2 import sql

from etl import queries
from etl.load.target import statement
from etl.partitioning import shadow
from kit import db
from kit.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from etl.partitioning.looks import Names
    from kit.db import Connection


def swap(conn: Connection, names: Names, columns: Sequence[str], lock_ms: int) -> int:
    """Compare, then rename both; returns the number of rows.

    While they are compared writers wait and readers go on; readers wait for the renaming alone, and for at most
    `lock_ms` before it.

    Raises:
        UnavailableError: the rows differ (code `rows_differ`): nothing was renamed.
        DeadlineError: the lock did not come in time; nothing was changed.
    """
    with db.transaction(conn):
        shadow.set_lock_timeout(conn, lock_ms)
        db.execute(conn, names.compose("partitioning_lock", mode=sql.SQL("share row exclusive")))
        rows = _compare(conn, names, columns)
        # The keys of its events are made while readers still go on; see 0028_etl_event_keys.sql.
        queries.one(conn, "setup_indexes", schema=names.schema, table=names.shadow)
        db.execute(conn, names.compose("partitioning_lock", mode=sql.SQL("access exclusive")))
        grants = queries.every(conn, "partitioning_grants", table=names.quoted(conn, names.table))
        db.execute(conn, names.compose("partitioning_unmirror"))
        _rename(conn, names, names.table, names.old)
        _rename(conn, names, names.shadow, names.table)
        for grant in grants:
            db.execute(conn, _grant(names, grant))
        queries.one(conn, "setup_indexes", schema=names.schema, table=names.table)
    return rows


def _compare(conn: Connection, names: Names, columns: Sequence[str]) -> int:
    old, new = (
        db.fetch_one(conn, names.compose("partitioning_compare", columns, table=sql.Identifier(names.schema, table)))
        or {}
        for table in (names.table, names.shadow)
    )
    if old != new:
        raise UnavailableError(
            f"{names.schema}.{names.table} has {old['rows']} rows, its copy {new['rows']}, or they differ.",
            code="rows_differ",
            next_action=f"Nothing was renamed. Drop {names.shadow} and the trigger etl_mirror, and start again.",
        )
    return int(old["rows"])


def _rename(conn: Connection, names: Names, before: str, after: str) -> None:
    """Rename a table, and its partitions and indexes whose names begin with its own."""
    parts = queries.every(conn, "partitioning_renames", table=names.quoted(conn, before))
    for part in (*parts, {"name": before, "kind": "r"}):
        if part["name"] == before or part["name"].startswith(before + "_"):
            kind = "index" if part["kind"] in ("i", "I") else "table"
            new = after + part["name"].removeprefix(before)
            db.execute(
                conn,
                statement(
                    "rename",
                    kind=sql.SQL(kind),
                    before=sql.Identifier(names.schema, part["name"]),
                    after=sql.Identifier(new),
                ),
            )


def _grant(names: Names, grant: dict[str, str]) -> sql.Composed:
    # Role and privilege come from the catalogue, the role quoted by Postgres.
    return statement(
        "grant",
        privilege=sql.SQL(grant["privilege"]),
        table=sql.Identifier(names.schema, names.table),
        role=sql.SQL(grant["grantee"]),
        option=sql.SQL("with grant option" if grant["grantable"] else ""),
    )
