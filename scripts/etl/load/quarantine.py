"""Writing bad rows to etl_quarantine, in the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit import db

if TYPE_CHECKING:
    from collections.abc import Sequence

    from etl.load.job import Job
    from etl.load.rows import Bad
    from kit.db import Connection


def write(conn: Connection, job: Job, chunk: int, rows: Sequence[Bad]) -> None:
    """Add the bad rows of a chunk; doing so twice is harmless. `raw` holds what is text, `raw_bytes` what is not."""
    if not rows:
        return
    texts = [_text(row.raw) for row in rows]
    values = {
        "load_id": job.run,
        "chunk": chunk,
        "dataset": job.contract.dataset,
        "lines": [row.line + 1 for row in rows],
        "codes": [row.code for row in rows],
        "fields": [row.field for row in rows],
        "raws": texts,
        "bytes": [row.raw if text is None else None for row, text in zip(rows, texts, strict=True)],
    }
    db.execute(conn, db.load_sql("etl/quarantine_add.sql"), values)


def _text(raw: bytes) -> str | None:
    """The row as Postgres can keep it as text; None for other bytes."""
    try:
        return None if b"\0" in raw else raw.decode()
    except UnicodeDecodeError:
        return None
