"""Write pictures and labels of reviewed receipts into a folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from kit import db, files, private_files
from kit.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kit.db import Connection

LABELS: Final = "labels.json"


def export(conn: Connection, picture: Callable[[str], bytes], folder: Path, *, most: int) -> dict[str, int]:
    """Write `<ticket>.jpg` for each receipt that a person approved, and `labels.json` with what is right.

    A label has `id`, `company`, `date`, `total`, `currency`, `tax_id` and `document_number` as approved, and under
    `corrections` what was read instead. Rejected receipts are left out, and those whose picture is gone.

    Args:
        conn: the business database.
        picture: reads a file of Kestra's storage.
        folder: where to; made when it is missing, for our eyes only: receipts are personal data.
        most: the newest so many.

    Returns:
        How many were `written`, how many of them were `corrected`, and how many had no picture (`gone`).
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    labels: list[dict[str, Any]] = []
    gone = 0
    for row in db.fetch_all(conn, files.read_text("sql/queries/tickets/reviewed_examples.sql"), {"most": most}):
        try:
            content = picture(row["image_uri"])
        except NotFoundError:
            gone += 1
            continue
        private_files.write(folder / f"{row['ticket_id']}.jpg", content)
        labels.append(_label(row))
    private_files.write(folder / LABELS, (json.dumps(labels, ensure_ascii=False, indent=1) + "\n").encode())
    return {"written": len(labels), "corrected": sum(bool(label["corrections"]) for label in labels), "gone": gone}


def _label(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["ticket_id"],
        "company": row["merchant"],
        "date": row["issued_on"].isoformat(),
        "total": str(row["total"]),
        "currency": row["currency"],
        "tax_id": row["tax_id"],
        "document_number": row["document_number"],
        "corrections": row["corrections"],
    }
