"""etl_maintenance over ten million rows, beside readers and a writer, killed once in its midst.

    python -m benchmarks.maintenance [--metrics 7000000] [--events 3000000]

Prints how long the fill took, the run's two attempts, the longest transaction, and the longest that a reader and a
writer waited for a lock: sampled every two milliseconds in pg_stat_activity, which tells it from slowness of the
machine. A reader that waited for more than 100 ms would end with an error, and be counted.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks import places
from kit import db
from kit.errors import DeadlineError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).resolve().parents[1]
MONTHS: Final = 24
FILL: Final = """
set synchronous_commit = off;
insert into etl_runs (flow, run_name, started_at)
select 'bench', 'r' || g, now() - g * interval '1 hour' from generate_series(1, 6480) g;
drop index etl_improved_metrics_labels, etl_improved_metrics_name;
insert into etl_improved_metrics (run_id, name, value, labels, created_at)
select 1 + g %% 6480, 'm' || g, g, '{"source": "bench"}',
       now() - (270.0 * (%(metrics)s - g) / %(metrics)s) * interval '1 day'
from generate_series(1, %(metrics)s) g;
create index etl_improved_metrics_name on etl_improved_metrics (name, created_at desc);
create index etl_improved_metrics_labels on etl_improved_metrics using gin (labels jsonb_path_ops);
alter table etl_improved_events disable trigger etl_keep_newest;
select create_monthly_partition((date_trunc('month', now()) - g * interval '1 month')::date)
from generate_series(0, %(months)s) g;
drop index etl_improved_events_type, etl_improved_events_payload;
insert into etl_improved_events
    (event_id, customer_id, event_type, occurred_at, amount, currency, quantity, payload)
select 'evt-' || g, g %% 5000, 'sale', now() - (%(months)s * 30.0 * (%(events)s - g) / %(events)s) * interval '1 day',
       g %% 1000, 'EUR', 1, jsonb_build_object('sku', 'P-' || g %% 50)
