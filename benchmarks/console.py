"""The console and its API over a full book: 1,000,000 metric rows, 5,000,000 events, 50,000 tickets.

    python -m benchmarks.console [--runs 200000] [--events 5000000] [--asks 60] [--only etl]

A Postgres of its own is filled, the real console process is started, and every page is asked for, one after the other,
by a browser that has signed in. `bytes` is what a first visit transfers: page, style, scripts. The last column is the
time that a second visit's 304 takes.
"""

from __future__ import annotations

import argparse
import re
import secrets
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from benchmarks import places
from kit import db
from local import console, ports

if TYPE_CHECKING:
    from collections.abc import Iterator

FILL = Path(__file__).with_name("console_fill.sql")
# Without its triggers: they look for older versions of each event, and there are none.
EVENTS = """
set synchronous_commit = off;
insert into etl_improved_events (event_id, customer_id, event_type, occurred_at, amount, currency, quantity)
select 'evt-' || n, n %% 5000, (array['sale', 'refund', 'visit'])[1 + n %% 3],
       date_trunc('month', now()) - (n %% 24) * interval '1 month' + (n %% 600) * interval '1 hour', n %% 1000, 'EUR', 1
from generate_series(%(first)s, %(last)s) n
"""
MONTHS = """
select create_monthly_partition((date_trunc('month', now()) - n * interval '1 month')::date)
from generate_series(-1, 24) n
"""
MOST_MS, MOST_METRICS_MS, MOST_BYTES = 100.0, 150.0, 200_000
METRICS = "/api/etl/metrics"
PASSWORD = f"Aa1{secrets.token_urlsafe(18)}"
_LINKED = re.compile(r'(?:href|src|data-source)="(/(?:assets/|tickets/review/|etl/chart)[^"]+)"')


@dataclass
class Asked:
    """What came of asking for one address."""

    path: str
    ms: list[float] = field(default_factory=list)
    again_ms: list[float] = field(default_factory=list)
    size: int = 0

    def at(self, share: float) -> float:
        """The time within which that share of the answers came."""
        return sorted(self.ms)[min(len(self.ms) - 1, int(len(self.ms) * share))]

    @property
    def fine(self) -> bool:
        """Whether it is as quick and as light as wanted."""
        most = MOST_METRICS_MS if self.path == METRICS else MOST_MS
        light = self.size <= MOST_BYTES or not self.is_page
        return self.at(0.95) <= most and light

    @property
    def is_page(self) -> bool:
        """Whether a person looks at it; what a program asks for is as large as it asks."""
        return not self.path.startswith("/api/") or self.path == "/api/docs"


def fill(dsn: str, runs: int, events: int) -> None:
    """Write the book."""
    began = time.perf_counter()
    with db.connect(dsn, statement_s=0) as conn:
        db.execute(conn, FILL.read_text().replace(":runs", str(runs)))
        db.execute(conn, MONTHS)
        db.execute(conn, "alter table etl_improved_events disable trigger user")
        for first in range(1, events + 1, 500_000):
            db.execute(conn, EVENTS, {"first": first, "last": min(first + 499_999, events)})
        db.execute(conn, "alter table etl_improved_events enable trigger user")
        db.execute(conn, "vacuum analyze")
        db.execute(conn, "checkpoint")
    print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)


def addresses(dsn: str) -> list[str]:
    """Every page and address of the API, with filters that find little and pages far down."""
    with db.connect(dsn) as conn:
        row = db.fetch_one(conn, "select run_id, run_name from etl_runs order by run_id offset 40000 limit 1")
    run_id = row["run_id"] if row else 1
    return [
        *("/", "/etl", "/etl?flow=etl_example&days=365", "/etl?run_label=label-7", "/etl?dry_run=true"),
        *("/etl?status=failed", "/etl?start=2025-01-01&end=2025-02-01", f"/etl/runs/{run_id}"),
        *("/etl/quarantine?dataset=dataset-1&code=enum", "/etl/chart.json?days=90"),
        *("/tickets", "/tickets?verdict=review", "/tickets/T-0000000100", "/costs", "/leads", "/alerts", "/state"),
        *("/api/docs", "/api/openapi.json", "/api/metrics/latest", "/api/metrics/history"),
        *("/api/metrics/history?limit=1000", "/api/metrics/history?run_label=label-7&dry_run=true"),
        *("/api/metrics/history?format=csv&limit=1000", "/api/alerts/recent", "/api/etl/health", METRICS),
    ]


