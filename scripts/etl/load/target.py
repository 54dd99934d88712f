"""The table that is loaded: what it looks like, and the statements for it, composed of quoted identifiers only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from psycopg2 import sql

from kit import db
from kit.errors import ConfigurationError, ConflictError, InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from etl.load.contract import Contract
    from kit.db import Connection

_STAGE = sql.Identifier("etl_load_stage")


def statement(name: str, **parts: sql.Composable) -> sql.Composed:
    """Return a statement of sql/queries/etl with identifiers filled in."""
    return sql.SQL(db.load_sql(f"etl/{name}.sql")).format(**parts)


@dataclass(frozen=True)
class Target:
    """A table, and the columns of the file in their order: `discarded` reach the stage only, `added` are new."""

    schema: str
    table: str
    contract: Contract
    columns: tuple[str, ...]
    discarded: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    partition_column: str | None = None
    insert_only: bool = False

    @property
    def name(self) -> str:
        """Schema and table, for people and for keys."""
        return f"{self.schema}.{self.table}"

    @property
    def identifier(self) -> sql.Identifier:
        """Schema and table, quoted."""
        return sql.Identifier(self.schema, self.table)

    @cached_property
    def copy(self) -> sql.Composed:
        """COPY straight into the table."""
        return statement("copy_in", table=self.identifier, columns=_names(self.columns))

    @cached_property
    def copy_to_stage(self) -> sql.Composed:
        """COPY into the session's stage."""
        return statement("copy_in", table=_STAGE, columns=_names(self.header))

    @cached_property
    def create_stage(self) -> sql.Composed:
        """The stage: a temporary table that every transaction leaves empty."""
        extra = [sql.SQL(", {} text").format(sql.Identifier(name)) for name in self.discarded]
        discarded = sql.SQL("").join(extra)
        return statement("stage_create", stage=_STAGE, target=self.identifier, discarded=discarded)

    def diff(self, *, latest: bool = False) -> sql.Composed:
        """Publish from the stage what is new or changed; `latest`: of rows with one key the last event only."""
        key, rest = self.contract.key, [name for name in self.columns if name not in self.contract.key]
        return statement(
            "diff",
            target=self.identifier,
            columns=_names(self.columns),
            rows=self._latest() if latest else _STAGE,
            first_key=sql.Identifier(key[0]),
            same_key=sql.SQL(" and ").join(sql.SQL("t.{0} = s.{0}").format(sql.Identifier(name)) for name in key),
            staged=_names(self.columns, "s"),
            stored=_names(self.columns, "t"),
            not_older=self._not_older("s", "t"),
            on_conflict=self._on_conflict(rest),
        )

    def not_unique(self, columns: Sequence[str]) -> sql.Composed:
        """The stage's rows that share these columns with another row, by their number from 1 in the stage's order."""
        same = sql.SQL(" and ").join(sql.SQL("t.{0} = s.{0}").format(sql.Identifier(name)) for name in columns)
        return statement(
            "stage_not_unique",
            stage=_STAGE,
            target=self.identifier,
            same=same,
            columns=_names(columns),
            ours_columns=_names(columns, "s"),
            first_key=sql.Identifier(self.contract.key[0]),
            key=_names(self.contract.key),
            theirs=_names(self.contract.key, "t"),
            ours=_names(self.contract.key, "s"),
        )

    def _latest(self) -> sql.Composed:
        version = sql.SQL("{} desc,").format(sql.Identifier(self.contract.version)) if self.contract.version else None
        return statement("stage_latest", key=_names(self.contract.key), stage=_STAGE, version=version or sql.SQL(""))

    def _not_older(self, new: str, old: str) -> sql.Composable:
        if self.insert_only:
            return sql.SQL("false")
        if not self.contract.version:
            return sql.SQL("true")
        return sql.SQL("{} >= {}").format(
            sql.Identifier(new, self.contract.version), sql.Identifier(old, self.contract.version)
        )

    def _on_conflict(self, rest: Sequence[str]) -> sql.Composable:
        key = _names(self.contract.key)
        if not rest:
            return sql.SQL("on conflict ({}) do nothing").format(key)
        return sql.SQL(
            "on conflict ({key}) do update set ({rest}) = row({new}) "
            "where {not_older} and ({new}) is distinct from ({old})"
        ).format(
            key=key,
            rest=_names(rest),
            new=_names(rest, "excluded"),
            old=_names(rest, "t"),
            not_older=self._not_older("excluded", "t"),
        )


