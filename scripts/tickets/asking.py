"""Asking the vision model: what it is shown, what that costs, and what is known when it fails."""

import time
from decimal import Decimal

from kit import db, logging, secrets, settings, task
from kit.errors import OpsflowsError, TransientError
from tickets import spend
from tickets.extraction.model import Attempt, Extraction


def ask(jpeg: bytes, local: Extraction, sender: str | None, ctx: task.Context) -> Extraction:
    """Show the model the picture without the personal data on it.

    Args:
        jpeg: the picture as it is stored.
        local: what the OCR read; it says where personal data stand.
        sender: on whose account it goes; None: no ledger is kept (tools and benchmarks).
        ctx: for metrics.

    Raises:
        QuotaExhaustedError: `spend_cap`: nothing was sent.
        OpsflowsError: the model's; its `details["attempt"]` is the record.
    """
    from adapters import openai_vision

    model = settings.get().openai_model
    hold = _reserved(sender, model, openai_vision.most_usd(model)) if sender else None
    started = time.monotonic()
    try:
        shown = without_personal_data(jpeg, local, ctx)
        answered = openai_vision.extract(shown, settings=settings.get(), api_key=secrets.get("OPENAI_API_KEY"))
    except OpsflowsError as raised:
        attempt = _failed(raised, model, started)
        raised.details["attempt"] = attempt.model_dump(mode="json")
        _settled(hold, attempt, ctx, unknown=isinstance(raised, TransientError))
        raise
    _settled(hold, answered.attempts[-1], ctx, unknown=False)
    return answered


def without_personal_data(jpeg: bytes, local: Extraction, ctx: task.Context) -> bytes:
    """The picture that may leave for the model's service.

    The text layer of a document need not be what its picture shows, so such a picture is read once more.
    """
    from tickets.extraction import masking, ocr, offline, page

    read = local.attempts[-1]
    known = ocr.read(jpeg) if read.model == offline.TEXT_MODEL else page.from_data(read.raw)
    shown, places = masking.masked(jpeg, known, local.receipt.tax_id)
    ctx.counter("personal_data_masked", places)
    return shown


def _reserved(sender: str, model: str, most_usd: Decimal | None) -> spend.Hold:
    with db.connect() as conn:
        return spend.reserve(conn, sender, model, most_usd)


def _settled(hold: spend.Hold | None, attempt: Attempt, ctx: task.Context, *, unknown: bool) -> None:
    """Count what was billed. An answer that never came may be billed all the same: its reservation stays."""
    if attempt.cost_usd is not None:
        ctx.counter("model_cost_usd", float(attempt.cost_usd), model=attempt.model)
    if hold is None:
        return
    billed = hold.usd if attempt.cost_usd is None and unknown else attempt.cost_usd or Decimal(0)
    try:
        with db.connect() as conn:
            spend.settle(conn, hold, attempt, billed_usd=billed)
    except OpsflowsError as error:
        # The answer is there and paid for; asking again because of the book-keeping would pay twice.
        logging.get(__name__).warning("spend.not_settled", code=error.code, model=hold.model)


def _failed(error: OpsflowsError, model: str, started: float) -> Attempt:
    """The attempt as the engine recorded it, tokens and cost included, else as it is known here."""
    if known := error.details.get("attempt"):
        return Attempt.model_validate(known)
    elapsed = round((time.monotonic() - started) * 1000)
    return Attempt(provider="vision", model=model, outcome=error.code, latency_ms=elapsed)
