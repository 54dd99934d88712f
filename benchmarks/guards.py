"""What limits and breaker cost a call that nothing hinders: `python -m benchmarks.guards [--calls 500]`."""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable

from kit import policies
from local import postgres
from platform_tasks import migrate


def main() -> None:
    """Measure on an embedded Postgres of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=500)
    calls = parser.parse_args().calls
    server = postgres.start(tempfile.mkdtemp(prefix="opsflows-guards-"))
    try:
        migrate.apply(server.dsn)
        os.environ["OPSFLOWS_PG_DSN"] = server.dsn
        breaker, limiter = policies.breaker("whatsapp"), policies.limiter("whatsapp", sleep=lambda _: None)
        if breaker is None or limiter is None:
            raise AssertionError("a DSN is set")
        limiter.acquire()  # the first one connects
        print_times("breaker, before and after a call", calls, lambda: (breaker.allow(), breaker.record(None)))
        print_times("limits", calls, lambda: limiter.acquire(deadline_s=1e6))
    finally:
        server.stop()


def print_times(what: str, calls: int, work: Callable[[], object]) -> None:
    """Print the median and the 95th percentile in milliseconds."""
    times = []
    for _ in range(calls):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{what}: p50 {statistics.median(times):.2f} ms, p95 {p95:.2f} ms")


if __name__ == "__main__":
    main()
