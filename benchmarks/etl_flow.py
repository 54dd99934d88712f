"""etl_example through the engine, beside the loader alone: seconds end to end, and what the orchestration costs.

    python -m benchmarks.etl_flow [--rows 1000000] [--rounds 5] [--chunk-rows 1000]
    python -m benchmarks.etl_flow --loop

Each round loads the same rows from a table of Postgres into an empty one. Orchestration is whatever is no work of a
task: the engine, the start of each Python, its imports, the file on its way through the storage. It is compared with
the time of the loader in the same run. `--loop` measures instead what a Loop costs an iteration, and a task alone.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import requests

from benchmarks import etl_data
from etl import percentiles
from kit import db
from tools.stack import stack as stacks

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
LOOP: Final = """
id: bench_loop
namespace: opsflows.etl
inputs:
  - id: count
    type: INT
  - id: limit
    type: INT
tasks:
  - id: each_one
    type: io.kestra.plugin.core.flow.Loop
    values: "{{ range(1, inputs.count) | toJson }}"
    concurrencyLimit: LIMIT
    tasks:
      - id: one_task
        type: io.kestra.plugin.scripts.python.Commands
        taskRunner:
          type: io.kestra.plugin.core.runner.Process
        commands:
          - python -c 'import pydantic, psycopg2'
"""


class Engine:
    """The stack's Kestra."""

    def __init__(self, stack: stacks.Stack) -> None:
        """Keep the address and the user."""
        self._root = f"{stack.target.url}/api/v1/main"
        self._auth = (stack.target.username, stack.target.password)

    def run(self, flow: str, **inputs: str) -> dict[str, Any]:
        """Start a flow, and return the execution when it has ended."""
        form = {name: (None, value) for name, value in inputs.items()}
        url = f"{self._root}/executions/{flow}"
        answer = requests.post(url, files=form, auth=self._auth, timeout=60)
        answer.raise_for_status()
        place = f"{self._root}/executions/{answer.json()['id']}"
        while True:
            found: dict[str, Any] = requests.get(place, auth=self._auth, timeout=60).json()
            if found["state"]["current"] in ("SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED"):
                return found
            time.sleep(0.02)

    def outputs(self, execution: dict[str, Any]) -> dict[str, Any]:
        """The flow's outputs."""
        url = f"{self._root}/outputs/executions/{execution['id']}"
        found: dict[str, Any] = requests.get(url, auth=self._auth, timeout=60).json()
        return found

    def deploy(self, source: str) -> None:
        """Put a flow there."""
        headers = {"Content-Type": "application/x-yaml"}
        requests.post(
            f"{self._root}/flows", data=source, headers=headers, auth=self._auth, timeout=60
        ).raise_for_status()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--chunk-rows", type=int, default=1000)
    parser.add_argument("--loop", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        stack = stacks.start(Path(folder) / "stack")
        try:
            engine = Engine(stack)
            if arguments.loop:
                _loop(engine)
            else:
                _fill(stack.postgres.dsn, etl_data.ordered(Path(folder), arguments.rows))
                _rounds(engine, stack.postgres.dsn, arguments)
        finally:
            stack.stop()


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
            print(f"round {number}: {columns['end to end'][-1]:.2f} s, load {os.getloadavg()[0]:.1f}", flush=True)
    _print(arguments.rows, columns, tasks, summary)


def _add(
    columns: dict[str, list[float]],
    tasks: dict[str, list[float]],
    execution: dict[str, Any],
    summary: dict[str, Any],
) -> None:
    seconds = summary["seconds"]
    total = _between(execution["state"])
    columns["end to end"].append(total)
    for name, value in seconds.items():
        columns[name].append(value)
    orchestration = total - sum(seconds.values())
    columns["orchestration"].append(orchestration)
    columns["orchestration : loader"].append(orchestration / seconds["load"])
    for run in execution["taskRunList"]:
        if run["state"]["current"] == "SUCCESS":
            tasks[run["taskId"]].append(_between(run["state"]))


def _between(state: dict[str, Any]) -> float:
    first, last = (datetime.fromisoformat(state["histories"][at]["date"]) for at in (0, -1))
    return (last - first).total_seconds()


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


def _loop(engine: Engine) -> None:
    """Iterations of an empty Python task, two at a time, and none."""
    engine.deploy(LOOP.replace("LIMIT", "2"))
    print("| iterations | seconds | seconds each |\n| --- | --- | --- |")
    for count in (1, 1, 2, 16, 100):
        execution = engine.run("opsflows.etl/bench_loop", count=str(count), limit="2")
        seconds = _between(execution["state"])
        print(f"| {count} | {seconds:.2f} | {seconds / count:.2f} | {execution['state']['current']}", flush=True)


if __name__ == "__main__":
    main()
