"""What a backfill would do, and what became of it: the plan, counts, and the windows that need a person."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from etl import lineage, record
from etl.backfill import ledger, proof, windows
from kit import dates

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from etl.backfill.lanes import Fetch
    from etl.backfill.windows import Span
    from etl.load.contract import Contract
    from kit import task
    from kit.db import Connection

_SHOWN: Final = 50  # windows that need a person, in the outputs


@dataclass(frozen=True)
class Asked:
    """A backfill, how its rows are fetched and judged, and its windows: all of the range, and those to be brought."""

    backfill: ledger.Backfill
    fetch: Fetch
    contract: Contract
    spans: Sequence[Span]
    wanted: Sequence[Span]


def plan(conn: Connection, asked: Asked, path: Path) -> dict[str, Any]:
    """Write what would be done, a line a window."""
    pace = ledger.pace(conn, asked.backfill)
    wanted = set(asked.wanted)
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["since", "until", "state"])
        for span in asked.spans:
            state = "to_read" if span in wanted else "proven"
            lines.writerow([dates.to_iso(span[0]), dates.to_iso(span[1]), state])
    counts = {"windows": len(asked.spans), "to_read": len(wanted)}
    if pace["seconds"] is not None:
        counts["expected_rows"] = round(len(wanted) * pace["rows"])
        counts["expected_s"] = round(2 * len(wanted) * pace["seconds"])  # read and proven, one after the other
    text = f"{len(wanted)} of {len(asked.spans)} windows would be read."
    return {"outcome": {"code": "planned", "message": text}, "counts": counts, "problems": []}


def tell(conn: Connection, asked: Asked, percent: int) -> dict[str, Any]:
    """What became of the range."""
    name, place = asked.backfill.name, asked.backfill
    ledger.thin(conn, name, proof.thin(ledger.windows(conn, name), place.step, percent))
    rows = ledger.windows(conn, name)
    covered = ledger.covered(conn, place.dataset, place.source, place.target)
    counts: Counter[str] = Counter(row["state"] for row in rows)
    counts["windows"], counts["missing"] = len(asked.spans), len(windows.missing(asked.spans, covered))
    counts["left_alone"] = len(asked.spans) - len(rows)
    for what in ("rows", "bad", "inserted", "updated"):
        counts[what] = sum(row[what] or 0 for row in rows)
    problems = [row for row in rows if row["state"] in ("failed", "thin")]
    if not counts["missing"]:
        ledger.finish(conn, name)
    shown = [{**_shown(row), "code": row["code"]} for row in problems[:_SHOWN]]
    return {"outcome": _outcome(counts, problems), "counts": dict(counts), "problems": shown, "rows": rows}


def _outcome(counts: Counter[str], problems: Sequence[dict[str, Any]]) -> dict[str, str]:
    failed = [row for row in problems if row["state"] == "failed"]
    told = ", ".join(f"{_shown(row)['since'][:10]} {row['code']}" for row in (failed or problems)[:3])
    if failed:
        return {"code": "windows_failed", "message": f"{len(failed)} windows could not be brought or proven: {told}."}
    if counts["missing"]:
        return {"code": "windows_missing", "message": f"{counts['missing']} windows are missing."}
    if problems:
        return {"code": "windows_thin", "message": f"{len(problems)} windows have few rows at the source: {told}."}
    return {"code": "ok", "message": ""}


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    named = ("state", "rows", "bad", "readings")
    return {"since": dates.to_iso(row["since"]), "until": dates.to_iso(row["until"])} | {n: row[n] for n in named}


def finish(
    conn: Connection, asked: Asked, run_id: int, told: dict[str, Any], duration_ms: int, ctx: task.Context
) -> None:
    """Enter it into the book of runs, with an alert where a person should look."""
    counts, code = told["counts"], told["outcome"]["code"]
    total = counts["rows"] + counts["bad"]
    record.finish(
        conn,
        run_id,
        status="failed" if code in ("windows_failed", "windows_missing") else "succeeded",
        total_rows=counts["rows"],
        expected_rows=total,
        ratio=counts["rows"] / total if total else 1.0,
        num_chunks=counts["windows"],
        duration_ms=duration_ms,
        outcome=told["outcome"],
    )
    _lineage(conn, asked.backfill, run_id, counts, ctx)
    if code != "ok":
        level: record.Level = "warning" if code == "windows_thin" else "critical"
        detail = {"problems": told["problems"][:10]}
        record.alert(conn, run_id=run_id, kind=code, level=level, message=told["outcome"]["message"], detail=detail)
    for state in ("proven", "thin", "failed", "missing"):
        ctx.counter("etl_backfill_windows", counts.get(state, 0), state=state)
    ctx.counter("etl_backfill_rows", counts["rows"])
    ctx.timer("etl_backfill_seconds", duration_ms / 1000)


def _lineage(conn: Connection, done: ledger.Backfill, run_id: int, counts: dict[str, Any], ctx: task.Context) -> None:
    """The source and the table as a whole, and each window with its rows and checksum."""
    came, went = done.source, f"postgres:{done.target}"
    # What is there for certain: rows that a killed attempt loaded and did not note are counted too.
    rows = {came: counts["rows"] + counts["bad"], went: counts["rows"]}
    lineage.record(conn, run_id, inputs=[came], outputs=[went], rows=rows, release=ctx.release)
    lineage.record_windows(conn, run_id, came, done.name)
