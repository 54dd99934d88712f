"""The checks of a receipt's fields against each other and against the calendar; each returns reasons as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tickets.extraction import arithmetic, confidence
from tickets.extraction.model import Reason
from tickets.extraction.rules.taxid import country_of, looks_spanish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tickets.extraction.model import Extraction, Receipt, Severity

_SLACK_WHOLE = Decimal(1)
_WITHOUT_CENTS = {"CLP", "COP", "PYG"}
_HUNDRED = Decimal(100)
# Without these no row can be booked.
NEEDED = ("total", "issued_on", "merchant", "currency")
# What one euro is about, for the plausibility of amounts only.
_PER_EURO = {
    "COP": 4500,
    "CLP": 1050,
    "ARS": 1600,
    "PYG": 8000,
    "CRC": 560,
    "MXN": 21,
    "UYU": 46,
    "DOP": 68,
    "JPY": 165,
}


@dataclass(frozen=True)
class Thresholds:
    """Limits of acceptance: least confidence, oldest age (Spain's tax authority looks back four years), largest total.

    ``min_score`` is that of the total; None: as calibrated, like those of the other fields.
    """

    min_score: float | None = None
    max_age_days: int = 1461
    max_total_eur: Decimal = Decimal(5000)


def required(extraction: Extraction, limits: Thresholds) -> Iterator[Reason]:
    """Fields without which no row can be booked: missing, or read with too little confidence."""
    for name in NEEDED:
        value = getattr(extraction.receipt, name)
        if value in {None, ""}:
            yield _reason(f"{_label(name)}_missing", name, "review", "")
        elif (sure := extraction.confidence.get(name, 0.0)) < least(name, limits):
            yield _reason(f"{_label(name)}_uncertain", name, "review", f"{value} read with confidence {sure:.2f}")


def least(name: str, limits: Thresholds) -> float:
    """The smallest confidence with which a field is taken unseen."""
    if name == "total" and limits.min_score is not None:
        return limits.min_score
    return confidence.table().thresholds[name]


def doubts(extraction: Extraction, limits: Thresholds) -> list[str]:
    """The needed fields that an extraction lacks or is not sure enough of."""
    return [reason.field for reason in required(extraction, limits) if reason.field]


def calendar(receipt: Receipt, today: date, limits: Thresholds) -> Iterator[Reason]:
    """Dates that cannot be, or are too old to book."""
    issued = receipt.issued_on
    if issued is None:
        return
    if issued > today + timedelta(days=1):
        yield _reason("date_future", "issued_on", "review", f"{issued} is after {today}")
    elif issued < today - timedelta(days=limits.max_age_days):
        yield _reason("date_old", "issued_on", "review", f"{issued} is more than {limits.max_age_days} days ago")


def amount(receipt: Receipt, limits: Thresholds) -> Iterator[Reason]:
    """Totals that are not positive, or too large to book unseen."""
    if receipt.total is None:
        return
    if receipt.total <= 0:
        yield _reason("total_not_positive", "total", "review", str(receipt.total))
    if receipt.total > limits.max_total_eur * _PER_EURO.get(receipt.currency or "", 1):
        yield _reason("total_large", "total", "review", f"{receipt.total} {receipt.currency or ''}".strip())


def tax_number(receipt: Receipt) -> Iterator[Reason]:
    """A tax number whose checksum fails, or that no known country's rule fits."""
    number = receipt.tax_id
    if number is None or country_of(number):
        return
    if looks_spanish(number):
        yield _reason("tax_id_checksum", "tax_id", "review", f"the control character of {number} does not fit")
    else:
        yield _reason("tax_id_unchecked", "tax_id", "info", f"no checksum is known for {number}")


def sums(receipt: Receipt, provider: str) -> Iterator[Reason]:
    """Lines, taxes and total against each other.

    What a model returns must add up. Lines read by OCR are often incomplete, so that there a mismatch only informs.
    """
    strict: Severity = "review" if provider == "vision" else "info"
    yield from _rates(receipt)
    if receipt.total is None:
        return
    tax, lines = arithmetic.tax_of(receipt), arithmetic.lines_of(receipt)
    if lines is not None and not arithmetic.gives_total(lines, receipt):
        evidence = f"the lines give {lines}, the total is {receipt.total}"
        yield _reason("lines_mismatch", "lines", strict, evidence)
    if receipt.subtotal is not None and not arithmetic.gives_total(receipt.subtotal, receipt):
        evidence = f"subtotal {receipt.subtotal} and taxes {tax} do not give {receipt.total}"
        yield _reason("subtotal_mismatch", "subtotal", strict, evidence)


def _rates(receipt: Receipt) -> Iterator[Reason]:
    """Each rate against its base and amount, and their sum against the total."""
    known = [line for line in receipt.taxes if line.base is not None and line.amount is not None]
    slack = _SLACK_WHOLE if receipt.currency in _WITHOUT_CENTS else arithmetic.SLACK
    for line in known:
        if line.rate is not None and abs(line.base * line.rate / _HUNDRED - line.amount) > slack:  # type: ignore[operator]
            evidence = f"{line.rate} % of {line.base} is not {line.amount}"
            yield _reason("tax_mismatch", "taxes", "review", evidence)
    taxed = sum((line.base + line.amount for line in known), Decimal(0))  # type: ignore[operator]
    if receipt.total is not None and taxed > receipt.total + arithmetic.SLACK + (receipt.discount or 0):
        yield _reason(
            "taxes_exceed_total", "taxes", "review", f"bases and taxes give {taxed}, more than {receipt.total}"
        )


def _label(name: str) -> str:
    """The word for a field in codes."""
    return "date" if name == "issued_on" else name


def _reason(code: str, field: str, severity: Severity, evidence: str) -> Reason:
    """Build a reason."""
    return Reason(code=code, field=field, severity=severity, evidence=evidence)
