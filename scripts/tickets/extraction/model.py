"""What the extraction engines return and what the checks say about it.

Every engine (vision model, local OCR) fills the same ``Extraction``; ``validate.assess`` makes an ``Assessment`` of it.
Amounts are decimals in the receipt's currency, dates are calendar dates as printed, scores lie between 0 and 1.
"""

from datetime import date, time
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Provider = Literal["vision", "ocr", "fusion"]
Severity = Literal["info", "review", "reject"]
Verdict = Literal["accept", "review", "reject"]
PaymentMethod = Literal["card", "cash", "transfer", "mobile", "voucher", "other"]


class _Frozen(BaseModel):
    """Base of the values here: immutable, and nothing that is not named gets in."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TaxLine(_Frozen):
    """One tax rate of a receipt: ``rate`` in percent (21 = 21 %), ``base`` without and ``amount`` of the tax."""

    rate: Decimal | None = None
    base: Decimal | None = None
    amount: Decimal | None = None


class Line(_Frozen):
    """One item that was bought; ``amount`` is the line's amount as printed (usually with tax)."""

    description: str = ""
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal | None = None


class Receipt(_Frozen):
    """The fields of a receipt; ``None`` says that it was not found, never that it is zero.

    ``currency`` is ISO 4217. ``discount`` is positive. ``total`` is what was to be paid, tax included.
    """

    merchant: str | None = None
    tax_id: str | None = None
    issued_on: date | None = None
    issued_time: time | None = None
    document_number: str | None = None
    currency: str | None = None
    subtotal: Decimal | None = None
    taxes: list[TaxLine] = Field(default_factory=list)
    tip: Decimal | None = None
    discount: Decimal | None = None
    total: Decimal | None = None
    payment_method: PaymentMethod | None = None
    lines: list[Line] = Field(default_factory=list)


class Evidence(_Frozen):
    """Where a field came from: the text as read and its box ``(left, top, right, bottom)`` in pixels of the picture.

    An engine gives boxes on the stored picture; the rules, which know only the page, give them on the upright page.
    ``score`` tells how clearly the text could be read, from 0 to 1; None where that is not known.
    """

    text: str
    box: tuple[int, int, int, int] | None = None
    score: float | None = None


class Reason(_Frozen):
    """Why a verdict is what it is; ``code`` is stable (docs/extraction.md lists them), ``evidence`` is for people."""

    code: str
    field: str | None = None
    severity: Severity
    evidence: str = ""


class Attempt(_Frozen):
    """One engine's try: ``outcome`` is "ok" or the code of the error; ``raw`` is its answer, as small JSON."""

    provider: Provider
    model: str
    outcome: str
    latency_ms: int
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_usd: Decimal | None = None
    raw: Any = None


class Extraction(_Frozen):
    """What was read: fields, a score for each field found, the text of the page, and the attempts made.

    ``confidence`` is the calibrated probability that a field's value is right. ``rotation`` is the turn in degrees,
    counter-clockwise, that makes the stored picture upright. ``reasons`` is what the reading itself says of itself.
    """

    receipt: Receipt
    scores: dict[str, float] = Field(default_factory=dict)
    text: str = ""
    provider: Provider
    attempts: list[Attempt] = Field(default_factory=list)
    evidence: dict[str, Evidence] = Field(default_factory=dict)
    confidence: dict[str, float] = Field(default_factory=dict)
    rotation: int = 0
    reasons: list[Reason] = Field(default_factory=list)


class Assessment(_Frozen):
    """The verdict on an extraction, its reasons, and the receipt with dates, numbers and currency normalised."""

    verdict: Verdict
    reasons: list[Reason] = Field(default_factory=list)
    receipt: Receipt
