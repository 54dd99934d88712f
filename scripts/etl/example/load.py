"""Task: the second half of `etl_example`: transform, schema, quality gate, load, lineage; see docs/etl.md."""

from __future__ import annotations

import tempfile
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from etl import quality, transform
from etl.example import book
from etl.load import contract
from etl.load import run as loading
from etl.load.job import Job
from etl.load.source import CsvFile
from etl.tidy_rows import Tidier
from etl.window import Window
from kit import settings, task
from kit.errors import TerminalError

if TYPE_CHECKING:
    from etl.load.contract import Contract
    from etl.load.job import Report
    from etl.transform import Transformed

SchemaMode = Literal["tolerant", "strict"]


class Extract(BaseModel):
    """What the first half found; its outputs."""

    model_config = ConfigDict(frozen=True)

    run_id: int
    run_name: str
    at: datetime
    dataset: str
    source_name: str
    is_fallback: bool = False
    window: dict[str, str]
    filter: bool = False
    rows: int
    checksum: str
    checkpoint: dict[str, Any] | None = None
    chunk_rows: int
    chunks: int
    workers: int
    volume: dict[str, Any]
    seconds: float

    def wanted(self) -> Window:
        """Which rows the transformation keeps: all, unless the source could not tell the window."""
        if not self.filter:
            return Window()
        return Window(datetime.fromisoformat(self.window["since"]), datetime.fromisoformat(self.window["until"]))


class Inputs(task.TaskInputs):
    """`file` holds what the first half extracted; `schema_mode` strict repairs nothing and bears no bad row."""

    file: str
    source: str
    extracted: Extract
    schema_name: str = "public"
    table_name: str
    schema_mode: SchemaMode = "tolerant"
    idempotency_ttl_minutes: int = Field(60, ge=0)
    allow_overwrite: bool = False
    parent: str = ""
    dry_run: bool = False


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Load the rows and close the run's book.

    Returns:
        `outcome` (`ok`, `skipped`, `planned`, or why it was refused) and `summary`.
    """
    started = time.perf_counter()
    try:
        made, nulls, report, seconds = _load(inputs)
    except TerminalError as error:
        book.refused(inputs, ctx, error, time.perf_counter() - started)
        raise
    summary = {
        **asdict(report),
        "unchanged": report.unchanged,
        "window": inputs.extracted.window["name"],
        "source": inputs.extracted.source_name,
        "outside_window": made.outside,
        "repaired": made.repaired,
        "null_rates": nulls,
        "seconds": {"extract": inputs.extracted.seconds, **seconds},
    }
    begun = time.perf_counter()
    summary |= book.close(inputs, ctx, summary, made.seconds)
    summary["seconds"]["close"] = time.perf_counter() - begun
    code = "ok" if report.state == "done" else report.state
    return {"outcome": {"code": code, "message": ""}, "summary": summary}


def _load(inputs: Inputs) -> tuple[Transformed, dict[str, float], Report, dict[str, float]]:
    """Transform, gate, load; the files of the transformation go with the folder."""
    config, found = settings.get(), inputs.extracted
    contracted = _schema(inputs)
    raw = CsvFile(Path(inputs.file), chunk_rows=found.chunk_rows)
    rates = quality.null_rates(config.etl_dq_null_rates, [column.name for column in contracted.columns])
    repair = inputs.schema_mode == "tolerant"
    with tempfile.TemporaryDirectory(prefix="etl-tidy-", ignore_cleanup_errors=True) as folder:
        begun = time.perf_counter()
        loading.check_header(contracted, raw)
        tidier = Tidier(contracted, raw.header, found.wanted(), found.at, repair=repair, watched=list(rates))
        made = transform.run(raw, tidier, Path(folder), found.workers)
        bounds = {"least": config.etl_dq_min_rows, "most": config.etl_dq_max_rows}
        nulls = quality.gate(made.rows, made.nulls, **bounds, rates=rates)
        transformed = time.perf_counter()
        report = loading.load(_job(inputs, contracted, made))
        seconds = {"transform": transformed - begun, "load": time.perf_counter() - transformed}
    return made, nulls, report, seconds


def _schema(inputs: Inputs) -> Contract:
    contracted = contract.read(inputs.extracted.dataset)
    if inputs.schema_mode == "strict":
        return contracted.model_copy(update={"unknown": "freeze", "max_bad_rate": 0.0})
    return contracted


def _job(inputs: Inputs, contracted: Contract, made: Transformed) -> Job:
    return Job(
        run=inputs.extracted.run_name,
        source=made.source,
        contract=contracted,
        table=inputs.table_name,
        schema=inputs.schema_name,
        window=inputs.extracted.window["name"],
        workers=inputs.extracted.workers,
        ttl_minutes=inputs.idempotency_ttl_minutes,
        allow_overwrite=inputs.allow_overwrite,
        dry_run=inputs.dry_run,
    )


if __name__ == "__main__":
    task.main(Inputs, run)
