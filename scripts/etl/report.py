"""Task, after etl_improved: the day's runs, alerts and events as Markdown and PDF."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from psycopg2 import sql

from etl import queries, report_view, tables
from etl.load.target import statement
from kit import dates, db, settings, task

if TYPE_CHECKING:
    from kit.db import Connection

MARKDOWN: Final = "etl-report.md"
PDF: Final = "etl-report.pdf"


class Inputs(task.TaskInputs):
    """The day (blank: today where the company is), and the table of events."""

    day: date | None = None
    schema_name: tables.SchemaName = "public"
    table_name: tables.TableName = "etl_improved_events"


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Write both files.

    Returns:
        `day`; `counts` of each section; `digest`, which stays the same as long as the report does.
    """
    day = inputs.day or dates.today()
    with db.connect() as conn:
        found = _read(conn, day, inputs)
    shown = report_view.view(day, found)
    text = report_view.as_markdown(shown)
    Path(MARKDOWN).write_text(text, encoding="utf-8")
    Path(PDF).write_bytes(report_view.as_pdf(shown))
    counts = {name: len(rows) for name, rows in found.items()}
    ctx.gauge("etl_report_runs", counts["runs"])
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return {"day": day.isoformat(), "title": shown["title"], "counts": counts, "digest": digest}


def _read(conn: Connection, day: date, inputs: Inputs) -> dict[str, list[db.Row]]:
    zone = ZoneInfo(settings.get().timezone)
    since, until = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
    bounds = {"since": since, "until": until}
    events = statement("report_events", table=sql.Identifier(inputs.schema_name, inputs.table_name))
    return {
        "runs": queries.every(conn, "report_runs", **bounds),
        "events": db.fetch_all(conn, events, bounds),
        "alerts": queries.every(conn, "report_alerts", **bounds),
        "quarantine": queries.every(conn, "report_quarantine"),
    }


if __name__ == "__main__":
    task.main(Inputs, run)
