"""Task: erase one sender's personal data in Postgres, and note what must go elsewhere. One transaction, all or nothing.

What was booked stays without a name, because tax and commercial law want it: merchant, date, amounts, taxes. Started
again it changes nothing: the run is on record.
"""

import re
import uuid
from decimal import Decimal
from typing import Any

from kit import db, redaction, task
from kit.db import Connection
from kit.errors import RefusedInputError
from tickets import privacy

PHONE = re.compile(r"\+?[\d\s().-]+")
MOST_REASON = 300
# The run's own inputs name the sender; by then somebody has read its report.
OWN_EXECUTION_DAYS = 7


class Inputs(task.TaskInputs):
    """The sender's phone number or id; whether only to look; why; whether booked pictures and documents stay."""

    sender: str
    reason: str
    dry_run: bool = True
    keep_documents: bool = False


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Erase, or with `dry_run` only count.

    Returns:
        `counts`, `stand_in` (what now stands for the sender) and `dry_run`; the outcome is `sender_unknown` when
        nothing of this sender is there.
    """
    sender = normalised(inputs.sender)
    with db.connect(statement_s=600) as conn, db.advisory_lock(conn, privacy.LOCK):
        found = privacy.run(conn, ctx.execution_id)
        if found is None:
            with db.transaction(conn):
                _erase(conn, sender, inputs, ctx)
            found = privacy.run(conn, ctx.execution_id) or {}
    ctx.counter("erasures", 1, dry_run=str(inputs.dry_run).lower())
    outputs = {name: found[name] for name in ("counts", "stand_in", "dry_run")}
    if any(found["counts"].values()):
        return outputs
    return outputs | {"outcome": {"code": "sender_unknown", "message": "Nothing of this sender is here."}}


def normalised(sender: str) -> str:
    """A phone number as WhatsApp gives it, digits alone; an id as it is.

    Raises:
        RefusedInputError: too short to name one person (code `sender_unreadable`).
    """
    text = sender.strip()
    found = re.sub(r"\D", "", text) if PHONE.fullmatch(text) else text
    if len(found) < 6:  # noqa: PLR2004 - shorter ones are no phone number
        raise RefusedInputError("This names no sender: a phone number or an id is needed.", code="sender_unreadable")
    return found


def _erase(conn: Connection, sender: str, inputs: Inputs, ctx: task.Context) -> None:
    stand_in = f"anon-{uuid.uuid4().hex[:10]}"
    values = {
        "sender": sender,
        "keep_documents": inputs.keep_documents,
        "stand_in": stand_in,
        "run_id": ctx.execution_id,
        "own_days": OWN_EXECUTION_DAYS,
    }
    db.execute(conn, privacy.sql("find_sender"), values)
    [counts] = db.fetch_all(conn, privacy.sql("count_sender"))
    kept = db.fetch_all(conn, privacy.sql("kept_of_sender"))
    by_hand = db.fetch_all(conn, privacy.sql("by_hand_of_sender"))
    if inputs.dry_run:
        stand_in = ""
    privacy.insert_run(
        conn,
        {
            "run_id": ctx.execution_id,
            "kind": "erasure",
            "dry_run": inputs.dry_run,
            "reason": redaction.redact(inputs.reason.strip()[:MOST_REASON]),
            "stand_in": stand_in or None,
            "counts": counts,
            "kept": [_plain(row) for row in kept],
            "by_hand": [_plain(row) for row in by_hand],
        },
    )
    if not inputs.dry_run:
        db.execute(conn, privacy.sql("insert_work"), values)
        db.execute(conn, privacy.sql("erase_sender"), values)


def _plain(row: privacy.Row) -> dict[str, Any]:
    """A row as JSON holds it: amounts and dates as text."""
    return {
        name: str(value) if isinstance(value, Decimal) or hasattr(value, "isoformat") else value
        for name, value in row.items()
        if value is not None
    }


if __name__ == "__main__":
    task.main(Inputs, run)
