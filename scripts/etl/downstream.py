"""Task, after etl_improved: an analysis of the events that are there now. The template for flows that feed on a load.

Copy the flow and this module: read the table, write files, put out what the next one needs. Amounts of two currencies
are never added.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from psycopg2 import sql
from pydantic import Field

from etl import markdown, tables
from etl.load.target import statement
from kit import db, i18n, money, task

if TYPE_CHECKING:
    from decimal import Decimal

REPORT: Final = "report.md"
_COLUMNS: Final = ("name", "currency", "events", "net")


class Inputs(task.TaskInputs):
    """What is asked of which table; `days`: how far back events count."""

    analysis_type: Literal["by_type", "by_day", "by_customer"] = "by_type"
    top_n: int = Field(10, ge=1, le=1000)
    days: int = Field(30, ge=1, le=36_500)
    schema_name: tables.SchemaName = "public"
    table_name: tables.TableName = "etl_improved_events"


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Analyse, and write the report.

    Returns:
        `rows`: `name`, `currency`, `events` and `net` of each line, at most `top_n`.
    """
    query = statement(f"downstream_{inputs.analysis_type}", table=sql.Identifier(inputs.schema_name, inputs.table_name))
    since = datetime.now(UTC) - timedelta(days=inputs.days)
    with db.connect() as conn:
        rows = db.fetch_all(conn, query, {"since": since, "top_n": inputs.top_n})
    Path(REPORT).write_text(report(inputs, rows), encoding="utf-8")
    ctx.gauge("etl_downstream_rows", len(rows), analysis=inputs.analysis_type)
    return {"rows": rows}


def report(inputs: Inputs, rows: list[db.Row]) -> str:
    """The analysis as Markdown, in the reader's language."""
    title = i18n.t(f"etl.downstream.{inputs.analysis_type}", days=inputs.days)
    titles = [i18n.t(f"etl.downstream.column.{name}") for name in _COLUMNS]
    lines = [[row["name"], row["currency"], str(row["events"]), _amount(row["net"])] for row in rows]
    return f"# {title}\n\n{markdown.table(titles, lines)}"


def _amount(value: Decimal | None) -> str:
    return "\u2013" if value is None else money.format_number(value)


if __name__ == "__main__":
    task.main(Inputs, run)
