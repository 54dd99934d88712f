"""A picture of several receipts: each becomes a ticket of its own, or the sender is asked for one photo each."""

from kit import dates, db, settings, task
from kit.db import Connection
from tickets import batches, store, texts, verdicts
from tickets.extraction import page, parts
from tickets.extraction.image import CheckedImage
from tickets.extraction.model import Assessment, Extraction, Reason, Receipt

ASKED = "several_receipts"


def find(message: store.Row, checked: CheckedImage, extraction: Extraction) -> parts.Several | None:
    """The receipts of a photo, by the boxes that the OCR kept.

    The pages of a document belong together, and a part is not parted again.
    """
    if checked.regions or message["part"]:
        return None
    kept = [attempt.raw for attempt in extraction.attempts if attempt.provider == "ocr" and attempt.outcome == "ok"]
    if not kept or not isinstance(kept[-1], dict):
        return None
    return parts.find(page.from_data(kept[-1]), country=settings.get().default_country, today=dates.today())


def record(
    message: store.Row, checked: CheckedImage, extraction: Extraction, several: parts.Several, ctx: task.Context
) -> str:
    """Record the picture as rejected, and put its receipts into the inbox, all in one transaction.

    A retry finds the same tickets: their ids follow from the message's and their number.

    Returns:
        The verdict on the picture itself.
    """
    with db.connect() as conn, db.transaction(conn):
        store.lock(conn, message["ticket_id"])
        if known := store.ticket(conn, message["ticket_id"]):
            return str(known["verdict"])
        reason = _split(conn, message, several, ctx) if several.clear else _asked(several)
        assessment = Assessment(verdict="reject", reasons=[reason], receipt=Receipt())
        verdicts.record(conn, message["ticket_id"], extraction, assessment, checked.sha256, ctx)
    ctx.counter("tickets_split", len(several.places), how="split" if several.clear else "asked")
    return "reject"


def _split(conn: Connection, message: store.Row, several: parts.Several, ctx: task.Context) -> Reason:
    """Make a message of each receipt; they share one answer."""
    ticket_ids = [
        store.insert_part(conn, message, number, place, ctx.execution_id)
        for number, place in enumerate(several.places, 1)
    ]
    batches.join_parts(conn, message, ticket_ids)
    return Reason(code=texts.SPLIT, field="image", severity="reject", evidence=", ".join(ticket_ids))


def _asked(several: parts.Several) -> Reason:
    return Reason(code=ASKED, field="image", severity="reject", evidence=f"{len(several.places)} receipts were found")
