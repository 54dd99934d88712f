"""Backfill, replay of the quarantine and export of a table, measured: `python -m benchmarks.etl_range [--rows N]`."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from benchmarks import places
from etl import dlq_replay, run_backfill, run_export
from kit import db, task

if TYPE_CHECKING:
    from collections.abc import Callable

_DAYS: Final = 30
_TABLES: Final = """
create schema if not exists source;
create table source.sales_events (
    seq bigint primary key, recorded_at timestamptz not null, event_id text, customer_id text, event_type text,
    occurred_at text, amount text, currency text, quantity text, payload text);
create index on source.sales_events (recorded_at, seq);
create table public.sales_events (
    event_id text primary key, customer_id bigint not null, event_type text not null, occurred_at timestamptz not null,
    amount numeric(12, 2) not null, currency text not null, quantity integer not null, payload jsonb);
create index on public.sales_events (occurred_at);
"""
# One row in fifty has a currency that the contract does not know.
_FILL: Final = """
insert into source.sales_events
select n, at, 'evt-' || lpad(n::text, 12, '0'), (1 + n * 7919 %% 200000)::text, 'sale',
    to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), (n %% 9999) || '.50',
    case when n %% 50 = 0 then 'ESP' else 'EUR' end, '1', '{"sku": "P-' || n %% 5000 || '", "channel": "web"}'
from (select n, '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 day' * %(days)s / %(rows)s as at
      from generate_series(0::bigint, %(rows)s - 1) n) numbered
"""
_MEND: Final = "update etl_quarantine set corrected = replace(raw, 'ESP', 'EUR') where state = 'open'"


def main() -> None:
    """Measure each once, on a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with places.database() as (dsn, folder):
        os.environ |= {"OPSFLOWS_PG_DSN": dsn, "OPSFLOWS_ETL_BUCKET": f"{folder}/bucket"}
        os.environ["OPSFLOWS_LOG_LEVEL"] = "ERROR"
        with db.connect(statement_s=0) as conn:
            db.execute(conn, _TABLES)
            db.execute(conn, _FILL, {"rows": rows, "days": _DAYS})
            db.execute(conn, "analyze")
        print(f"{rows:,} rows, {_DAYS} days, load {os.getloadavg()[0]:.1f}")
        _measure(rows)


def _measure(rows: int) -> None:
    dataset = {"table_name": "sales_events", "dataset": "sales_events"}
    asked = {"source": "sales_events_table", "table_name": "sales_events"}
    asked |= {"since": "2026-01-01T00:00:00Z", "until": "2026-01-31T00:00:00Z"}
    for lanes in (2, 1):
        inputs = run_backfill.Inputs.model_validate(
            {**asked, "run_name": f"b{lanes}", "parallel": lanes, "again": True}
        )
        what = f"backfill, {lanes} at a time, {'empty table' if lanes == 2 else 'all of it there'}"  # noqa: PLR2004
        _timed(what, rows, lambda given=inputs: run_backfill.run_task(given, task.Context(execution_id="b")))
    with db.connect(statement_s=0) as conn:
        db.execute(conn, _MEND)
    replay = dlq_replay.Inputs(dry_run=False, most=1_000_000)
    _timed("replay of the quarantine", rows // 25, lambda: dlq_replay.replay(replay, task.Context(execution_id="r")))
    export = run_export.Inputs.model_validate(dataset)
    for name in ("export of all days", "export, nothing changed"):
        _timed(name, rows, lambda: run_export.run_task(export, task.Context(execution_id="x")))


def _timed(name: str, rows: int, work: Callable[[], dict[str, Any]]) -> None:
    started = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):  # the metrics of the tasks
        told = work()
    seconds = time.perf_counter() - started
    counts = Counter(told["counts"])
    print(f"| {name} | {seconds:.1f} s | {rows / seconds:,.0f} rows/s | {dict(counts)} |", flush=True)


if __name__ == "__main__":
    main()
