"""Alerts: `python -m benchmarks.alerts latency [--runs 10] | storm`.

`latency` lets a flow fail on a local stack and takes the time from Kestra's end of it until its message is in the
sandbox. `storm` notes 1,000 failures of one cause from four processes while others deliver, and two of each of fifty
causes, and counts what people got.
"""

import argparse
import os
import statistics
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import requests

from benchmarks import places
from kit import db
from local.providers import server
from local.providers.client import SandboxClient
from platform_tasks.alerts import book
from platform_tasks.alerts.deliver import deliver
from platform_tasks.alerts.events import Event
from tools.stack.stack import Stack

CHANNEL = "C0ALERTS"
FAILURES, CAUSES, PROCESSES = 1000, 50, 4
LONGEST_S = 60


def latency(running: Stack, runs: int) -> list[float]:
    """Seconds from the end of a failed execution until its message is there, each of a flow day of its own."""
    taken = []
    for _ in range(runs):
        with db.connect(running.postgres.dsn) as conn:  # so that the next failure is told, not counted
            db.execute(conn, "update ops.alerts set state = 'resolved', resolved_at = clock_timestamp()")
        before = len(running.providers.cards(CHANNEL))
        ended = _ended(running, _start(running))
        _until(lambda seen=before: len(running.providers.cards(CHANNEL)) > seen)  # type: ignore[misc]
        taken.append(time.time() - ended)
    return taken


def _start(running: Stack) -> str:
    target = running.target
    form = {"etl_execution": (None, f"none{uuid.uuid4().hex[:12]}")}
    url = f"{target.url}/api/v1/main/executions/opsflows.etl/etl_consumer"
    answer = requests.post(url, files=form, auth=(target.username, target.password), timeout=30)
    answer.raise_for_status()
    return str(answer.json()["id"])


def _ended(running: Stack, execution_id: str) -> float:
    target, found = running.target, dict[str, Any]()
    url = f"{target.url}/api/v1/main/executions/{execution_id}"

    def failed() -> bool:
        found.update(requests.get(url, auth=(target.username, target.password), timeout=30).json())
        return bool(found["state"]["current"] == "FAILED")

    _until(failed)
    return datetime.fromisoformat(found["state"]["histories"][-1]["date"]).timestamp()


def _until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + LONGEST_S
    while not true():
        if time.monotonic() > ends:
            raise TimeoutError(f"nothing after {LONGEST_S} s")
        time.sleep(0.05)


def storm() -> dict[str, float]:
    """Counts of what people got, and failures noted a second."""
    with places.database() as (dsn, _), server.start() as sandbox:
        os.environ |= {**sandbox.settings(), **sandbox.secrets(), "OPSFLOWS_PG_DSN": dsn}
        seen = SandboxClient(sandbox.base_url)
        started = time.monotonic()
        with ThreadPoolExecutor(PROCESSES) as pool:
            list(pool.map(_fail, [FAILURES // PROCESSES] * PROCESSES))
        seconds = time.monotonic() - started
        _window_ends(dsn)
        one = seen.cards(CHANNEL)
        with db.connect(dsn) as conn:
            for number in range(2 * CAUSES):
                book.fire(conn, Event("flow_failed", "broken", flow_id="g", error_class=f"cause_{number % CAUSES}"))
            deliver(conn)
        return {
            "messages_of_one_cause": len(one),
            "updates_of_one_cause": sum(card["edits"] for card in one),
            "messages_of_fifty_causes": len(seen.cards(CHANNEL)) - len(one),
            "failures_a_second": round(FAILURES / seconds, 1),
        }


def _fail(times: int) -> None:
    with db.connect() as conn:
        for number in range(times):
            book.fire(conn, Event("flow_failed", "broken", flow_id="f", error_class="unavailable"))
            if number % 50 == 0:
                deliver(conn)


def _window_ends(dsn: str) -> None:
    """Ten minutes later."""
    with db.connect(dsn) as conn:
        db.execute(conn, "update ops.alert_deliveries set due_at = clock_timestamp() where state = 'pending'")
        deliver(conn)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("latency", "storm"))
    parser.add_argument("--runs", type=int, default=10)
    options = parser.parse_args()
    if options.what == "storm":
        print(storm())
        return
    with places.stack() as (running, _):
        taken = sorted(latency(running, options.runs))
    print(f"{len(taken)} failures: p50 {statistics.median(taken):.2f} s, longest {taken[-1]:.2f} s")


if __name__ == "__main__":
    main()
