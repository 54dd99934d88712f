"""Tables that rows are loaded into: those of events, and any that a contract describes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Final

from psycopg2 import sql
from pydantic import Field

from etl import queries
from etl.load.target import statement
from kit import db
from kit.errors import ConfigurationError, ConflictError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from etl.load.contract import Column, Contract
    from kit.db import Connection

# Partitions and indexes add up to twenty characters to a table's name; Postgres cuts at 63.
TableName = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,39}$")]
SchemaName = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,39}$")]
PARTITIONED: Final = "p"


def kind(conn: Connection, schema: str, table: str) -> str | None:
    """`r` for a plain table, `p` for a partitioned one, another letter for what is no table; None: nothing there."""
    row = queries.one(conn, "table_kind", table=sql.Identifier(schema, table).as_string(conn))
    return str(row["kind"]) if row else None


def require_functions(conn: Connection) -> None:
    """Refuse a database without the functions that make tables.

    Raises:
        ConfigurationError: code `migrations_missing`.
    """
    row = queries.one(conn, "setup_functions")
    if not row or not row["there"]:
        raise ConfigurationError(
            "The database lacks the functions of the ETL flows.",
            code="migrations_missing",
            next_action="Run the flow schema_migrate, or make up.",
        )


def create_events(conn: Connection, schema: str, table: str) -> None:
    """Make a table of events, partitioned by month, with its indexes; one that is there gets what it lacks.

    Raises:
        ConflictError: there is one without partitions (code `not_partitioned`).
    """
    if kind(conn, schema, table) not in (None, PARTITIONED):
        raise ConflictError(
            f"{schema}.{table} has no partitions.", code="not_partitioned", next_action="Run the flow etl_migration."
        )
    db.execute(conn, statement("setup_schema", schema=sql.Identifier(schema)))
    queries.one(conn, "setup_events", schema=schema, table=table)


def create_audit(conn: Connection, schema: str, table: str) -> None:
    """Make a table of audit entries."""
    db.execute(conn, statement("setup_schema", schema=sql.Identifier(schema)))
    queries.one(conn, "setup_audit", schema=schema, table=table)


def create_partitions(conn: Connection, schema: str, table: str, months: Iterable[date]) -> list[str]:
    """Make the partitions of months that are missing; returns their names, without months that another one covers."""
    found = [queries.one(conn, "setup_partition", schema=schema, table=table, month=month) for month in months]
    return [row["name"] for row in found if row and row["name"]]


def months(ahead: int, today: date | None = None) -> list[date]:
    """The first days of this month (UTC) and of those after it."""
    first = (today or datetime.now(UTC).date()).replace(day=1)
    return [
        date(first.year + (first.month - 1 + number) // 12, (first.month - 1 + number) % 12 + 1, 1)
        for number in range(ahead + 1)
    ]


def create_from(conn: Connection, contract: Contract, schema: str, table: str) -> None:
    """Make the plain table that a contract describes, with its key."""
    db.execute(conn, statement("setup_schema", schema=sql.Identifier(schema)))
    columns = sql.SQL(", ").join(_column(column) for column in contract.columns)
    key = sql.SQL(", ").join(sql.Identifier(name) for name in contract.key)
    db.execute(conn, statement("setup_dataset", table=sql.Identifier(schema, table), columns=columns, key=key))


def _column(column: Column) -> sql.Composed:
    kind = f"numeric({column.precision}, {column.scale})" if column.type == "numeric" else column.type
    rule = "" if column.nullable else " not null"
    # The type is one of the contract's own words, its digits are numbers.
    return sql.SQL("{} " + kind + rule).format(sql.Identifier(column.name))
