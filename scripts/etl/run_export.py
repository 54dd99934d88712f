"""Task: bring the days of a table that are new or changed into a bucket as Parquet; see docs/etl-range.md.

All days are read in one snapshot. Run again at any moment: what is in the bucket and noted is left alone.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etl import lineage, queries, record, window
from etl.alone import alone
from etl.backfill import windows
from etl.buckets import opening
from etl.export import days, files
from etl.load import contract
from kit import dates, db, settings, task
from kit.errors import ConflictError

if TYPE_CHECKING:
    from datetime import date, datetime

    from etl.export.days import Day, Table
    from etl.export.files import Place
    from kit.db import Connection

_MOST_DAYS = 366 * 100


class Inputs(task.TaskInputs):
    """`since`, `until`: days by the event's time; blank: all. `bucket`: blank is OPSFLOWS_ETL_BUCKET."""

    dataset: str
    table_name: str
    schema_name: str = "public"
    since: str = ""
    until: str = ""
    bucket: str = ""
    verify: bool = False
    dry_run: bool = False


def run_task(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Export.

    Returns:
        `outcome` (`ok`, `planned`, `no_bucket`), `counts` of days (`written`, `unchanged`, `gone`), files, rows and
        bytes, and the key of the `manifest`.

    Raises:
        ConflictError: another export of this table is at work (code `export_running`).
        UnavailableError: an orphan of this execution is (code `same_run`).
        RefusedInputError: the range is no range (`window_…`).
    """
    if not inputs.bucket and not settings.get().etl_bucket:
        return {"outcome": {"code": "no_bucket", "message": "OPSFLOWS_ETL_BUCKET is not set."}, "counts": {}}
    asked = _whole(window.parse(inputs.since, inputs.until, dates.utcnow(), _MOST_DAYS))
    with db.connect(statement_s=0) as reader, db.connect() as conn:
        table = days.describe(reader, inputs.schema_name, inputs.table_name, contract.read(inputs.dataset))
        bucket = opening.open_bucket(inputs.bucket or None)
        busy = ConflictError(f"Another export of {table.full_name} is at work.", code="export_running")
        with alone(conn, f"etl:export:{table.full_name}:{bucket.uri}", ctx.execution_id, busy):
            with days.snapshot(reader):
                todo = _todo(reader, conn, table, bucket.uri, asked)
                if inputs.dry_run:
                    counts = {name: len(found) for name, found in todo.items()}
                    return {"outcome": {"code": "planned", "message": ""}, "counts": counts}
                values = {"execution_id": ctx.execution_id, "dataset": inputs.dataset}
                values |= {"source_table": table.full_name, "bucket": bucket.uri}
                number = (queries.one(conn, "export_begin", **values) or {})["export_id"]
                place = files.Place(bucket, table, number)
                _write(reader, conn, place, todo, verify=inputs.verify)
            noted = files.publish(conn, place, inputs.dataset, len(todo["written"]))
            _tell(conn, ctx, place, noted)
    counts = {name: len(found) for name, found in todo.items()} | {n: noted[n] for n in ("files", "rows", "bytes")}
    for name in todo:
        ctx.counter("etl_export_days", counts[name], fate=name)
    return {"outcome": {"code": "ok", "message": ""}, "counts": counts, "manifest": noted["manifest"]}


def _whole(asked: window.Window) -> window.Window:
    """The days that a range touches."""

    def after(moment: datetime) -> datetime:
        return moment if windows.floor(moment, "day") == moment else windows.after(moment, "day")

    if asked.since is None or asked.until is None:
        return asked
    return window.Window(windows.floor(asked.since, "day"), after(asked.until))


def _todo(
    reader: Connection, conn: Connection, table: Table, bucket: str, asked: window.Window
) -> dict[str, list[Day]]:
    """The days by what is to be done: `written`, `unchanged`, or `gone`, which had rows once."""
    valid = queries.every(conn, "export_valid", bucket=bucket, source_table=table.full_name)
    known = {row["day"]: row["fingerprint"] for row in valid}
    found = days.of(reader, table, asked.since, asked.until)
    there = {day.day for day in found}
    return {
        "written": [day for day in found if known.get(day.day) != day.fingerprint],
        "unchanged": [day for day in found if known.get(day.day) == day.fingerprint],
        "gone": [days.Day(day, 0, "") for day in known if day not in there and _within(day, asked)],
    }


def _within(day: date, asked: window.Window) -> bool:
    """Whether a whole day is in the range."""
    return asked.since is None or asked.until is None or asked.since.date() <= day < asked.until.date()


def _write(reader: Connection, conn: Connection, place: Place, todo: dict[str, list[Day]], *, verify: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="etl-export-") as folder:
        for day in todo["written"]:
            found = files.make(reader, place, day, Path(folder))
            if verify:
                files.verify(place, found, Path(folder))
            files.note(conn, place, found)
    for day in todo["gone"]:
        files.gone(conn, place, day.day)


def _tell(conn: Connection, ctx: task.Context, place: Place, noted: dict[str, Any]) -> None:
    """Enter the export into the book of runs, with its lineage."""
    name = ctx.execution_id or f"export-{place.number}"
    run_id = record.begin(conn, flow="etl_export", run_name=name, execution_id=ctx.execution_id, params={})
    record.finish(conn, run_id, status="succeeded", total_rows=noted["rows"], num_chunks=noted["files"])
    record.audit(conn, run_id, "exported", {"manifest": noted["manifest"], "days": noted["days"]})
    came, went = f"postgres:{place.table.full_name}", f"{place.bucket.uri}/{noted['manifest']}"
    rows = {came: noted["rows"], went: noted["rows"]}
    checksums = {went: noted["manifest_sha256"]}
    lineage.record(conn, run_id, inputs=[came], outputs=[went], rows=rows, checksums=checksums)


if __name__ == "__main__":
    task.main(Inputs, run_task)
