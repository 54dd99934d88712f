"""Sales events for the loader's tests: a contract, a table with its key, files of rows, and what must be the same."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from etl.load import contract, run, source
from etl.load.job import Job
from kit import db

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

COLUMNS = [
    {"name": "event_id", "type": "text", "max_length": 64},
    {"name": "customer_id", "type": "bigint", "min": 1},
    {"name": "event_type", "type": "text", "enum": ["sale", "refund", "visit"]},
    {"name": "occurred_at", "type": "timestamptz", "min": "2020-01-01", "max": "now+1d"},
    {"name": "amount", "type": "numeric", "precision": 12, "scale": 2, "min": 0},
    {"name": "currency", "type": "text", "enum": ["EUR", "USD", "GBP"]},
    {"name": "note", "type": "text", "nullable": True, "max_length": 200},
    {"name": "payload", "type": "jsonb", "nullable": True},
]
HEADER = [column["name"] for column in COLUMNS]
TABLE = """
drop table if exists sales_events cascade;
create table sales_events (
    event_id text primary key, customer_id bigint not null, event_type text not null, occurred_at timestamptz not null,
    amount numeric(12, 2) not null, currency text not null, note text, payload jsonb);
truncate etl_loads, etl_load_chunks, etl_quarantine
"""
_STATE = "select md5(string_agg(t::text, '|' order by event_id)) as state, count(*) as rows from sales_events t"


def contracted(**changes) -> contract.Contract:
    made = {"dataset": "sales_events", "columns": COLUMNS, "key": ["event_id"], "version": "occurred_at", **changes}
    return contract.parse(json.dumps(made), "test")


def row(number: int, **changes) -> str:
    """A good row of its number; the payload and every fifth note need quotes."""
    payload = json.dumps({"sku": f"P-{number % 50:03}", "tags": ["a", number % 7]}).replace('"', '""')
    values = {
        "event_id": f"evt-{number:06}",
        "customer_id": str(1 + number % 97),
        "event_type": ("sale", "refund", "visit")[number % 3],
        "occurred_at": f"2025-0{1 + number % 9}-{1 + number % 28:02}T10:{number % 60:02}:00Z",
        "amount": f"{number % 1000}.{number % 100:02}",
        "currency": "EUR",
        "note": f'"Café, nº {number}"' if number % 5 == 0 else "",
        "payload": f'"{payload}"',
    }
    return ",".join({**values, **changes}.values()) + "\n"


def dirty_rows(count: int, seed: int = 1) -> list[str]:
    """Rows in random order: some twice with other times, two in a hundred bad, some of two lines."""
    chance = random.Random(seed)
    rows = [row(number) for number in range(count)]
    for number in chance.sample(range(count), count // 10):
        minute = chance.randrange(60)
        rows.append(row(number, occurred_at=f"2025-09-28T11:{minute:02}:00Z", amount=f"{minute}.50"))
    rows += [row(number, amount="-1") for number in range(0, count, 50)]
    rows += [row(count + number, note='"two\nlines"') for number in range(count // 40)]
    chance.shuffle(rows)
    return rows


def write(folder: Path, rows: Iterable[str], header: str | None = None, name: str = "sales.csv") -> Path:
    path = folder / name
    with path.open("wb") as file:
        file.write((header or ",".join(HEADER)).encode() + b"\n")
        file.writelines(text if isinstance(text, bytes) else text.encode() for text in rows)
    return path


def job(path: Path, **changes) -> Job:
    sizes = {name: changes.pop(name) for name in ("chunk_bytes", "chunk_rows") if name in changes}
    given = {"run": "run-1", "contract": contracted(), "table": "sales_events", "workers": 1, "retry_initial_ms": 1}
    return Job(source=source.CsvFile(path, **sizes), **{**given, **changes})


def load(dsn: str, path: Path, **changes) -> run.Report:
    return run.load(job(path, **changes), dsn)


def state(dsn: str) -> tuple[str, int]:
    """A checksum of the table's rows, and their number."""
    with db.connect(dsn) as conn:
        found = db.fetch_one(conn, _STATE)
        return found["state"], found["rows"]


def rows_of(dsn: str, sql: str) -> list[tuple]:
    with db.connect(dsn) as conn:
        return [tuple(found.values()) for found in db.fetch_all(conn, sql)]


def execute(dsn: str, sql: str) -> None:
    with db.connect(dsn) as conn:
        db.execute(conn, sql)


@pytest.fixture
def sales(migrated: str) -> str:
    """A migrated database with an empty table of sales events."""
    execute(migrated, TABLE)
    return migrated
