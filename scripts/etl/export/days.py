"""The days of a table in one snapshot: a fingerprint of each, and its rows as CSV."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg2 import sql

from etl import queries
from etl.load.target import statement
from kit import db
from kit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from etl.load.contract import Contract
    from kit.db import Connection


class Day(NamedTuple):
    """A day that has rows."""

    day: date
    rows: int
    fingerprint: str


@dataclass(frozen=True)
class Table:
    """A table that is exported: its columns with Postgres' types, its key, and the time that days go by."""

    schema: str
    name: str
    columns: dict[str, str]
    key: tuple[str, ...]
    at: str

    @property
    def full_name(self) -> str:
        """Schema and table."""
        return f"{self.schema}.{self.name}"

    @property
    def identifier(self) -> sql.Identifier:
        """The same, quoted."""
        return sql.Identifier(self.schema, self.name)


def describe(conn: Connection, schema: str, table: str, contract: Contract) -> Table:
    """Look a table up.

    Raises:
        ConfigurationError: it is not there (`table_missing`), lacks the contract's key or time
            (`table_column_missing`), or the contract names no time (`no_event_time`).
    """
    if contract.version is None or contract.column(contract.version).type != "timestamptz":
        raise ConfigurationError(
            f"{contract.dataset} has no event time, which days would go by.",
            code="no_event_time",
            next_action="Name a timestamptz as the contract's version.",
        )
    found = queries.every(conn, "target_columns", target=sql.Identifier(schema, table).as_string(conn))
    columns = {row["name"]: row["type"] for row in found}
    if not columns:
        raise ConfigurationError(f"There is no table {schema}.{table}.", code="table_missing")
    if lacking := [name for name in (*contract.key, contract.version) if name not in columns]:
        raise ConfigurationError(f"{schema}.{table} lacks {', '.join(lacking)}.", code="table_column_missing")
    return Table(schema, table, columns, contract.key, contract.version)


@contextmanager
def snapshot(conn: Connection) -> Iterator[None]:
    """See the table as it is at one moment, however long it takes; whoever writes is not kept waiting."""
    with db.transaction(conn):
        db.execute(conn, "set transaction isolation level repeatable read, read only")
        yield


def of(conn: Connection, table: Table, since: datetime | None, until: datetime | None) -> list[Day]:
    """The days of a range that have rows, in order."""
    asked = statement("export_days", at=sql.Identifier("t", table.at), table=table.identifier)
    rows = db.fetch_all(conn, asked, {"since": since, "until": until})
    return [Day(row["day"], row["rows"], row["fingerprint"]) for row in rows]


def copy(conn: Connection, table: Table, day: date, file: BinaryIO) -> None:
    """Write the rows of a day as CSV without a header, in the order of their key."""
    since = datetime(day.year, day.month, day.day, tzinfo=UTC)
    asked = statement(
        "export_copy",
        columns=sql.SQL(", ").join(_value(name, kind) for name, kind in table.columns.items()),
        table=table.identifier,
        at=sql.Identifier(table.at),
        since=sql.Literal(since),
        until=sql.Literal(since + timedelta(days=1)),
        key=sql.SQL(", ").join(map(sql.Identifier, table.key)),
    )
    with db.errors_mapped(), conn.cursor() as cursor:
        cursor.copy_expert(asked, file)


def _value(name: str, kind: str) -> sql.Composable:
    """A column in the spelling that the Parquet writer reads."""
    column: Any = sql.Identifier(name)
    if kind.startswith("timestamp"):
        zone = sql.SQL(" at time zone 'UTC'" if kind.endswith("with time zone") else "")
        mask = """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'""" if zone.string else """'YYYY-MM-DD"T"HH24:MI:SS.US'"""
        return sql.SQL("to_char({}{}, {})").format(column, zone, sql.SQL(mask))
    if re.match(r"(boolean|bigint|integer|smallint|numeric|double|real|date)\b", kind):
        return sql.SQL("{}").format(column)
    return sql.SQL("{}::text").format(column)
