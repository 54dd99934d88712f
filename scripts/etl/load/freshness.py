"""How old the newest event of a table is, and whether its contract finds that too old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from psycopg2 import sql

from etl.load import contract
from etl.load.target import statement
from kit import db

if TYPE_CHECKING:
    from etl.load.contract import Contract
    from kit.db import Connection


@dataclass(frozen=True, slots=True)
class Freshness:
    """The newest event (None: the table is empty), its age in seconds, and whether that is too old."""

    newest: datetime | None
    age_s: float | None
    stale: bool


def of(conn: Connection, schema: str, table: str, contracted: Contract, now: datetime) -> Freshness | None:
    """Look at a table; None when its contract says nothing of freshness. An empty table is stale.

    An index on the time, or partitions by it, spare reading the whole table.
    """
    if contracted.freshness is None or contracted.version is None:
        return None
    at, identifier = sql.Identifier(contracted.version), sql.Identifier(schema, table)
    row = db.fetch_one(conn, statement("target_newest", at=at, target=identifier))
    newest = row["newest"] if row else None
    if newest is None:
        return Freshness(None, None, stale=True)
    if not isinstance(newest, datetime):
        newest = datetime(newest.year, newest.month, newest.day, tzinfo=UTC)
    oldest = contract.instant(f"now-{contracted.freshness}", now)
    return Freshness(newest, (now - newest).total_seconds(), stale=newest < oldest)
