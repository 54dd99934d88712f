"""Task, after etl_improved: read the source again, and compare it with the table event by event, in counts and in sums.

What the source recorded in the last hours before the checkpoint must be in the table: each good row with its
fingerprint, or a newer version of its event. Bad rows are counted apart; they are in the quarantine.
"""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from psycopg2 import sql
from pydantic import Field

from etl import queries, record
from etl.improved import enriching, shared
from etl.load import contract, source
from etl.load.rows import Checker, without
from etl.load.target import statement
from etl.sources import checkpoints, config, opening
from etl.sources.model import Window
from kit import dates, db, i18n, task

if TYPE_CHECKING:
    from datetime import datetime

    from etl.sources.model import Checkpoint
    from kit.db import Connection

_NOTHING: Final = {"code": "nothing_loaded", "message": "Nothing was loaded from this source yet."}
_CHUNK_ROWS: Final = 10_000
_VERDICTS: Final = ("equal", "newer", "missing", "different")


class Inputs(shared.Parameters):
    """Source and table as etl_improved names them; `hours` before the checkpoint are compared."""

    hours: int = Field(48, ge=1, le=24 * 400)
    etl_execution: str = ""


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Compare.

    Returns:
        `equal`; `counts`: `equal`, `newer`, `missing`, `different`, `bad`; `sums` by currency, source and table;
        `examples`: ids of events that are missing or different; `alerts`: what was raised, with the `run`.
    """
    with db.connect() as conn:
        reached = checkpoints.read(conn, inputs.source, inputs.consumer)
    if reached is None or reached.watermark is None:
        return {"outcome": _NOTHING, "equal": True, "counts": {}, "sums": [], "examples": [], "alerts": []}
    enriched, bad = _read(inputs, reached, reached.watermark)
    with db.connect(statement_s=0) as conn:
        found = _compare(conn, inputs, enriched)
        counts = {**dict.fromkeys(_VERDICTS, 0), **(found["verdicts"] or {}), "bad": bad}
        equal = counts["missing"] == counts["different"] == 0
        told = {"alerts": []} if equal else _alert(conn, inputs, counts, found["examples"])
    for name, value in counts.items():
        ctx.gauge("etl_reconciled_rows", value, verdict=name)
    sums, examples = found["sums"] or [], found["examples"] or []
    return {"equal": equal, "counts": counts, "sums": sums, "examples": examples, **told}


def _read(inputs: Inputs, reached: Checkpoint, until: datetime) -> tuple[Path, int]:
    """Extract and enrich as the flow does; the file, and how many of its rows are bad."""
    window = Window(until - timedelta(hours=inputs.hours), until)
    found = opening.open_source(inputs.source, reached).extract(window, Path("reconcile.csv"))
    events = source.CsvFile(found.path, chunk_rows=_CHUNK_ROWS)
    path = Path("reconcile-enriched.csv")
    known = contract.read(config.named(inputs.source).dataset)
    return path, enriching.enrich(events, known, dates.utcnow(), path).bad


def _compare(conn: Connection, inputs: Inputs, path: Path) -> dict[str, Any]:
    enriched = source.CsvFile(path, chunk_rows=_CHUNK_ROWS)
    checker = Checker(shared.contracted(), enriched.header, dates.utcnow())
    columns = sql.SQL(", ").join(map(sql.Identifier, enriched.header))
    table = sql.Identifier(inputs.schema_name, inputs.table_name)
    with db.transaction(conn):
        db.execute(conn, statement("reconcile_stage", table=table, columns=columns))
        copy = statement("reconcile_copy", columns=columns)
        for span in enriched.spans():
            data = enriched.read(span)
            good = without(data.split(b"\n"), checker.check(data).dropped)
            with db.errors_mapped(), conn.cursor() as cursor:
                cursor.copy_expert(copy, io.BytesIO(good))
        return db.fetch_one(conn, statement("reconcile_compare", table=table)) or {}


def _alert(conn: Connection, inputs: Inputs, counts: dict[str, int], examples: list[str]) -> dict[str, Any]:
    """Raise the alert; the run and the alert, as the card wants them."""
    known = queries.one(conn, "run_newest", flow=shared.FLOW, execution_id=inputs.etl_execution) or {}
    message = i18n.t("etl.alert.reconcile", missing=counts["missing"], different=counts["different"])
    detail = {"counts": counts, "examples": examples}
    run_id = known.get("run_id")
    alert_id = record.alert(conn, run_id=run_id, kind="reconcile", level="critical", message=message, detail=detail)
    alert = {"alert_id": alert_id, "kind": "reconcile", "level": "critical", "message": message}
    return {"run": {name: known.get(name, "") for name in ("run_id", "run_name", "status")}, "alerts": [alert]}


if __name__ == "__main__":
    task.main(Inputs, run)
