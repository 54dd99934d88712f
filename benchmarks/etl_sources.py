"""Sales events from every source into a local file: rows a second and memory. Real Postgres, the sandbox's API.

    python -m benchmarks.etl_sources [--rows 1000000] [--api-rows 100000]

The rows are those of source_producer, without dirt. Each extraction is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import places
from local.providers import server

ROOT = Path(__file__).resolve().parents[1]
DAY = "2026-01-01"  # from which growth is reckoned; so the size is the number of rows
_MAKE = """
import json, sys
from etl import produce
from kit import task
told = json.loads(sys.argv[1])
made = produce.run(produce.Inputs(dirt="0", **told), task.Context(execution_id="bench"))
print("RESULT" + json.dumps({"rows": made["rows"]}))
"""
_READ = """
import json, resource, sys
from datetime import datetime
from pathlib import Path
from etl.sources import config, opening
from etl.sources.model import Window
bounds = (datetime.fromisoformat(f"2026-01-0{day}T00:00:00+00:00") for day in (1, 2))
found = opening.open_source(config.named(sys.argv[1]).model_copy(update={"fallback": None}))
found = found.extract(Window(*bounds), Path(sys.argv[2]))
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print("RESULT" + json.dumps({"rows": found.rows, "memory_mb": memory}))
"""


def child(program: str, *arguments: str) -> tuple[dict[str, Any], float]:
    """Run a program in a process of its own: what it tells, and its seconds."""
    started = time.perf_counter()
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'scripts'}:{ROOT}"}
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    return json.loads(line.removeprefix("RESULT")), time.perf_counter() - started


def measure(rows: int, targets: str, sources: tuple[str, ...], folder: Path) -> None:
    """Make rows, and read them from each source."""
    made, seconds = child(_MAKE, json.dumps({"since": DAY, "size": str(rows), "targets": targets}))
    print(f"| source_producer into {targets} | {made['rows']:,} | {made['rows'] / seconds:,.0f} | - |")
    for source in sources:
        found, seconds = child(_READ, source, str(folder / "rows.csv"))
        print(f"| {source} | {found['rows']:,} | {found['rows'] / seconds:,.0f} | {found['memory_mb']:.0f} |")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--api-rows", type=int, default=100_000)
    options = parser.parse_args()
    with places.database() as (dsn, folder), server.start() as sandbox:
        os.environ |= sandbox.settings() | sandbox.secrets()
        os.environ |= {"OPSFLOWS_PG_DSN": dsn, "OPSFLOWS_ETL_BUCKET": str(folder / "bucket")}
        print("| source | rows | rows/s | memory MB |\n| --- | --- | --- | --- |")
        files = ("sales_events_csv", "sales_events_parquet")
        measure(options.rows, "postgres,bucket", ("sales_events_table", "sales_events_keyset", *files), folder)
        measure(options.api_rows, "api", ("sales_events_api", "sales_events_api_pages"), folder)
    print("load average", *(f"{value:.1f}" for value in os.getloadavg()))


if __name__ == "__main__":
    main()
