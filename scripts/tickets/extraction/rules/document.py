"""The number of the ticket or invoice."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tickets.extraction.rules.words import fold

_LABEL = re.compile(
    r"(?:factura\s*(?:simplificada|electronica)?|fra\.?|tic?ket|tique|recibo|boleta(?:\s+(?:de\s+venta\s+)?electronica)?|nota\s+de\s+venta|folio|comprobante|documento|"
    r"tax\s*inv[o0][il]ce|inv[o0][il]ce|inv\b|bi[l1]{2}|receipt|rcpt|doc|chk|check|order|cb|operacion|pedido)"
    r"\s*(?:n[o0]m?|num(?:ero)?|number|nunber|nr|id|#)?\s*[.:#]*\s*[:#]?\s*(?P<number>[a-z0-9][a-z0-9/_-]*(?:\s?[-/]\s?[a-z0-9]+)*)"
)
_BEST = re.compile(r"factura|inv[o0]|tic?ket|folio|boleta|receipt|recibo|comprobante|doc")
_MIN_DIGITS = 2


@dataclass(frozen=True)
class Document:
    """A document's number as printed, its row and a score."""

    number: str
    row: int
    score: float


def find_document(texts: list[str]) -> Document | None:
    """Choose the labelled number: invoice and ticket before bill, order or check."""
    found = [
        Document(match["number"].strip(" -/").upper(), row, 0.85 if _BEST.search(match.group()) else 0.6)
        for row, text in enumerate(texts)
        for match in _LABEL.finditer(fold(text))
        if sum(char.isdigit() for char in match["number"]) >= _MIN_DIGITS
    ]
    return max(found, key=lambda item: (item.score, -item.row), default=None)
