"""What the loader is measured against, each on the same file and table; seconds, and bytes of WAL where it matters."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from psycopg2.extras import execute_values

from benchmarks import etl_data
from etl.load import contract, fields, rows
from kit import db

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_COLUMNS: Final = etl_data.COLUMNS
_REST: Final = [name for name in _COLUMNS.split(",") if name != "event_id"]
_SET: Final = ", ".join(f"{name} = excluded.{name}" for name in _REST)
_UPSERT: Final = f"insert into bench ({_COLUMNS}) values %s on conflict (event_id) do update set {_SET}"  # noqa: S608
_BLIND: Final = (
    f"insert into bench ({_COLUMNS}) select {_COLUMNS} from blind on conflict (event_id) do update set {_SET}"  # noqa: S608
)
_LINES: Final = 1_000


@dataclass(frozen=True)
class Measured:
    """One run: rows a second, WAL in bytes, the greatest resident memory of all its processes, what it reported."""

    rate: float
    wal: int = 0
    memory: int = 0
    report: dict[str, Any] | None = None


def fresh(dsn: str) -> None:
    """An empty table with its key, and no memory of loads."""
    with db.connect(dsn, statement_s=0) as conn:
        db.execute(conn, etl_data.DDL)
        db.execute(conn, "truncate etl_loads, etl_load_chunks, etl_quarantine")
        db.execute(conn, "checkpoint")


def copy(dsn: str, path: Path, count: int) -> Measured:
    """A bare COPY, nothing judged, one transaction."""
    with db.connect(dsn, statement_s=0) as conn, path.open("rb") as file, conn.cursor() as cursor:
        started = time.perf_counter()
        cursor.copy_expert("copy bench from stdin (format csv, header)", file, size=1 << 18)
        return Measured(count / (time.perf_counter() - started))


def loader(dsn: str, path: Path, count: int, name: str, workers: int = 2) -> Measured:
    """The loader, in a process of its own whose memory is watched; its start-up is not counted."""
    wal = _wal(dsn)
    program = [sys.executable, "-m", "benchmarks.etl_load_once", dsn, str(path), name, str(workers)]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
    peak: list[int] = [0]
    watcher = threading.Thread(target=_watch, args=(process, peak))
    watcher.start()
    out, _ = process.communicate()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"the loader failed on {path.name}")
    report = json.loads(out)
    return Measured(count / report.pop("seconds"), _wal(dsn) - wal, peak[0], report)


def blind_upsert(dsn: str, path: Path, count: int) -> Measured:
    """COPY to a temporary table and an upsert of everything, in one transaction."""
    wal, started = _wal(dsn), time.perf_counter()
    with db.connect(dsn, statement_s=0) as conn, path.open("rb") as file, db.transaction(conn):
        db.execute(conn, "create temporary table blind (like bench) on commit drop")
        with conn.cursor() as cursor:
            cursor.copy_expert("copy blind from stdin (format csv, header)", file, size=1 << 18)
        db.execute(conn, _BLIND)
    return Measured(count / (time.perf_counter() - started), _wal(dsn) - wal)


def values_upsert(dsn: str, path: Path, count: int, now: datetime) -> Measured:
    """psycopg2's `execute_values`, a thousand rows a page, with the same validation and a commit a page."""
    rules = contract.read("sales_events")
    checker = rows.Checker(rules, _COLUMNS.split(","), now)
    started = time.perf_counter()
    with db.connect(dsn, statement_s=0) as conn, conn.cursor() as cursor:
        for page in _pages(path, count):
            good = {values[0]: values for values in _values(checker, page)}
            execute_values(cursor, _UPSERT, list(good.values()), page_size=_LINES)
    return Measured(count / (time.perf_counter() - started))


def dlt(python: str, dsn: str, path: Path, count: int, form: str) -> Measured:
    """Dlt's merge by key, of dict rows or of arrow tables; in the interpreter where it is installed."""
    with db.connect(dsn) as conn:
        db.execute(conn, "drop schema if exists bench_dlt, bench_dlt_staging cascade")
    program = [python, "-m", "benchmarks.etl_dlt", dsn, str(path), str(count), form]
    out = subprocess.run(program, check=True, capture_output=True, text=True).stdout
    return Measured(count / json.loads(out.splitlines()[-1])["seconds"])


def _pages(path: Path, count: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        next(file)
        for _ in range(0, count, _LINES):
            yield b"".join(islice(file, _LINES))


def _values(checker: rows.Checker, page: bytes) -> list[tuple[str | None, ...]]:
    bad = set(checker.check(page).dropped)
    lines = page.split(b"\n")[:-1]
    good = [fields.split(text) for number, text in enumerate(lines) if number not in bad]
    return [tuple(None if value.null else value.text for value in values) for values in good]


def _wal(dsn: str) -> int:
    with db.connect(dsn) as conn:
        row = db.fetch_one(conn, "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint as at")
        return int(row["at"]) if row else 0


def _watch(process: subprocess.Popen[str], peak: list[int]) -> None:
    """Keep the greatest sum of resident memory of a process and its children; shared pages count for each."""
    pause = threading.Event()
    while process.poll() is None:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        try:
            pids = [process.pid, *map(int, children.read_text().split())]
            pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids]
            peak[0] = max(peak[0], sum(pages) * 4096)
        except (OSError, IndexError):
            pass
        pause.wait(0.02)