def signed_in(url: str) -> requests.Session:
    """A browser of somebody who has signed in."""
    browser = requests.Session()
    browser.headers["Accept"] = "text/html"
    page = browser.get(f"{url}/sign-in", timeout=20).text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    sent = {**fields, "name": "opsflows", "password": PASSWORD}
    answer = browser.post(f"{url}/sign-in", data=sent, timeout=20)
    if not answer.ok or "sign-in" in answer.url:
        raise SystemExit(f"signing in: {answer.status_code} {answer.url}")
    return browser


def pages_on(browser: requests.Session, url: str, path: str) -> Iterator[str]:
    """What a page makes a browser fetch beside itself."""
    text = browser.get(url + path, timeout=60).text
    yield from dict.fromkeys(address.replace("&amp;", "&") for address in _LINKED.findall(text))


def transferred(browser: requests.Session, address: str) -> int:
    """Bytes of a body, as they came over the wire."""
    with browser.get(address, stream=True, timeout=60) as answer:
        answer.raise_for_status()
        return len(answer.raw.read(decode_content=False))


def ask(browser: requests.Session, url: str, path: str, times: int) -> Asked:
    """Ask for a page, and for all that it needs."""
    asked = Asked(path)
    tag = ""
    for number in range(times + 2):
        began = time.perf_counter()
        answer = browser.get(url + path, timeout=60)
        took = 1000 * (time.perf_counter() - began)
        answer.raise_for_status()
        tag = answer.headers.get("ETag", "")
        if number >= 2:  # noqa: PLR2004 - the first ones warm up
            asked.ms.append(took)
    for _ in range(times if tag else 0):
        began = time.perf_counter()
        answer = browser.get(url + path, headers={"If-None-Match": tag}, timeout=60)
        asked.again_ms.append(1000 * (time.perf_counter() - began))
    asked.size = transferred(browser, url + path)
    if asked.is_page:
        asked.size += sum(transferred(browser, url + other) for other in pages_on(browser, url, path))
    return asked


def report(all_asked: list[Asked]) -> None:
    """Print the table."""
    print(f"\n{'address':62} {'p50 ms':>8} {'p95 ms':>8} {'worst':>8} {'bytes':>8} {'304 ms':>8}")
    for one in all_asked:
        again = f"{sorted(one.again_ms)[len(one.again_ms) // 2]:8.1f}" if one.again_ms else " " * 8
        mark = "" if one.fine else "  <- too much"
        print(
            f"{one.path[:62]:62} {one.at(0.5):8.1f} {one.at(0.95):8.1f} {max(one.ms):8.1f} {one.size:8} {again}{mark}"
        )


def main() -> int:
    """Command line; exit code 1 when a figure is not met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200_000, help="five metric rows each")
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--asks", type=int, default=60)
    parser.add_argument("--only", default="", help="addresses that hold this text")
    given = parser.parse_args()
    with places.database() as (dsn, folder):
        fill(dsn, given.runs, given.events)
        settings = {"OPSFLOWS_PG_DSN": dsn, "OPSFLOWS_CONSOLE_KEY": "k" * 40, "OPSFLOWS_CONSOLE_PASSWORD": PASSWORD}
        running = console.start(ports.free(), settings, log=folder / "console.log")
        try:
            browser = signed_in(running.url)
            wanted = [path for path in addresses(dsn) if given.only in path]
            asked = [ask(browser, running.url, path, given.asks) for path in wanted]
        finally:
            running.stop()
    report(asked)
    return 0 if all(one.fine for one in asked) else 1


if __name__ == "__main__":
    sys.exit(main())
