"""The statements that cost most, as pg_stat_statements counts them, each with its generic plan; no values in either."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from kit import db
from kit.errors import ConfigurationError, OpsflowsError
from kit.redaction import redact
from kit.text import truncate
from platform_tasks.watch import queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.db import Connection
    from platform_tasks.watch.queries import Row

_PLANNED: Final = re.compile(r"\s*(select|insert|update|delete|with|merge)\b", re.IGNORECASE)
_MOST_TEXT: Final = 4000  # characters
_PLAN_MS: Final = "5000"


def take(conn: Connection, most: int) -> list[Row]:
    """Take the costliest statements, keep them as of today, and return them.

    Args:
        conn: in autocommit, as the role whose statements are wanted.
        most: by all their time, and as many by their mean.

    Raises:
        ConfigurationError: pg_stat_statements is not there, or not loaded (code `statements_uncounted`).
    """
    found = [_told(conn, row) for row in _counted(conn, most)]
    with db.transaction(conn):
        for row in found:
            values = {name: value for name, value in row.items() if name != "query"}
            queries.run(conn, "slow_put", statement=row["query"], **values)
    return found


def markdown(found: Sequence[Row], day: str) -> str:
    """The report for people."""
    lines = [
        f"# The costliest statements, {day}",
        "",
        "| total s | mean ms | calls | rows | memory | statement |",
        "|---|---|---|---|---|---|",
    ]
    for row in found:
        memory = "" if row["hit_ratio"] is None else f"{row['hit_ratio']:.0%}"
        text = truncate(" ".join(row["query"].split()), 120).replace("|", "\\|")
        figures = f"{row['total_ms'] / 1000:.1f} | {row['mean_ms']:.1f} | {row['calls']} | {row['rows']} | {memory}"
        lines.append(f"| {figures} | `{text.replace('`', '')}` |")
    for row in found:
        if row["plan"]:
            lines += ["", f"## {row['query_id']}", "", "```sql", row["query"], "```", "", "```", row["plan"], "```"]
    return "\n".join(lines) + "\n"


def _counted(conn: Connection, most: int) -> list[Row]:
    there = queries.one(conn, "slow_there")
    advice = "Preload it and make the extension: docs/database.md."
    if not there or not there["there"]:
        raise ConfigurationError(
            "pg_stat_statements is not made here.", code="statements_uncounted", next_action=advice
        )
    try:
        return queries.every(conn, "slow_top", most=most)
    except OpsflowsError as error:
        if error.details.get("sqlstate") != "55000":
            raise
        raise ConfigurationError(
            "pg_stat_statements is made, and not preloaded.", code="statements_uncounted", next_action=advice
        ) from error


def _told(conn: Connection, row: Row) -> dict[str, Any]:
    plan = _plan(conn, row["query"])
    return {
        **row,
        "query": truncate(redact(row["query"]), _MOST_TEXT),
        "plan": truncate(redact(plan), _MOST_TEXT) if plan else None,
    }


def _plan(conn: Connection, query: str) -> str | None:
    """The plan that counts for any value; None for what has none. Nothing of the statement is carried out."""
    if not _PLANNED.match(query) or ";" in query.rstrip().rstrip(";"):
        return None
    try:
        with db.transaction(conn):
            db.execute(conn, "set transaction read only")
            db.execute(conn, "select set_config('statement_timeout', %s, true)", (_PLAN_MS,))
            rows = db.fetch_all(conn, f"explain (generic_plan) {query}")
    except OpsflowsError:
        return None
    return "\n".join(str(row["QUERY PLAN"]) for row in rows)