def _names(columns: Iterable[str], alias: str | None = None) -> sql.Composed:
    parts = (sql.Identifier(alias, name) if alias else sql.Identifier(name) for name in columns)
    return sql.SQL(", ").join(parts)


def describe(conn: Connection, schema: str, table: str, contract: Contract, header: Sequence[str]) -> Target:
    """Look the table up; columns that it lacks are to be added where the contract says `evolve`.

    Raises:
        ConfigurationError: there is no such table (`target_missing`), or it lacks a column (`target_column_missing`)
            or the key (`target_key_missing`), or a further unique index of its contract (`target_unique_missing`).
    """
    found = _columns(conn, schema, table)
    known = {column.name for column in contract.columns}
    unknown = [name for name in header if name not in known]
    added = tuple(name for name in unknown if name not in found) if contract.unknown == "evolve" else ()
    discarded = tuple(unknown) if contract.unknown == "discard" else ()
    columns = tuple(name for name in header if name not in discarded)
    if lacking := [name for name in columns if name not in (*found, *added)]:
        raise ConfigurationError(
            f"{schema}.{table} has no column {', '.join(lacking)}.",
            code="target_column_missing",
            next_action="Migrate the table, or correct the contract.",
        )
    _require_index(conn, schema, table, contract.key, "key")
    for unique in contract.unique:
        _require_index(conn, schema, table, unique, "unique")
    row = db.fetch_one(conn, db.load_sql("etl/target_partition_column.sql"), {"target": _regclass(conn, schema, table)})
    return Target(schema, table, contract, columns, discarded, tuple(header), added, row["name"] if row else None)


def grow(conn: Connection, target: Target, months: Iterable[str]) -> None:
    """Give the table what the rows of a load need: columns that it lacks, and partitions of these months."""
    for name in target.added:
        db.execute(conn, statement("target_add_column", target=target.identifier, column=sql.Identifier(name)))
    if target.partition_column:
        _make_partitions(conn, target, months)


def _require_index(conn: Connection, schema: str, table: str, columns: Sequence[str], what: str) -> None:
    values = {"target": _regclass(conn, schema, table), "key": sorted(columns)}
    row = db.fetch_one(conn, db.load_sql("etl/target_key.sql"), values)
    if not row or not row["there"]:
        raise ConfigurationError(
            f"{schema}.{table} has no unique index on exactly {', '.join(columns)}.",
            code=f"target_{what}_missing",
            next_action="Give the table what its contract says.",
        )


def _regclass(conn: Connection, schema: str, table: str) -> str:
    return sql.Identifier(schema, table).as_string(conn)


def _columns(conn: Connection, schema: str, table: str) -> list[str]:
    rows = db.fetch_all(conn, db.load_sql("etl/target_columns.sql"), {"target": _regclass(conn, schema, table)})
    if not rows:
        raise ConfigurationError(
            f"There is no table {schema}.{table}.", code="target_missing", next_action="Run the migrations."
        )
    return [row["name"] for row in rows]


def is_empty(conn: Connection, target: Target) -> bool:
    """Whether the table has no row."""
    row = db.fetch_one(conn, statement("target_empty", target=target.identifier))
    return bool(row and row["empty"])


def _make_partitions(conn: Connection, target: Target, months: Iterable[str]) -> None:
    """Create the partitions of months (YYYY-MM, UTC) that are missing; one that another name covers is left alone."""
    for month in sorted(months):
        first = date.fromisoformat(f"{month}-01")
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        create = statement(
            "partition_create",
            partition=sql.Identifier(target.schema, f"{target.table}_{first:%Y_%m}"),
            target=target.identifier,
            first=sql.Literal(f"{first}T00:00:00Z"),
            next=sql.Literal(f"{after}T00:00:00Z"),
        )
        try:
            db.execute(conn, create)
        except (InvalidRequestError, ConflictError) as error:
            # 42P17: the range is covered already; 23505, 42P07: another process made it at this moment.
            if error.details.get("sqlstate") not in ("42P17", "23505", "42P07"):
                raise
