"""The judgement on an extraction: schema, arithmetic, plausibility, tax number; normalised fields; the verdict."""

from __future__ import annotations

import json
import re
import sys
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from kit.files import read_text
from tickets.extraction import checks, confidence, injection
from tickets.extraction.checks import Thresholds
from tickets.extraction.model import Assessment, Reason
from tickets.extraction.verdict import decide, page_reasons

if TYPE_CHECKING:
    from datetime import date

    from tickets.extraction.model import Extraction, Receipt

__all__ = ["Thresholds", "assess", "normalise"]

SCHEMA_FILE = "schemas/receipt.json"
_WITHOUT_CENTS = {"CLP", "PYG", "JPY", "KRW", "VND", "ISK", "XOF", "XAF"}
_AMOUNTS = ("subtotal", "tip", "discount", "total")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")


def assess(extraction: Extraction, *, today: date, limits: Thresholds | None = None) -> Assessment:
    """Check and normalise an extraction.

    Args:
        extraction: What an engine read.
        today: The day of reception, in the company's time zone.
        limits: Thresholds of acceptance.

    Returns:
        The verdict, every reason for it (also those that only inform), and the normalised receipt.
    """
    limits = limits or Thresholds()
    if not extraction.confidence:
        extraction = extraction.model_copy(update={"confidence": confidence.of(extraction)})
    receipt = normalise(extraction.receipt)
    reasons = page_reasons(extraction)
    if not reasons:
        reasons = [
            *extraction.reasons,
            *injection.reasons(extraction.text),
            *_schema(receipt),
            *checks.required(extraction, limits),
            *checks.calendar(receipt, today, limits),
            *checks.amount(receipt, limits),
            *checks.tax_number(receipt),
            *checks.sums(receipt, extraction.provider),
        ]
    return Assessment(verdict=decide(reasons), reasons=reasons, receipt=receipt)


def normalise(receipt: Receipt) -> Receipt:
    """Bring texts, currency, tax number and amounts to one form; amounts get the decimals of their currency."""
    currency = (receipt.currency or "").strip().upper() or None
    unit = Decimal(1) if currency in _WITHOUT_CENTS else Decimal("0.01")
    changes: dict[str, Any] = {"currency": currency}
    for name in _AMOUNTS:
        changes[name] = _rounded(getattr(receipt, name), unit)
    for name in ("merchant", "document_number"):
        changes[name] = _one_line(getattr(receipt, name))
    changes["tax_id"] = re.sub(r"[\s./-]", "", receipt.tax_id).upper() or None if receipt.tax_id else None
    changes["taxes"] = [
        tax.model_copy(
            update={"rate": _rate(tax.rate), "base": _rounded(tax.base, unit), "amount": _rounded(tax.amount, unit)}
        )
        for tax in receipt.taxes
    ]
    changes["lines"] = [
        line.model_copy(
            update={"description": _one_line(line.description) or "", "amount": _rounded(line.amount, unit)}
        )
        for line in receipt.lines
    ]
    return receipt.model_copy(update=changes)


def _rounded(value: Decimal | None, unit: Decimal) -> Decimal | None:
    """An amount in whole units of its currency's smallest coin."""
    return None if value is None else value.quantize(unit, ROUND_HALF_UP)


def _rate(value: Decimal | None) -> Decimal | None:
    """A rate without trailing zeros: 21, not 21.00, and 10, not 1E+1."""
    return None if value is None else Decimal(f"{value.normalize():f}")


def _one_line(text: str | None) -> str | None:
    """A text without control and direction characters, in one line."""
    return re.sub(r"\s+", " ", _CONTROL.sub(" ", text)).strip() or None if text else None


def _schema(receipt: Receipt) -> list[Reason]:
    """Differences from the JSON Schema of a receipt."""
    return [
        Reason(
            code="schema",
            field=str(error.absolute_path[0]) if error.absolute_path else None,
            severity="review",
            evidence=error.message[:200],
        )
        for error in _validator().iter_errors(receipt.model_dump(mode="json"))
    ]


@cache
def _validator() -> Any:
    """The compiled schema."""
    # Where tools brought this package along, jsonschema would build a grammar of all addresses: a second, for nothing.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from jsonschema import Draft202012Validator, FormatChecker

    return Draft202012Validator(json.loads(read_text(SCHEMA_FILE)), format_checker=FormatChecker())
