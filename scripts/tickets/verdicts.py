"""From what was read and decided to the row that records it."""

from decimal import Decimal
from typing import Any

from psycopg2.extras import Json

from kit import task
from kit.db import Connection
from kit.errors import OpsflowsError
from tickets import store
from tickets.extraction.model import Assessment, Attempt, Extraction, Reason, Receipt


def reject(conn: Connection, ticket_id: str, refused: OpsflowsError, ctx: task.Context) -> None:
    """Record a picture that could not even be read: an expired one, a huge one, a file that is no picture."""
    reason = Reason(code=refused.code, field="image", severity="reject", evidence=refused.message)
    assessment = Assessment(verdict="reject", reasons=[reason], receipt=Receipt())
    store.insert_ticket(conn, row(ticket_id, assessment, None, None, ctx))


def record(
    conn: Connection,
    ticket_id: str,
    extraction: Extraction,
    assessment: Assessment,
    image_sha256: str,
    ctx: task.Context,
) -> None:
    """Write the ticket and each reading that led to it, in the caller's transaction."""
    for ordinal, attempt in enumerate(extraction.attempts):
        store.insert_attempt(conn, _attempt(ticket_id, ordinal, attempt, ctx))
    store.insert_ticket(conn, row(ticket_id, assessment, extraction, image_sha256, ctx))


def row(
    ticket_id: str,
    assessment: Assessment,
    extraction: Extraction | None,
    image_sha256: str | None,
    ctx: task.Context,
) -> dict[str, Any]:
    """The values of a row of `tickets.tickets`."""
    receipt = assessment.receipt
    return {
        "ticket_id": ticket_id,
        "verdict": assessment.verdict,
        "reasons": Json([reason.model_dump() for reason in assessment.reasons]),
        "provider": extraction and extraction.provider,
        "model": _models(extraction) if extraction else None,
        "scores": Json(extraction.scores if extraction else {}),
        "confidence": Json(extraction.confidence if extraction else {}),
        "evidence": Json(_evidence(extraction) if extraction else {}),
        "rotation": extraction.rotation if extraction else 0,
        "receipt": Json(receipt.model_dump(mode="json")),
        "merchant": receipt.merchant,
        "tax_id": receipt.tax_id,
        "issued_on": receipt.issued_on,
        "document_number": receipt.document_number,
        "currency": receipt.currency,
        "total": receipt.total,
        "tax_total": _tax_total(receipt),
        "image_sha256": image_sha256,
        "release": ctx.release,
        "execution_id": ctx.execution_id,
    }


def _models(extraction: Extraction) -> str | None:
    """The models whose readings were taken: both, where they were fused."""
    taken = ("ocr", "vision") if extraction.provider == "fusion" else (extraction.provider,)
    models = [attempt.model for attempt in extraction.attempts if attempt.outcome == "ok" and attempt.provider in taken]
    return " + ".join(models) or None


def _evidence(extraction: Extraction) -> dict[str, Any]:
    return {name: found.model_dump(mode="json") for name, found in extraction.evidence.items()}


def _tax_total(receipt: Receipt) -> Decimal | None:
    amounts = [tax.amount for tax in receipt.taxes if tax.amount is not None]
    return sum(amounts, Decimal(0)) if amounts else None


def _attempt(ticket_id: str, ordinal: int, attempt: Attempt, ctx: task.Context) -> dict[str, Any]:
    values = attempt.model_dump() | {"raw": Json(attempt.raw)}
    return values | {"ticket_id": ticket_id, "execution_id": ctx.execution_id, "ordinal": ordinal}