from generate_series(1, %(events)s) g;
alter table etl_improved_events enable trigger etl_keep_newest;
select etl_index_events('public', 'etl_improved_events');
select etl_fill_event_keys('etl_improved_events');
analyze etl_improved_metrics, etl_improved_events, etl_event_keys
"""
READS: Final = (
    "select count(*) from etl_improved_events where occurred_at > now() - interval '1 day'",
    "select * from etl_improved_events where event_id = 'evt-' || %(number)s",
    "select count(*) from etl_improved_metrics where name = 'm' || %(number)s",
    "select count(*) from etl_improved_events where occurred_at < now() - interval '600 days' and customer_id = 7",
)
WRITE: Final = """
insert into etl_improved_events (event_id, customer_id, event_type, occurred_at, amount, currency, quantity, payload)
select 'evt-' || (random() * {events})::int || '-' || g % 3, 1, 'sale', now(), 1, 'EUR', 1, '{{}}'
from generate_series(1, 100) g on conflict do nothing
"""
DROPPED: Final = (
    "select steps #> '{public.etl_improved_events:partitions,dropped}' as dropped from ops.maintenance_runs"
)
SAMPLE: Final = """
select application_name as who from pg_stat_activity where wait_event_type = 'Lock' and application_name like 'bench %'
"""


class Beside(threading.Thread):
    """Does the same again and again; `waited` counts what ended because a lock did not come within 100 ms."""

    def __init__(self, dsn: str, name: str, work: Callable[[db.Connection], None], stop: threading.Event) -> None:
        """Nothing is begun yet."""
        super().__init__(name=name, daemon=True)
        self._dsn, self._work, self._stopped = dsn, work, stop
        self.waited, self.slowest_s, self.times = 0, 0.0, 0

    def run(self) -> None:
        """Until the stop."""
        with db.connect(self._dsn, statement_s=0) as conn:
            db.execute(conn, "select set_config('application_name', %s, false)", (f"bench {self.name}",))
            db.execute(conn, "set lock_timeout = '100ms'")
            while not self._stopped.is_set():
                began = time.monotonic()
                try:
                    self._work(conn)
                except DeadlineError:
                    self.waited += 1
                self.slowest_s = max(self.slowest_s, time.monotonic() - began)
                self.times += 1


class Sampler(threading.Thread):
    """The longest stretch in which each of them was seen waiting for a lock, in seconds."""

    def __init__(self, dsn: str, stop: threading.Event) -> None:
        """Nothing is begun yet."""
        super().__init__(daemon=True)
        self._dsn, self._stopped = dsn, stop
        self.longest: dict[str, float] = {}

    def run(self) -> None:
        """Look every two milliseconds."""
        since: dict[str, float] = {}
        with db.connect(self._dsn) as conn:
            while not self._stopped.wait(0.002):
                now = time.monotonic()
                seen = {row["who"] for row in db.fetch_all(conn, SAMPLE)}
                since = {who: since.get(who, now) for who in seen}
                for who, began in since.items():
                    self.longest[who] = max(self.longest.get(who, 0.0), now - began + 0.002)


def attempt(dsn: str, folder: Path, kill_when: Callable[[], bool] | None = None) -> tuple[float, int]:
    """Run the task as Kestra does; seconds, and its exit code."""
    env = {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'scripts'}",
        "OPSFLOWS_PG_DSN": dsn,
        "OPSFLOWS_EXECUTION_ID": "bench",
        "INPUT_DRY_RUN": "false",
        "OPSFLOWS_LOG_LEVEL": "ERROR",
    }
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "etl.maintenance.run"], cwd=folder, env=env, stdout=subprocess.DEVNULL
    ) as task:
        while task.poll() is None:
            if kill_when and kill_when():
                task.send_signal(signal.SIGKILL)
                break
            time.sleep(0.05)
    return time.monotonic() - began, task.wait()


def halfway(dsn: str) -> Callable[[], bool]:
    """Whether the first partition was dropped: most of the rows are still to go then."""

    def look() -> bool:
        with db.connect(dsn) as conn:
            row = db.fetch_one(conn, DROPPED)
        return bool(row and row["dropped"] and len(row["dropped"]) > MONTHS // 4)

    return look


def rows(dsn: str) -> dict[str, int]:
    """Rows that are there, and of them those that should be gone."""
    query = """
    select (select count(*) from etl_improved_metrics) as metrics, (select count(*) from etl_improved_events) as events,
           (select count(*) from etl_event_keys) as keys,
           (select count(*) from etl_improved_metrics where created_at < now() - interval '91 days')
             + (select count(*) from etl_improved_events where occurred_at < now() - interval '366 days') as past
    """
    with db.connect(dsn, statement_s=0) as conn:
        return db.fetch_one(conn, query) or {}


def reading(conn: db.Connection) -> None:
    """One of each."""
    for query in READS:
        db.fetch_all(conn, query, {"number": random.randint(1, 1_000_000)})


def main() -> int:
    """Fill, run, kill, go on, tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--metrics", type=int, default=7_000_000)
    parser.add_argument("--events", type=int, default=3_000_000)
    given = parser.parse_args()
    with places.database() as (dsn, folder):
        began = time.monotonic()
        with db.connect(dsn, statement_s=0) as conn:
            for statement in FILL.split(";\n"):
                db.execute(conn, statement, {**vars(given), "months": MONTHS})
        print(f"filled {given.metrics + given.events:,} rows in {time.monotonic() - began:.0f} s", flush=True)
        before = rows(dsn)
        stop = threading.Event()
        write = WRITE.format(events=given.events)
        sampler = Sampler(dsn, stop)
        beside = [Beside(dsn, f"reader {number}", reading, stop) for number in (1, 2)]
        beside.append(Beside(dsn, "writer", lambda conn: writing(conn, write), stop))
        for thread in (sampler, *beside):
            thread.start()
        first, code = attempt(dsn, folder, halfway(dsn))
        second, ended = attempt(dsn, folder)
        stop.set()
        for thread in (sampler, *beside):
            thread.join()
        tell(before, rows(dsn), json.loads((folder / "etl-maintenance.json").read_text()))
        print(f"first attempt {first:.1f} s (exit {code}), second {second:.1f} s (exit {ended})")
        for one in beside:
            waited = sampler.longest.get(f"bench {one.name}", 0.0)
            print(
                f"{one.name}: {one.times:,} rounds, longest wait for a lock {waited * 1000:.0f} ms, "
                f"{one.waited} over 100 ms, longest round {one.slowest_s:.2f} s"
            )
    return ended


def writing(conn: db.Connection, statement: str) -> None:
    """A hundred events of today, some of which are there already."""
    with db.transaction(conn):
        db.execute(conn, statement)
    time.sleep(0.02)


def tell(before: dict[str, int], after: dict[str, int], told: dict[str, Any]) -> None:
    """What went."""
    print(f"before {before}\nafter  {after}")
    dropped = sum(len(line["partitions"]) for line in told["tables"])
    print(
        f"{sum(line['rows'] for line in told['tables']):,} rows went, {dropped} months dropped, "
        f"{told['freed_bytes'] / 1e6:.0f} MB given back, longest transaction {told['slowest_ms']} ms, "
        f"left {told['left']}"
    )


if __name__ == "__main__":
    sys.exit(main())
