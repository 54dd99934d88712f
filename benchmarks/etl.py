"""The loader beside a bare COPY, `execute_values`, and dlt: alternated, in one run, on an embedded Postgres.

    python -m benchmarks.etl [--rows 1000000] [--rounds 5] [--dlt PYTHON]
    python -m benchmarks.etl --grow 100000,1000000,10000000 [--picture docs/images/etl-growth.svg]

Every round measures every contender once; the table prints medians, and of the ratios to the bare COPY of the same
round the median, since other work on the machine slows neighbours alike. Slow contenders get a tenth of the rows.
`--grow` loads files of growing size instead, with memory and the time of a million rows.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import etl_contenders as contenders
from benchmarks import etl_data, places

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
    parser.add_argument("--picture", type=Path, help="where --grow draws what it measured, as SVG")
    parser.add_argument("--data", type=Path, help="where the files are kept; default: made anew each time")
    arguments = parser.parse_args()
    with places.database() as (dsn, folder):
        data = arguments.data or folder
        data.mkdir(exist_ok=True)
        if arguments.grow:
            _grow(dsn, data, [int(rows) for rows in arguments.grow.split(",")], arguments.picture)
        else:
            _compare(dsn, etl_data.make(data, arguments.rows), arguments)


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


def _grow(dsn: str, data: Path, sizes: list[int], picture: Path | None) -> None:
    print("| rows | bare COPY, s a million | loader, s a million | memory MB | load |")
    print("| --- | --- | --- | --- | --- |")
    points = []
    for rows in sizes:
        path = etl_data.ordered(data, rows)
        contenders.fresh(dsn)
        bare = contenders.copy(dsn, path, rows)
        contenders.fresh(dsn)
        found = contenders.loader(dsn, path, rows, f"grow-{rows}")
        points.append((rows, rows / bare.rate, rows / found.rate))
        rates = f"{1e6 / bare.rate:.2f} | {1e6 / found.rate:.2f}"
        print(f"| {rows:,} | {rates} | {found.memory / _MIB:.0f} | {os.getloadavg()[0]:.1f} |", flush=True)
    if picture:
        picture.write_text(_picture(points))


def _picture(points: list[tuple[int, float, float]]) -> str:
    """Seconds over rows, both logarithmic, as SVG; a straight line at 45 degrees is linear growth."""
    left, top, step = 60, 20, 110
    low = math.floor(math.log10(min(copy for _, copy, _ in points)))
    high = math.ceil(math.log10(max(load for _, _, load in points)))
    first, last = round(math.log10(points[0][0])), round(math.log10(points[-1][0]))
    bottom, right = top + step * (high - low), left + step * (last - first)

    def at(rows: int, seconds: float) -> str:
        return f"{left + step * (math.log10(rows) - first):.0f},{bottom - step * (math.log10(seconds) - low):.0f}"

    shapes = [
        f'<text x="{left - 8}" y="{bottom - step * (n - low) + 4}" text-anchor="end">{10.0**n:g} s</text>'
        f'<path d="M{left},{bottom - step * (n - low)}H{right}" stroke="#ddd"/>'
        for n in range(low, high + 1)
    ]
    shapes += [
        f'<text x="{left + step * (n - first)}" y="{bottom + 18}" text-anchor="middle">{10**n:,}</text>'
        for n in range(first, last + 1)
    ]
    for column, (name, colour) in enumerate((("bare COPY", "#999"), ("loader", "#06c")), 1):
        line = [at(point[0], point[column]) for point in points]
        x, y = line[-1].split(",")
        shapes.append(f'<polyline points="{" ".join(line)}" fill="none" stroke="{colour}" stroke-width="2"/>')
        shapes += [f'<circle cx="{dot.split(",")[0]}" cy="{dot.split(",")[1]}" r="3" fill="{colour}"/>' for dot in line]
        shift = 12 if column == 1 else -6
        shapes.append(f'<text x="{int(x) + 6}" y="{int(y) + shift}" fill="{colour}">{name}</text>')
    size = f'viewBox="0 0 {right + 90} {bottom + 30}" font-family="sans-serif" font-size="12"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(shapes)}</svg>\n'


if __name__ == "__main__":
    main()
