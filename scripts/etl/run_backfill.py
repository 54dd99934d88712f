"""Task: bring a range of a dataset from its source into a table, window by window, and prove it; see docs/etl-range.md.

Started again under its name it goes on where it stood. Windows that were proven before, by whichever backfill, are left
alone unless asked for; without a beginning the range begins where what is there ends.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from etl import record, window
from etl.backfill import lanes, ledger, report, windows
from etl.backfill.report import Asked
from etl.load import contract, target
from kit import dates, db, task
from kit.errors import RefusedInputError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from etl.backfill.lanes import Fetch
    from etl.backfill.windows import Span
    from kit.db import Connection

PLAN: Final = "plan.csv"
MOST_WINDOWS: Final = 4_000
_ANCIENT: Final = "1970-01-01T00:00:00Z"
_MOST_DAYS: Final = 366 * 100


class Inputs(task.TaskInputs):
    """`source`: its name in config/sources.json. `since`, `until`: ISO times with a zone; blank: see the module."""

    source: str
    table_name: str
    schema_name: str = "public"
    since: str = ""
    until: str = ""
    step: windows.Step = "day"
    parallel: int = Field(2, ge=1, le=16)
    windows_per_minute: int = Field(0, ge=0, le=10_000)
    thin_percent: int = Field(50, ge=0, le=100)
    again: bool = False
    run_name: str = ""
    dry_run: bool = False


def run_task(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Bring the range, or with `dry_run` write plan.csv.

    Returns:
        `outcome` (`ok`, `planned`, `windows_thin`, `windows_failed`, `windows_missing`), `counts` of windows and rows,
        `problems`: windows that are thin or failed.

    Raises:
        RefusedInputError: the range is no range (`window_…`), or there is no checkpoint to begin at.
        TransientError: windows failed for what may pass; run it again.
    """
    dataset, fetch = _source(inputs.source)
    started = time.monotonic()
    with db.connect() as conn:
        asked = _ask(conn, inputs, ctx, dataset, fetch)
        if inputs.dry_run:
            return report.plan(conn, asked, Path(PLAN))
        header = [column.name for column in asked.contract.columns]
        target.describe(conn, inputs.schema_name, inputs.table_name, asked.contract, header)
        run_id = _begin(conn, asked, inputs, ctx)
        ledger.begin(conn, asked.backfill, asked.wanted)
    # Workers are forked, so no connection is open here.
    lanes.work(_lanes_plan(asked, inputs), min(inputs.parallel, len(asked.wanted)) or 1)
    with db.connect() as conn:
        told = report.tell(conn, asked, inputs.thin_percent)
        report.finish(conn, asked, run_id, told, int(1000 * (time.monotonic() - started)), ctx)
    if any(row["passes"] for row in told.pop("rows")):
        raise UnavailableError(told["outcome"]["message"], code="windows_failed", next_action="Run it again.")
    return told


def _source(name: str) -> tuple[str, Fetch]:
    """The dataset of a source, and how a window of it comes into a file."""
    from etl.sources import config
    from etl.sources.model import Window
    from etl.sources.opening import open_source

    found = config.named(name)

    def fetch(asked: window.Window, folder: Path) -> Path:
        bounded = Window(asked.since, asked.until)
        return open_source(name).extract(bounded, folder / f"{found.dataset}.csv").path

    return found.dataset, fetch


def _ask(conn: Connection, inputs: Inputs, ctx: task.Context, dataset: str, fetch: Fetch) -> Asked:
    name = inputs.run_name or ctx.execution_id
    if not name:
        raise RefusedInputError("The run has no name.", code="bad_input", next_action="Set INPUT_RUN_NAME.")
    place = f"{inputs.schema_name}.{inputs.table_name}"
    covered = ledger.covered(conn, dataset, inputs.source, place)
    since, until = ledger.known(conn, name) or _range(inputs, covered, dates.utcnow())
    spans = windows.cut(since, until, inputs.step)
    if len(spans) > MOST_WINDOWS:
        raise RefusedInputError(
            f"{len(spans)} windows are more than {MOST_WINDOWS}.",
            code="window_too_wide",
            next_action="Use longer ones.",
        )
    wanted = spans if inputs.again else windows.missing(spans, covered)
    backfill = ledger.Backfill(name, dataset, inputs.source, place, since, until, inputs.step)
    return Asked(backfill, fetch, contract.read(dataset), spans, wanted)


def _range(inputs: Inputs, covered: Sequence[Span], now: datetime) -> Span:
    """From `since`, or where what is there ends, to `until`, or the end of the last whole window."""
    end = windows.floor(now, inputs.step)
    asked = window.parse(inputs.since or _ANCIENT, inputs.until or dates.to_iso(end), now, _MOST_DAYS)
    begin = asked.since if inputs.since.strip() else windows.checkpoint(covered)
    if begin is None or asked.until is None:
        raise RefusedInputError(
            "Nothing of this was ever brought, so there is no checkpoint.",
            code="no_checkpoint",
            next_action="Say since when.",
        )
    return begin, max(begin, asked.until)


def _lanes_plan(asked: Asked, inputs: Inputs) -> lanes.Plan:
    return lanes.Plan(
        name=asked.backfill.name,
        fetch=asked.fetch,
        contract=asked.contract,
        schema=inputs.schema_name,
        table=inputs.table_name,
        per_minute=inputs.windows_per_minute,
        limit_key=f"etl:backfill:{inputs.source}",
    )


def _begin(conn: Connection, asked: Asked, inputs: Inputs, ctx: task.Context) -> int:
    return record.begin(
        conn,
        flow="etl_backfill",
        run_label=inputs.source,
        run_name=asked.backfill.name,
        execution_id=ctx.execution_id,
        params=inputs.model_dump(mode="json"),
    )


if __name__ == "__main__":
    task.main(Inputs, run_task)
