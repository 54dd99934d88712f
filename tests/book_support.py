"""The API over HTTP, with a book of runs in a real Postgres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import requests

from etl import lineage, record
from kit import db

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.console_support import Desk

TOKEN = "n4Vd8sQx2LkT7wPz5cRb9mYhJ3gFa6eU"
EMPTY = "truncate etl_runs, etl_run_days, etl_quarantine, etl_loads, etl_improved_audit, etl_improved_alerts cascade"
_RUN = """
insert into etl_runs (flow, run_label, run_name, execution_id, release, dry_run, parents, status, total_rows,
                      expected_rows, ratio, num_chunks, duration_ms, outcome, started_at, finished_at)
values (%(flow)s, %(run_label)s, %(run_name)s, %(execution_id)s, '1.0.0', %(dry_run)s, %(parents)s::jsonb, %(status)s,
        %(total_rows)s, %(expected_rows)s, %(ratio)s, %(num_chunks)s, 1500, '{"code": "ok", "message": ""}',
        %(started_at)s::timestamptz, %(started_at)s::timestamptz + interval '90 seconds')
returning run_id
"""
_QUARANTINE = """
insert into etl_quarantine (load_id, chunk, line, dataset, code, field, raw)
select run_name, 0, n, 'orders', 'locale', 'amount', %(raw)s
from etl_runs cross join generate_series(1, 30) n where run_id = %(run_id)s
"""
_PLAIN: dict[str, Any] = {
    "flow": "etl_example",
    "run_label": "daily",
    "dry_run": False,
    "parents": "[]",
    "status": "succeeded",
    "total_rows": 990,
    "expected_rows": 1000,
    "ratio": 0.99,
    "num_chunks": 4,
}


@dataclass
class Book:
    """The API's address and the database behind it."""

    url: str
    dsn: str

    def get(self, path: str, *, token: str | None = TOKEN, headers: dict[str, str] | None = None, **params: Any):
        """Ask the API, with the token unless told otherwise."""
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.get(f"{self.url}/api/{path}", params=params, headers=sent | (headers or {}), timeout=30)

    def run(self, number: int = 1, **changes: Any) -> int:
        """Write a run of the book; later numbers are later runs."""
        at = f"2026-11-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00Z"
        named = {"run_name": f"run-{number}", "execution_id": f"exec{number}", "started_at": at}
        return self.sql(_RUN, **{**_PLAIN, **named, **changes})[0]["run_id"]

    def details(self, run_id: int, raw: str) -> None:
        """What a run measured, did, read and wrote; and 30 of its rows, each of that text, in the quarantine."""
        with db.connect(self.dsn) as conn:
            record.metric(conn, run_id, "chunk_seconds", 0.125, {"quantile": "p95"})
            record.audit(conn, run_id, "published", {"rows": 990})
            edges = {"inputs": ["api:orders"], "outputs": ["postgres:public.orders"]}
            lineage.record(conn, run_id, **edges, rows={"api:orders": 1000})
            db.execute(conn, _QUARANTINE, {"run_id": run_id, "raw": raw})

    def sql(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        """Run a statement."""
        with db.connect(self.dsn) as conn:
            return db.fetch_all(conn, sql, values or None)


@pytest.fixture
def book(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Book]:
    """An empty book of runs behind a running console."""
    monkeypatch.setenv("OPSFLOWS_API_TOKEN", TOKEN)
    with db.connect(desk.dsn) as conn:
        db.execute(conn, EMPTY)
        yield Book(desk.url, desk.dsn)
        db.execute(conn, EMPTY)
