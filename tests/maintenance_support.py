"""What tests of retention need: a table of events with keys, rows of some ages, and what is left."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from etl.maintenance import run
from kit import db, task
from platform_tasks.upkeep import rules

if TYPE_CHECKING:
    from pathlib import Path

TABLES = "etl_runs, etl_improved_metrics, etl_improved_audit, etl_improved_alerts, etl_loads, etl_quarantine"
EVENTS = """
insert into {} (event_id, customer_id, event_type, occurred_at, amount, currency, quantity, payload)
select 'e' || g, 1, 'sale', %s::timestamptz + g %% 20 * interval '1 day', 1, 'EUR', 1, '{{}}'
from generate_series(%s, %s) g
"""


def month(ago: int) -> date:
    """The first of the month so many months ago."""
    first = datetime.now(UTC).date().replace(day=1)
    number = first.year * 12 + first.month - 1 - ago
    return date(number // 12, number % 12 + 1, 1)


def clean(dsn: str) -> None:
    """No run, no event, no partition but the newest."""
    with db.connect(dsn) as conn:
        db.execute(conn, f"truncate {TABLES}, etl_event_keys, etl_backfills, etl_volumes cascade")
        db.execute(conn, "truncate ops.maintenance_runs, ops.maintenance_leftovers")
        db.execute(conn, "drop table if exists etl_improved_events cascade")
        db.execute(conn, "select etl_create_events('public', 'etl_improved_events')")


def events(conn: db.Connection, ago: int, first: int, last: int, table: str = "etl_improved_events") -> str:
    """Events of a month, and the name of its partition."""
    begin = month(ago)
    row = db.fetch_one(conn, "select create_monthly_partition(%s, %s) as name", (begin, table)) or {}
    db.execute(conn, EVENTS.format(table), (f"{begin}T00:00:00Z", first, last))
    return str(row["name"])


def measured(conn: db.Connection, days: int, rows: int) -> None:
    """A run of so many days ago with metrics, an alert and an entry of the audit."""
    at = datetime.now(UTC) - timedelta(days=days)
    found = db.fetch_one(
        conn,
        "insert into etl_runs (flow, run_name, started_at) values ('f', %s, %s) returning run_id",
        (f"r{days}", at),
    )
    run_id = (found or {})["run_id"]
    db.execute(
        conn,
        "insert into etl_improved_metrics (run_id, name, value, created_at) "
        "select %s, 'm' || g, g, %s from generate_series(1, %s) g",
        (run_id, at, rows),
    )
    alert = (
        "insert into etl_improved_alerts (run_id, kind, level, message, created_at) values (%s, 'k', 'info', '', %s)"
    )
    db.execute(conn, alert, (run_id, at))
    db.execute(conn, "insert into etl_improved_audit (run_id, action, created_at) values (%s, 'a', %s)", (run_id, at))


def counts(conn: db.Connection, *tables: str) -> list[int]:
    """Rows of tables."""
    found = [db.fetch_one(conn, f"select count(*) as n from {table}") for table in tables]  # noqa: S608 - our own names
    return [(row or {})["n"] for row in found]


def partitions(conn: db.Connection, table: str = "etl_improved_events") -> list[str]:
    rows = db.fetch_all(
        conn,
        "select inhrelid::regclass::text as name from pg_inherits where inhparent = to_regclass(%s) order by 1",
        (table,),
    )
    return [row["name"] for row in rows]


def keys(conn: db.Connection, table: str = "etl_improved_events") -> int:
    row = db.fetch_one(conn, "select count(*) as n from etl_event_keys where events = to_regclass(%s)", (table,))
    return int((row or {})["n"])


def maintain(dsn: str, folder: Path, monkeypatch: Any, execution: str = "e1", **inputs: Any) -> dict[str, Any]:
    """Run the task as the flow does; returns its outputs with the JSON report as `told`."""
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    monkeypatch.chdir(folder)
    given = run.Inputs(**{"dry_run": False, **inputs})
    found = run.run(given, task.Context(execution_id=execution))
    return {**found, "told": json.loads((folder / run.JSON).read_text())}


def listed(monkeypatch: Any, *lines: dict[str, Any]) -> None:
    """Let these be the tables that have a retention."""
    monkeypatch.setattr(rules, "every", lambda _kind: [rules.Rule(**line) for line in lines])
