"""How far a source has been read by whom; the reader moves it on when the rows are where they belong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg2.extras import Json

from etl.sources.model import Checkpoint
from kit import db

if TYPE_CHECKING:
    from kit.db import Connection


def read(conn: Connection, source: str, consumer: str) -> Checkpoint | None:
    """Return where the consumer stands; None before its first time."""
    row = db.fetch_one(conn, db.load_sql("etl/checkpoint_read.sql"), {"source": source, "consumer": consumer})
    return Checkpoint(row["watermark"], tuple(row["key"])) if row else None


def advance(
    conn: Connection,
    source: str,
    consumer: str,
    checkpoint: Checkpoint,
    *,
    rows: int,
    execution_id: str,
    force: bool = False,
) -> bool:
    """Move the consumer on; false when it is further already.

    Args:
        conn: a connection; within a transaction the checkpoint commits with what it stands for.
        source: its name.
        consumer: who has read it.
        checkpoint: of the extraction.
        rows: how many came.
        execution_id: who moves it.
        force: also backwards, to read a stretch again.
    """
    values = {
        "source": source,
        "consumer": consumer,
        "watermark": checkpoint.watermark,
        "key": Json(list(checkpoint.key)),
        "rows": rows,
        "execution_id": execution_id,
        "force": force,
    }
    return db.fetch_one(conn, db.load_sql("etl/checkpoint_advance.sql"), values) is not None
