"""etl_example through the engine, beside the loader alone: seconds end to end, and what the orchestration costs.

    python -m benchmarks.etl_flow [--rows 1000000] [--rounds 5] [--chunk-rows 1000]

Each round loads the same rows from a table of Postgres into an empty one. Orchestration is whatever is no work of a
task: the engine, the start of each Python, its imports, the file on its way through the storage. It is compared with
the time of the loader in the same run. On a machine with other work both wait for the processors, most of all what
begins anew. Work of the tasks is what the same steps take without an engine: extract, transform, load, close.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from benchmarks import etl_data, places
from benchmarks.flow_runs import Engine, between
from etl import percentiles
from kit import db

if TYPE_CHECKING:
    from pathlib import Path

FLOW: Final = "opsflows.etl/etl_example"
SOURCE: Final = f"""
create schema if not exists source;
drop table if exists source.sales_events;
create table source.sales_events (
    seq bigint generated always as identity primary key, recorded_at timestamptz not null default now(), event_id text,
    customer_id bigint, event_type text, occurred_at timestamptz, amount numeric(12, 2), currency text,
    quantity integer, payload jsonb);
create index on source.sales_events (recorded_at, seq);
copy source.sales_events ({etl_data.COLUMNS}) from stdin (format csv, header)
"""
EMPTY: Final = """
drop table if exists public.sales_events;
create table public.sales_events (
    event_id text primary key, customer_id bigint not null, event_type text not null, occurred_at timestamptz not null,
    amount numeric(12, 2) not null, currency text not null, quantity integer not null, payload jsonb);
truncate etl_loads, etl_load_chunks, etl_quarantine, etl_volumes, etl_checkpoints;
checkpoint
"""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--chunk-rows", type=int, default=1000)
    arguments = parser.parse_args()
    with places.stack() as (stack, folder):
        _fill(stack.postgres.dsn, etl_data.ordered(folder, arguments.rows))
        _rounds(Engine(stack), stack.postgres.dsn, arguments)


def _fill(dsn: str, path: Path) -> None:
    make, _, copied = SOURCE.partition("copy ")
    with db.connect(dsn, statement_s=0) as conn, path.open("rb") as file:
        db.execute(conn, make)
        with conn.cursor() as cursor:
            cursor.copy_expert(f"copy {copied}", file)
        db.execute(conn, "vacuum analyze source.sales_events")


def _rounds(engine: Engine, dsn: str, arguments: argparse.Namespace) -> None:
    columns: dict[str, list[float]] = defaultdict(list)
    tasks: dict[str, list[float]] = defaultdict(list)
    for number in range(arguments.rounds + 1):
        with db.connect(dsn, statement_s=0) as conn:
            db.execute(conn, EMPTY)
        execution = engine.run(FLOW, chunk_rows=str(arguments.chunk_rows), run_name=f"round-{number}")
        outputs = engine.outputs(execution)
        summary = outputs.get("summary") or {}
        if summary.get("inserted") != arguments.rows:
            raise SystemExit(f"expected {arguments.rows} rows, got {execution['state']} {outputs}")
        if number:  # the first one warms up
            _add(columns, tasks, execution, summary)
            told = ", ".join(f"{name} {values[-1]:.2f}" for name, values in columns.items())
            print(f"round {number}, load {os.getloadavg()[0]:.1f}: {told}", flush=True)
    _print(arguments.rows, columns, tasks, summary)


def _add(
    columns: dict[str, list[float]],
    tasks: dict[str, list[float]],
    execution: dict[str, Any],
    summary: dict[str, Any],
) -> None:
    seconds = summary["seconds"]
    total = between(execution["state"])
    columns["end to end"].append(total)
    for name, value in seconds.items():
        columns[name].append(value)
    orchestration = total - sum(seconds.values())
    columns["orchestration"].append(orchestration)
    columns["orchestration : loader"].append(orchestration / seconds["load"])
    columns["orchestration : work of the tasks"].append(orchestration / sum(seconds.values()))
    for run in execution["taskRunList"]:
        if run["state"]["current"] == "SUCCESS":
            tasks[run["taskId"]].append(between(run["state"]))


def _print(rows: int, columns: dict[str, list[float]], tasks: dict[str, list[float]], summary: dict[str, Any]) -> None:
    print(f"\n{rows:,} rows, {len(columns['load'])} rounds, {os.cpu_count()} cores, {summary['chunks']} chunks\n")
    print("| what | median | least | most |\n| --- | --- | --- | --- |")
    for name, values in columns.items():
        print(f"| {name} | {statistics.median(values):.2f} | {min(values):.2f} | {max(values):.2f} |")
    print("\n| task, s | p50 | p95 | p99 |\n| --- | --- | --- | --- |")
    for name, values in tasks.items():
        print(f"| {name} | {' | '.join(f'{value:.2f}' for value in percentiles.of(values).values())} |")
    for phase, values in summary["chunk_seconds"].items():
        print(f"| a chunk, {phase} | {' | '.join(f'{value:.3f}' for value in values.values())} |")
    print(f"\nlast round: {summary['rows_per_second']:,.0f} rows/s, {summary['ms_per_1000_rows']} ms per 1,000 rows")


if __name__ == "__main__":
    main()
