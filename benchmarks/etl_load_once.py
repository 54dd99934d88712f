"""One load of a file of sales events, timed within; prints its report as JSON. For `benchmarks.etl`.

python -m benchmarks.etl_load_once DSN FILE RUN WORKERS
"""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from etl.load import contract, run, source
from etl.load.job import Job


def main(dsn: str, path: str, name: str, workers: str) -> None:
    """Load it."""
    started = time.perf_counter()
    found = source.CsvFile(Path(path))
    job = Job(name, found, contract.read("sales_events"), "bench", workers=int(workers), ttl_minutes=0)
    report = run.load(job, dsn)
    print(json.dumps({"seconds": time.perf_counter() - started, **asdict(report)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
