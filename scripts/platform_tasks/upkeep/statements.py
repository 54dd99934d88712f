"""Statements of namespace_files/sql/queries/upkeep, with values and with identifiers filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg2 import sql

from kit import db, queries

if TYPE_CHECKING:
    from kit.db import Connection

_upkeep = queries.Queries("upkeep")
run, one, every = _upkeep.run, _upkeep.one, _upkeep.every


def composed(name: str, **parts: sql.Composable) -> sql.Composed:
    """A statement with identifiers filled in."""
    return sql.SQL(db.load_sql(f"upkeep/{name}.sql")).format(**parts)


def execute(conn: Connection, name: str, values: dict[str, Any] | None = None, **parts: sql.Composable) -> int:
    """Run such a statement and return the number of rows it touched."""
    return db.execute(conn, composed(name, **parts), values)
