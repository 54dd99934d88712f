"""The steps of etl_improved as Kestra runs them, against a real source table and a real target."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sourcekit

from etl.improved import expect, extract, finalize, load, transform, validate
from kit import db, task

STEPS = {
    "extracted": extract,
    "transformed": transform,
    "validated": validate,
    "expected": expect,
    "loaded": load,
}


class Improved:
    """A source, and the flow's steps as Kestra runs them: what refuses ends the chain, and the end is always told."""

    def __init__(self, conn: db.Connection) -> None:
        self.conn = conn

    def run(self, execution: str, **inputs: Any) -> dict[str, Any]:
        ctx, done = task.Context(execution_id=execution, release="1.0"), {name: {} for name in STEPS}
        env = {f"INPUT_{name.upper()}": str(value) for name, value in inputs.items()}
        for name, module in STEPS.items():
            carried = {"INPUT_RUN_ID": done["extracted"].get("run_id", "")}
            carried["INPUT_CHUNK_ROWS"] = done["transformed"].get("chunk_rows", "")
            read = module.Inputs.read({**env, **{key: str(value) for key, value in carried.items()}})
            try:
                done[name] = {"outcome": {"code": "ok", "message": ""}, **module.run(read, ctx)}
            except Exception as error:  # noqa: BLE001 - as kit.task does
                done[name] = {"outcome": error.outcome()}
                break
        return finalize.run(finalize.Inputs(**{**inputs, **done}), ctx)

    def one(self, sql: str, *values: Any) -> dict[str, Any]:
        return db.fetch_one(self.conn, sql, values) or {}

    def fill(self, first: int, last: int) -> None:
        sourcekit.fill(self.conn, first, last)

    def change(self, statement: str) -> None:
        db.execute(self.conn, statement)


@pytest.fixture
def improved(migrated: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Improved]:
    monkeypatch.setenv("OPSFLOWS_PG_DSN", migrated)
    monkeypatch.chdir(tmp_path)
    with db.connect(migrated) as conn:
        db.execute(conn, sourcekit.TABLE)
        db.execute(conn, "truncate etl_runs, etl_loads, etl_quarantine, ops.alerts cascade")
        yield Improved(conn)
        db.execute(conn, "drop table etl_improved_events; select etl_create_events('public', 'etl_improved_events')")
        db.execute(conn, "drop schema source cascade")
