"""New rows into the partitioned table of events, one worker and two: `python -m benchmarks.etl_events [--rows N]`.

A trigger keeps the newest version of each event, by the keys of `etl_event_keys`. Beside it in each round: the trigger
as it was in 0022_etl_book.sql, one lock a table and every event searched for in all months; and no trigger.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from benchmarks import places
from etl.load import contract, run
from etl.load.job import Job
from etl.load.source import CsvFile
from kit import db, files

if TYPE_CHECKING:
    from pathlib import Path

_TABLE: Final = "etl_improved_events"
_FUNCTION: Final = "create or replace function etl_keep_newest()"
_AGAIN: Final = """
drop table etl_improved_events;
select etl_create_events('public', 'etl_improved_events');
truncate etl_loads, etl_load_chunks, etl_quarantine, etl_event_keys;
checkpoint
"""
_CONTENDERS: Final = {
    "keys of events": ("0028_etl_event_keys", ""),
    "one lock a table": ("0022_etl_book", ""),
    "no trigger": ("0028_etl_event_keys", "drop trigger etl_keep_newest on etl_improved_events"),
}
_MONTHS: Final = 6


def main() -> None:
    """Measure in turn, on a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=150_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--chunk-rows", type=int, default=2_000)
    given = parser.parse_args()
    os.environ["OPSFLOWS_LOG_LEVEL"] = "ERROR"
    taken: dict[tuple[str, int], list[float]] = defaultdict(list)
    with places.database() as (dsn, folder):
        path = _rows(folder / "events.csv", given.rows)
        for _ in range(given.rounds):
            for name in _CONTENDERS:
                for workers in (1, 2):
                    _prepare(dsn, name)
                    taken[name, workers].append(_load(dsn, path, given.chunk_rows, workers))
    print(f"{given.rows:,} rows, chunks of {given.chunk_rows:,}, load {os.getloadavg()[0]:.1f}")
    print("| trigger | workers | median, s | least | most | rows/s |\n| --- | --- | --- | --- | --- | --- |")
    for (name, workers), seconds in taken.items():
        middle = statistics.median(seconds)
        figures = f"{middle:.1f} | {min(seconds):.1f} | {max(seconds):.1f} | {given.rows / middle:,.0f}"
        print(f"| {name} | {workers} | {figures} |")


def _rows(path: Path, count: int) -> Path:
    header = [column.name for column in contract.read(_TABLE).columns]
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(header) + "\n")
        for number in range(count):
            values = {
                "event_id": f"evt-{number * 7919 % count:09}",
                "customer_id": str(1 + number % 977),
                "event_type": "sale",
                "occurred_at": f"2026-0{1 + number % _MONTHS}-{1 + number % 28:02}T10:00:00Z",
                "amount": "5.00",
                "currency": "EUR",
                "quantity": "1",
                "payload": '"{""sku"": ""P-1""}"',
                "net_amount": "4.13",
                "fingerprint": f"{number:032x}",
            }
            file.write(",".join(values[name] for name in header) + "\n")
    return path


def _prepare(dsn: str, contender: str) -> None:
    migration, statement = _CONTENDERS[contender]
    text = files.read_text(f"sql/migrations/{migration}.sql")
    begin = text.index(_FUNCTION)
    with db.connect(dsn, statement_s=0) as conn:
        db.execute(conn, text[begin : text.index("end $$;", begin) + len("end $$;")])
        db.execute(conn, _AGAIN)
        if statement:
            db.execute(conn, statement)


def _load(dsn: str, path: Path, chunk_rows: int, workers: int) -> float:
    source = CsvFile(path, chunk_rows=chunk_rows)
    job = Job(f"bench-{time.time()}", source, contract.read(_TABLE), _TABLE, workers=workers, ttl_minutes=0)
    started = time.perf_counter()
    run.load(job, dsn)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
