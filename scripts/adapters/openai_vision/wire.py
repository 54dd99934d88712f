"""The form that the vision model fills, and its translation into a ``Receipt``.

OpenAI's strict mode wants every property required, none with a default, and no further ones; so what may be missing is
nullable here instead. Amounts travel as strings: a JSON number would pass through a float on the way.
"""

import re
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from tickets.extraction.model import Line, PaymentMethod, Receipt, TaxLine

PROVIDER = "openai"
Amount = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,9}(\.[0-9]{1,4})?$")]
IsoDate = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
ClockTime = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}:[0-9]{2}$")]
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
FieldName = Literal[
    "merchant",
    "tax_id",
    "issued_on",
    "issued_time",
    "document_number",
    "currency",
    "subtotal",
    "taxes",
    "tip",
    "discount",
    "total",
    "payment_method",
    "lines",
]
Legibility = Literal["clear", "partial", "poor"]

# What a field's score is when the model names no doubt about it; doubt about the field itself halves it.
SCORES: dict[Legibility, float] = {"clear": 0.95, "partial": 0.8, "poor": 0.5}
MAX_TEXT = 500


class _Form(BaseModel):
    """Base of the form's parts: nothing that is not named gets in."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WireTax(_Form):
    """One tax rate as printed."""

    rate: Amount | None
    base: Amount | None
    amount: Amount | None


class WireLine(_Form):
    """One item as printed."""

    description: str
    quantity: Amount | None
    unit_price: Amount | None
    amount: Amount | None


class WireReceipt(_Form):
    """The whole form; its JSON schema is what the model is bound to."""

    is_receipt: bool
    merchant: str | None
    tax_id: str | None
    issued_on: IsoDate | None
    issued_time: ClockTime | None
    document_number: str | None
    currency: CurrencyCode | None
    subtotal: Amount | None
    taxes: list[WireTax]
    tip: Amount | None
    discount: Amount | None
    total: Amount | None
    payment_method: PaymentMethod | None
    lines: list[WireLine]
    unclear_fields: list[FieldName]
    legibility: Legibility


def to_receipt(form: WireReceipt) -> Receipt:
    """Returns the form as a ``Receipt``; empty when the model says that the picture shows none.

    A date that exists in no calendar becomes ``None``: the checks that follow then ask for a review.
    """
    if not form.is_receipt:
        return Receipt()
    return Receipt(
        merchant=_text(form.merchant),
        tax_id=_text(form.tax_id),
        issued_on=_date(form.issued_on),
        issued_time=_time(form.issued_time),
        document_number=_text(form.document_number),
        currency=form.currency,
        subtotal=_decimal(form.subtotal),
        taxes=[
            TaxLine(rate=_decimal(tax.rate), base=_decimal(tax.base), amount=_decimal(tax.amount)) for tax in form.taxes
        ],
        tip=_decimal(form.tip),
        discount=_decimal(form.discount),
        total=_decimal(form.total),
        payment_method=form.payment_method,
        lines=[_line(line) for line in form.lines],
    )


def to_scores(form: WireReceipt, receipt: Receipt) -> dict[str, float]:
    """Returns a score for each field that was found: by legibility, halved where the model names a doubt."""
    base = SCORES[form.legibility]
    found = [name for name in Receipt.model_fields if getattr(receipt, name) not in (None, [])]
    return {name: base / 2 if name in form.unclear_fields else base for name in found}


def _line(line: WireLine) -> Line:
    return Line(
        description=_text(line.description) or "",
        quantity=_decimal(line.quantity),
        unit_price=_decimal(line.unit_price),
        amount=_decimal(line.amount),
    )


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _date(value: str | None) -> date | None:
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError:
        return None


def _time(value: str | None) -> time | None:
    try:
        return None if value is None else time.fromisoformat(value)
    except ValueError:
        return None


def _text(value: str | None) -> str | None:
    """Returns printable text of bounded length, or ``None`` when nothing is left."""
    cleaned = re.sub(r"\s+", " ", "".join(char if char.isprintable() else " " for char in value or "")).strip()
    return cleaned[:MAX_TEXT] or None
