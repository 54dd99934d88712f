"""What the table is, and whether it can be partitioned without losing anything of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg2 import sql

from etl import queries
from etl.load.target import statement
from kit import db
from kit.errors import ConfigurationError, ConflictError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from kit.db import Connection

_OLD: Final = "_unpartitioned"
_SHADOW: Final = "_partitioned"
# What is found: why a copy would lose it.
_LOST: Final = {
    "foreign_keys": "it has foreign keys",
    "triggers": "it has triggers",
    "policies": "it has policies of row security",
    "views": "views read it",
    "sequences": "sequences belong to it",
    "inheritance": "it inherits, or is inherited from",
}


@dataclass(frozen=True)
class Names:
    """The table, its partitioned copy until the swap, and what the old one is called from then on."""

    schema: str
    table: str

    @property
    def shadow(self) -> str:
        """The partitioned copy."""
        return self.table + _SHADOW

    @property
    def old(self) -> str:
        """What the table without partitions is called in the end."""
        return self.table + _OLD

    def quoted(self, conn: Connection, table: str) -> str:
        """Schema and table as `to_regclass` reads them."""
        return sql.Identifier(self.schema, table).as_string(conn)

    def compose(self, query: str, columns: Sequence[str] = (), **parts: sql.Composable) -> sql.Composed:
        """A statement with these names filled in."""
        names = [sql.Identifier(name) for name in columns]
        return statement(
            query,
            **{
                "table": sql.Identifier(self.schema, self.table),
                "shadow": sql.Identifier(self.schema, self.shadow),
                "function": sql.Identifier(self.schema, f"{self.shadow}_mirror"),
                "schema_name": sql.Literal(self.schema),
                "shadow_name": sql.Literal(self.shadow),
                "columns": sql.SQL(", ").join(names),
                "new_columns": sql.SQL(", ").join(sql.SQL("new.{}").format(name) for name in names),
                **parts,
            },
        )


@dataclass(frozen=True)
class Look:
    """A table that can be partitioned: its columns, rows, months, size in bytes and blocks, and its file."""

    columns: tuple[str, ...]
    rows: int
    months: tuple[date, ...]
    bytes: int
    blocks: int
    filenode: int


def look(conn: Connection, names: Names) -> Look | None:
    """Look at the table; None when it is partitioned already.

    Raises:
        ConfigurationError: there is no such table (code `target_missing`).
        ConflictError: something of it would be lost, or it is no table of events (code `not_migratable`).
    """
    found = queries.one(conn, "partitioning_look", table=names.quoted(conn, names.table))
    if found is None:
        raise ConfigurationError(
            f"There is no table {names.schema}.{names.table}.",
            code="target_missing",
            next_action="Run the flow etl_setup, which makes one with partitions.",
        )
    if found["kind"] == "p":
        return None
    problems = _problems(found)
    if queries.one(conn, "table_kind", table=names.quoted(conn, names.old)):
        problems.append(f"there is a table {names.old} already")
    if problems:
        raise _refused(names, problems)
    months = db.fetch_one(conn, names.compose("partitioning_months")) or {}
    if months["without_time"]:
        raise _refused(names, [f"{months['without_time']} rows have no time"])
    return Look(
        tuple(found["columns"]),
        months["rows"],
        tuple(sorted(months["months"] or ())),
        found["bytes"],
        found["blocks"],
        found["filenode"],
    )


def _problems(found: dict[str, Any]) -> list[str]:
    problems = [why for name, why in _LOST.items() if found[name]]
    if found["kind"] != "r":
        return ["it is no plain table"]
    if missing := {"event_id", "occurred_at"} - set(found["columns"]):
        return [f"it has no column {', '.join(sorted(missing))}"]
    if found["time_type"] != "timestamp with time zone":
        problems.append(f"occurred_at is {found['time_type']}, not a time with its zone")
    if not found["keyed"]:
        problems.append("no unique index is on event_id, or on event_id and occurred_at")
    return problems


def _refused(names: Names, problems: list[str]) -> ConflictError:
    return ConflictError(
        f"{names.schema}.{names.table} cannot be partitioned: {'; '.join(problems)}.",
        code="not_migratable",
        next_action="Nothing was changed. Take away what hinders it, and start again.",
        details={"problems": problems},
    )
