"""From reasons to a verdict, and the reasons that concern the page as a whole: nothing read, or no receipt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tickets.extraction.model import Reason, Receipt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tickets.extraction.model import Extraction, Verdict

_MIN_LETTERS = 12
_MIN_SIGNS = 3
_AMOUNT = re.compile(r"\d[.,]\d{2}(?!\d)")
_WORDS = re.compile(
    r"\b(?:sub)?total|\biva\b|factura|ticket|tique|recibo|receipt|invoice|\btax\b|\bvat\b|\bgst\b|importe|efectivo|tarjeta|"
    r"cash|change|cambio|\b[cn]\.?i\.?f\b|\brfc\b|\bnit\b|\bruc\b|boleta|a pagar|unidades|cant\b|\bqty\b|precio|price",
    re.IGNORECASE,
)


def decide(reasons: Sequence[Reason]) -> Verdict:
    """The strictest severity among the reasons decides."""
    severities = {reason.severity for reason in reasons}
    if "reject" in severities:
        return "reject"
    return "review" if "review" in severities else "accept"


def page_reasons(extraction: Extraction) -> list[Reason]:
    """Say whether there is a receipt at all."""
    text, receipt = extraction.text, extraction.receipt
    if extraction.provider == "vision":
        # A model gives fields and no text of the page; where it sees no receipt, it gives no fields either.
        evidence = "the model sees no receipt"
        return [Reason(code="not_a_receipt", severity="reject", evidence=evidence)] if receipt == Receipt() else []
    if extraction.provider == "fusion":
        return []  # the model saw a receipt; what the OCR did not see on it, the reasons say
    read = sum(char.isalnum() for char in text)
    if read < _MIN_LETTERS and receipt.total is None:
        return [Reason(code="nothing_read", severity="reject", evidence=f"{read} letters and digits were read")]
    words = {found.group().lower() for found in _WORDS.finditer(text)}
    amounts = len(_AMOUNT.findall(text))
    signs = len(words) + min(amounts, 2) + (receipt.total is not None) + (receipt.issued_on is not None)
    if signs < _MIN_SIGNS:
        evidence = f"{len(words)} receipt words, {amounts} amounts"
        return [Reason(code="not_a_receipt", severity="reject", evidence=evidence)]
    return []
