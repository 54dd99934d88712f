"""Receipts that were sent before: found and marked when a verdict is recorded, proposed to a person, never dropped."""

from dataclasses import dataclass
from datetime import datetime, time

from kit import db, logging
from kit.db import Connection
from tickets import store
from tickets.extraction import verdict
from tickets.extraction.model import Assessment, Reason, Receipt
from tickets.likeness import NEAR_BITS, Facts, Kind, compare

# How far back a sender's pictures are compared by their looks.
WINDOW_DAYS = 90


@dataclass(frozen=True)
class First:
    """The ticket that a receipt was sent with before, and how sure that is."""

    ticket_id: str
    kind: Kind


@dataclass(frozen=True)
class Sent:
    """A picture as it came: who sent it when, and what the gate made of it."""

    ticket_id: str
    sender_id: str
    sent_at: datetime
    image_sha256: str
    perceptual_hash: str


def facts(receipt: Receipt, sent: Sent) -> Facts:
    """What tells this receipt from others."""
    return Facts(
        merchant=receipt.merchant,
        tax_id=receipt.tax_id,
        issued_on=receipt.issued_on,
        issued_time=receipt.issued_time,
        document_number=receipt.document_number,
        currency=receipt.currency,
        total=receipt.total,
        image_sha256=sent.image_sha256,
        perceptual_hash=sent.perceptual_hash,
    )


def find(conn: Connection, new: Facts, sent: Sent) -> First | None:
    """The ticket that showed this receipt first.

    An exact one goes before a likely one, an original before a duplicate, then the oldest. Locks, until the caller's
    transaction ends, everything by which another ticket could find this one: of two that are recorded at once, one
    waits and then sees the other.
    """
    for key in _keys(new, sent):
        db.lock_until_commit(conn, key)
    values = {name: getattr(new, name) for name in ("issued_on", "total", "document_number", "tax_id")}
    rows = store.duplicate_candidates(
        conn,
        **values,
        ticket_id=sent.ticket_id,
        sender_id=sent.sender_id,
        sent_at=sent.sent_at,
        image_sha256=sent.image_sha256,
        perceptual_hash=sent.perceptual_hash,
        days=WINDOW_DAYS,
        most_bits=NEAR_BITS,
    )
    found = [First(row["ticket_id"], kind) for row in rows if (kind := compare(new, _facts_of(row)))]
    return next((first for first in found if first.kind == "exact"), next(iter(found), None))


def judged(assessment: Assessment, first: First | None) -> Assessment:
    """The assessment with the duplicate as a reason: it is never accepted without a person."""
    if first is None:
        return assessment
    reason = Reason(code=f"duplicate_{first.kind}", severity="review", evidence=first.ticket_id)
    reasons = [reason, *assessment.reasons]
    return assessment.model_copy(update={"verdict": verdict.decide(reasons), "reasons": reasons})


def judge(conn: Connection, assessment: Assessment, sent: Sent) -> tuple[Assessment, First | None]:
    """Look for an earlier ticket of the same receipt, in the transaction that will record this one."""
    if assessment.verdict == "reject":
        return assessment, None
    first = find(conn, facts(assessment.receipt, sent), sent)
    if first:
        logging.get(__name__).info("ticket.duplicate", ticket_id=sent.ticket_id, first=first.ticket_id, kind=first.kind)
    return judged(assessment, first), first


def record(conn: Connection, sent: Sent, first: First | None) -> None:
    """Write the picture's hash, and which ticket was the first, to the ticket's row."""
    store.set_duplicate(
        conn,
        ticket_id=sent.ticket_id,
        perceptual_hash=sent.perceptual_hash,
        duplicate_of=first and first.ticket_id,
        duplicate_kind=first and first.kind,
    )


def _keys(new: Facts, sent: Sent) -> list[str]:
    """One key for each way in which the look-up finds a ticket; sorted, so that no two wait for each other."""
    keys = [f"duplicate:image:{sent.image_sha256}", f"duplicate:sender:{sent.sender_id}"]
    if new.issued_on and new.total is not None:
        keys.append(f"duplicate:total:{new.issued_on}:{new.total:.2f}")
    if new.tax_id and new.document_number:
        keys.append(f"duplicate:document:{new.tax_id}:{new.document_number}")
    return sorted(keys)


def _facts_of(row: store.Row) -> Facts:
    printed = row["issued_time"] and time.fromisoformat(row["issued_time"])
    names = ("merchant", "tax_id", "issued_on", "document_number", "currency", "total", "image_sha256")
    return Facts(
        **{name: row[name] for name in names}, issued_time=printed or None, perceptual_hash=row["perceptual_hash"]
    )
