"""`GET /metrics` over a million rows: `python -m benchmarks.metrics [--rows 1000000] [--times 40]`.

Executions, ETL runs, quarantined rows, readings and effects share the rows. Prints the 95th percentile of a collection
(what a scrape costs when the console's ten seconds are over) and the slowest queries.
"""

import argparse
import os
import statistics
import tempfile
import time

from console import collector, metrics
from kit import db
from local import postgres
from platform_tasks import migrate

FILL = (
    """insert into ops.flow_runs (execution_id, namespace, flow_id, state, created_at, started_at, ended_at,
                               queued_s, run_s)
    select 'e' || n, 'opsflows.etl', 'flow_' || n %% 40,
           case when n %% 50 = 0 then 'FAILED' else 'SUCCESS' end, at, at, at,
           random(), random() * 60
    from (select n, now() - n * interval '4 seconds' as at from generate_series(1, %(rows)s / 2) n) one""",
    """insert into etl_runs (flow, run_label, run_name, execution_id, status, total_rows, expected_rows, ratio,
                         started_at)
    select 'flow_' || n %% 10, '', 'r' || n, 'e' || n, 'succeeded', 1000, 1000, 1, now() - n * interval '1 minute'
    from generate_series(1, %(rows)s / 4) n""",
    """insert into etl_quarantine (load_id, chunk, line, dataset, code, raw, created_at)
    select 'l' || n / 1000, 1, n, 'sales_' || n %% 5, 'code_' || n %% 8, 'x', now() - n * interval '10 seconds'
    from generate_series(1, %(rows)s / 8) n""",
    """insert into ops.effects (key, kind, state, started_at)
    select 'sheet:' || n, 'sheets.row', case when n %% 5000 = 0 then 'unknown' else 'done' end, now()
    from generate_series(1, %(rows)s / 8) n""",
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=40)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="opsflows-metrics-") as folder:
        server = postgres.start(folder)
        try:
            os.environ["OPSFLOWS_PG_DSN"] = server.dsn
            _measure(server.dsn, given.rows, given.times)
        finally:
            server.stop()


def _measure(dsn: str, rows: int, times: int) -> None:
    migrate.apply(dsn)
    with db.connect(dsn, statement_s=600) as conn:
        for statement in FILL:
            db.execute(conn, statement, {"rows": rows})
        db.execute(conn, "vacuum analyze")
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        text = metrics.text(found := collector.collect())
        seconds.append(time.perf_counter() - began)
    slow = {
        one.labels["query"]: one.value for family in found if family.name == collector.SECONDS for one in family.samples
    }
    down = [
        one.labels["query"]
        for family in found
        if family.name == collector.UP
        for one in family.samples
        if not one.value
    ]
    print(
        f"{rows} rows, {text.count(chr(10))} lines; a collection: p50 {statistics.median(seconds) * 1000:.0f} ms, ",
        end="",
    )
    print(f"p95 {statistics.quantiles(seconds, n=20)[-1] * 1000:.0f} ms; not answered: {down or 'none'}")
    for query, took in sorted(slow.items(), key=lambda pair: -pair[1])[:5]:
        print(f"  {query}: {took * 1000:.0f} ms")
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
