"""The number of the ticket or invoice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tickets.extraction.rules.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBER = r"(?P<number>[a-z0-9][a-z0-9/_-]*(?:\s?[-/]\s?[a-z0-9]+)*)"
_NO = r"(?:n[o0]m?|num(?:ero)?|nro|number|nunber|nr|id|#)"
_TITLE = (
    r"(?:factura\s*(?:simplificada|electronica|de\s+venta)?|fra\.?|tic?ket|tique(?:\s+factura)?(?:\s+[abc]\b)?|recibo|"
    r"boleta(?:\s+(?:de\s+venta\s*)?electronica)?|nota\s+de\s+venta|folio|comprobante|documento)"
)
_LABEL = re.compile(
    rf"(?:{_TITLE}|tax\s*inv[o0][il]ce|inv[o0][il]ce|inv\b|bi[l1]{{2}}|receipt|rcpt|doc|chk|check|order|cb|operacion|"
    rf"orden|pedido)\s*{_NO}?\s*[.:#]*\s*[:#]?\s*{_NUMBER}"
)
_ALONE = re.compile(rf"^(?:{_NO}\s*[.:#o]*\s*)?{_NUMBER}$")  # under a title: "BOLETA ELECTRONICA" / "No 3214583"
_TITLE_ROW = re.compile(rf"^{_TITLE}\W*$")
_NUMBERED = re.compile(rf"^n(?:o|um|umero|ro)[.:\s]+{_NUMBER}")
_BEST = re.compile(r"factura|inv[o0]|tic?ket|tique|folio|boleta|receipt|recibo|comprobante|doc")
_MIN_DIGITS = 2
_MIN_ALONE = 4  # digits of a number that no label stands beside


@dataclass(frozen=True)
class Document:
    """A document's number as printed, its row and a score."""

    number: str
    row: int
    score: float


def find_document(texts: list[str]) -> Document | None:
    """Choose the labelled number: invoice and ticket before bill, order or check."""
    folded = [fold(text) for text in texts]
    found = [
        Document(match["number"].strip(" -/").upper(), row, 0.85 if _BEST.search(match.group()) else 0.6)
        for row, text in enumerate(folded)
        for match in _LABEL.finditer(text)
        if _digits(match["number"]) >= _MIN_DIGITS
    ]
    found += _under_titles(folded)
    return max(found, key=lambda item: (item.score, -item.row), default=None)


def _under_titles(folded: list[str]) -> Iterator[Document]:
    """Numbers alone in the row below a title, and rows that begin with "No."."""
    for row, text in enumerate(folded):
        alone = _ALONE.match(text.strip()) if row and _TITLE_ROW.match(folded[row - 1].strip()) else None
        if alone and _digits(alone["number"]) >= _MIN_ALONE:
            yield Document(alone["number"].strip(" -/").upper(), row, 0.82)
        elif (numbered := _NUMBERED.match(text)) and _digits(numbered["number"]) >= _MIN_ALONE:
            yield Document(numbered["number"].strip(" -/").upper(), row, 0.7)


def _digits(text: str) -> int:
    """How many digits a text has."""
    return sum(char.isdigit() for char in text)
