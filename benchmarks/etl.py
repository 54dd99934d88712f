"""The loader beside a bare COPY, `execute_values`, and dlt: alternated, in one run, on an embedded Postgres.

    python -m benchmarks.etl [--rows 1000000] [--rounds 5] [--dlt PYTHON]
    python -m benchmarks.etl --grow 100000,1000000,10000000

Every round measures every contender once; the table prints medians, and of the ratios to the bare COPY of the same
round the median, since other work on the machine slows neighbours alike. Slow contenders get a tenth of the rows.
`--grow` loads files of growing size instead, with memory and the time of a million rows.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import etl_contenders as contenders
from benchmarks import etl_data
from local import postgres
from platform_tasks import migrate

if TYPE_CHECKING:
    from benchmarks.etl_contenders import Measured

_SLOWER = 10
_MIB = 1 << 20


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dlt", help="an interpreter with dlt and pyarrow")
    parser.add_argument("--grow", help="numbers of rows, separated by commas")
    parser.add_argument("--data", type=Path, help="where the files are kept; default: made anew each time")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        data = arguments.data or Path(folder)
        data.mkdir(exist_ok=True)
        server = postgres.start(Path(folder) / "pg")
        try:
            migrate.apply(server.dsn)
            if arguments.grow:
                _grow(server.dsn, data, [int(rows) for rows in arguments.grow.split(",")])
            else:
                _compare(server.dsn, etl_data.make(data, arguments.rows), arguments)
        finally:
            server.stop()


def _compare(dsn: str, files: etl_data.Files, arguments: argparse.Namespace) -> None:
    measured: dict[str, list[Measured]] = defaultdict(list)
    for number in range(arguments.rounds):
        for name, result in _round(dsn, files, arguments, number).items():
            measured[name].append(result)
        print(f"round {number + 1} of {arguments.rounds}, load {os.getloadavg()[0]:.1f}", flush=True)
    print(f"\n{arguments.rows:,} rows, {arguments.rounds} rounds, {os.cpu_count()} cores, medians\n")
    print("| contender | rows/s | of the bare COPY | WAL MB | memory MB |\n| --- | --- | --- | --- | --- |")
    for name, results in measured.items():
        print(_line(name, results, measured["random, COPY" if name.startswith("random") else "in order, COPY"]))
    wal = statistics.median(m.wal for m in measured["replay, loader"])
    print(
        f"\nWAL of a replay: {wal / statistics.median(m.wal for m in measured['blind upsert']):.4f} of a blind upsert's"
    )


def _round(dsn: str, files: etl_data.Files, arguments: argparse.Namespace, number: int) -> dict[str, Measured]:
    """Every contender once; the loads upon a full table follow the one that filled it."""
    rows, few = arguments.rows, arguments.rows // _SLOWER
    found = {}
    contenders.fresh(dsn)
    found["in order, COPY"] = contenders.copy(dsn, files.ordered, rows)
    contenders.fresh(dsn)
    found["in order, loader"] = contenders.loader(dsn, files.ordered, rows, f"ordered-{number}")
    found["replay, loader"] = contenders.loader(dsn, files.ordered, rows, f"replay-{number}")
    _expect(found["replay, loader"], inserted=0, updated=0)
    found["10 % changed, loader"] = contenders.loader(dsn, files.changed, rows, f"changed-{number}")
    _expect(found["10 % changed, loader"], inserted=0, updated=rows // 10)
    found["blind upsert"] = contenders.blind_upsert(dsn, files.ordered, rows)
    contenders.fresh(dsn)
    found["random, COPY"] = contenders.copy(dsn, files.random_unique, rows - rows // 100)
    contenders.fresh(dsn)
    found["random, loader"] = contenders.loader(dsn, files.random, rows, f"random-{number}")
    _expect(found["random, loader"], inserted=rows - rows // 100, duplicates=rows // 100)
    contenders.fresh(dsn)
    found["execute_values upsert"] = contenders.values_upsert(dsn, files.ordered, few, datetime.now(UTC))
    for form in ("arrow", "dict") if arguments.dlt else ():
        found[f"dlt merge, {form}"] = contenders.dlt(arguments.dlt, dsn, files.ordered, few, form)
    return found


def _expect(measured: Measured, **expected: int) -> None:
    report = measured.report or {}
    if any(report[name] != count for name, count in expected.items()):
        raise SystemExit(f"expected {expected}, got {report}")


def _line(name: str, results: list[Measured], bare: list[Measured]) -> str:
    rate = statistics.median(m.rate for m in results)
    ratio = statistics.median(m.rate / b.rate for m, b in zip(results, bare, strict=True))
    wal, memory = (max(getattr(m, what) for m in results) / _MIB for what in ("wal", "memory"))
    return f"| {name} | {rate:,.0f} | {ratio:.2f} | {wal:,.1f} | {memory:,.0f} |"


def _grow(dsn: str, data: Path, sizes: list[int]) -> None:
    print("| rows | seconds | seconds a million | memory MB | bare COPY, seconds a million | load |")
    print("| --- | --- | --- | --- | --- | --- |")
    for rows in sizes:
        path = etl_data.ordered(data, rows)
        contenders.fresh(dsn)
        bare = contenders.copy(dsn, path, rows)
        contenders.fresh(dsn)
        found = contenders.loader(dsn, path, rows, f"grow-{rows}")
        a_million, memory = 1e6 / found.rate, found.memory / _MIB
        print(
            f"| {rows:,} | {rows / found.rate:.1f} | {a_million:.2f} | {memory:.0f} | {1e6 / bare.rate:.2f} "
            f"| {os.getloadavg()[0]:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
