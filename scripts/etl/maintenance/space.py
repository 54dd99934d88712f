"""What the tables take, which of their indexes nobody uses, and which are larger than they need be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg2 import sql

from kit import db
from platform_tasks.upkeep import statements, sweep

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from kit.db import Connection
    from platform_tasks.upkeep.rules import Rule

GB: Final = 1_000_000_000
_SMALL: Final = 1_000_000  # indexes below are not worth a person's time
_BLOATED: Final = 0.3  # of an index that would be won by making it anew
_FILL: Final = 90.0  # per cent, of a B-tree that was made anew


def sizes(conn: Connection, rules: Sequence[Rule]) -> dict[str, int]:
    """Bytes of each table with its indexes, partitions included; tables that are absent are left out."""
    found = {rule.table: sweep.extent(conn, rule.name(conn)) for rule in rules}
    return {table: one.bytes for table, one in found.items() if one}


def indexes(conn: Connection, rules: Sequence[Rule]) -> dict[str, Any]:
    """What to look at.

    Returns:
        `days` since when uses are counted; `unused`: never read since then, and no rule of uniqueness; `bloated`:
        `index`, `bytes`, `waste` (bytes), `how` (`measured` by pgstattuple, or `estimated`).
    """
    found = statements.every(conn, "indexes", tables=sorted({rule.name(conn) for rule in rules}))
    large = [row for row in found if row["bytes"] >= _SMALL]
    unused = [_shown(row) for row in large if not row["scans"] and not row["is_unique"]]
    extension = statements.one(conn, "pgstattuple")
    bloated = [one for row in large if (one := _bloat(conn, row, extension["schema"] if extension else None))]
    return {"days": round(found[0]["days"], 1) if found else 0.0, "unused": unused, "bloated": bloated}


def saving(freed: int, price: Decimal | None) -> str | None:
    """What so many bytes cost a month, as text; None without a price."""
    return None if price is None else f"{price * freed / GB:.4f}"


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {"index": f"{row['schema']}.{row['name']}", "bytes": row["bytes"]}


def _bloat(conn: Connection, row: dict[str, Any], extension: str | None) -> dict[str, Any] | None:
    if row["expected"] is None:
        return None
    waste, how = row["bytes"] - row["expected"], "estimated"
    if extension:
        index = sql.Identifier(row["schema"], row["name"]).as_string(conn)
        measured = db.fetch_one(
            conn, statements.composed("index_leaf", schema=sql.Identifier(extension)), {"index": index}
        )
        density = (measured or {}).get("avg_leaf_density") or 0.0
        waste, how = round(row["bytes"] * max(0.0, 1 - density / _FILL)), "measured"
    return {**_shown(row), "waste": waste, "how": how} if waste > _BLOATED * row["bytes"] else None
