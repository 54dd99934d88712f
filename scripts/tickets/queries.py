"""Statements of namespace_files/sql/queries/tickets by their names, with values by theirs."""

from typing import Any

from kit import db
from kit.db import Connection

Row = dict[str, Any]


def run(conn: Connection, query: str, **values: Any) -> int:
    """Run a statement and return the number of rows it touched."""
    return db.execute(conn, _sql(query), values)


def one(conn: Connection, query: str, **values: Any) -> Row | None:
    """Run a statement and return its first row, or None."""
    return db.fetch_one(conn, _sql(query), values)


def every(conn: Connection, query: str, **values: Any) -> list[Row]:
    """Run a statement and return its rows."""
    return db.fetch_all(conn, _sql(query), values)


def _sql(query: str) -> str:
    return db.load_sql(f"tickets/{query}.sql")
