"""Runs of erasure and retention, and what an erasure must still do outside of Postgres: one function a statement."""

from typing import Any, Literal

from psycopg2.extras import Json

from kit import db
from kit.db import Connection

Row = dict[str, Any]
Work = Literal["execution", "file", "sheet"]
LOCK = "tickets:privacy"
# For those who ask why an amount is still there; the texts are in messages/.
KEPT_WHY = "erasure.kept.why"


def sql(name: str) -> str:
    """A statement of namespace_files/sql/queries/privacy."""
    return db.load_sql(f"privacy/{name}.sql")


def insert_run(conn: Connection, values: Row) -> None:
    """Begin a run; the first record of it stays."""
    wrapped = {name: Json(values[name]) for name in ("counts", "kept", "by_hand")}
    db.execute(conn, sql("insert_run"), values | wrapped)


def run(conn: Connection, run_id: str) -> Row | None:
    """A run, or None."""
    return db.fetch_one(conn, sql("get_run"), {"run_id": run_id})


def finish_run(conn: Connection, run_id: str, counts: Row) -> None:
    """Record the end of a run, with further counts."""
    db.execute(conn, sql("finish_run"), {"run_id": run_id, "counts": Json(counts)})


def add_count(conn: Connection, run_id: str, part: str, number: int) -> None:
    """Add to a count of a run, in the caller's transaction."""
    db.execute(conn, sql("add_count"), {"run_id": run_id, "part": part, "number": number})


def open_work(conn: Connection, kind: Work, most: int) -> list[Row]:
    """What is due and not done, of every erasure."""
    return db.fetch_all(conn, sql("open_work"), {"kind": kind, "most": most})


def settle(conn: Connection, work: Row, outcome: str, *, done: bool) -> None:
    """Record what became of a piece of work; one that is not done is due again in an hour."""
    db.execute(conn, sql("settle_work"), {**work, "outcome": outcome, "done": done})


def work_of(conn: Connection, run_id: str) -> list[Row]:
    """All work of one erasure."""
    return db.fetch_all(conn, sql("work_of_run"), {"run_id": run_id})
