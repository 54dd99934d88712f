"""Statements of one domain, namespace_files/sql/queries/<domain>, by their names, with values by theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit import db

if TYPE_CHECKING:
    from kit.db import Connection

Row = dict[str, Any]


class Queries:
    """The statements of a domain.

    Args:
        domain: the folder's name, such as `tickets`.
    """

    def __init__(self, domain: str) -> None:
        """Remember the folder; files are read when they are run."""
        self._domain = domain

    def run(self, conn: Connection, query: str, **values: Any) -> int:
        """Run a statement and return the number of rows it touched."""
        return db.execute(conn, self._sql(query), values)

    def one(self, conn: Connection, query: str, **values: Any) -> Row | None:
        """Run a statement and return its first row, or None."""
        return db.fetch_one(conn, self._sql(query), values)

    def every(self, conn: Connection, query: str, **values: Any) -> list[Row]:
        """Run a statement and return its rows."""
        return db.fetch_all(conn, self._sql(query), values)

    def _sql(self, query: str) -> str:
        return db.load_sql(f"{self._domain}/{query}.sql")
