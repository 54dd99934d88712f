"""Reading a picture: the project's own OCR and rules, as facts by name."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date

COUNTRY = "ES"
MAX_BYTES = 20_000_000
MAX_PIXELS = 50_000_000
DOUBTFUL = 0.85
CLEAR = 0.92
# A picture on which so few facts were found is taken for something else than a receipt.
FEWEST_FACTS = 2


class UnreadableError(Exception):
    """The bytes are no picture that a model takes."""


@functools.lru_cache(maxsize=64)
def read(content: bytes, today: date) -> dict[str, Any]:
    """The facts on a picture; takes a second or two, so it belongs in a worker thread.

    Raises:
        UnreadableError: no picture, or one that must not be decoded.
    """
    from kit.errors import OpsflowsError
    from tickets.extraction import image, ocr, rules

    try:
        checked = image.check(content, declared_mime=None, max_bytes=MAX_BYTES, max_pixels=MAX_PIXELS)
    except OpsflowsError as error:
        raise UnreadableError(str(error)) from error
    page = ocr.read(checked.jpeg)
    found = rules.extract(page, COUNTRY, today)
    facts = found.receipt.model_dump()
    known = sum(facts[name] is not None for name in ("total", "issued_on", "merchant", "tax_id"))
    is_receipt = known >= FEWEST_FACTS and facts["total"] is not None
    return (facts if is_receipt else _blank(facts)) | {
        "is_receipt": is_receipt,
        "unclear_fields": [name for name, score in found.scores.items() if score < DOUBTFUL] if is_receipt else [],
        "legibility": _legibility(found.scores),
        "width": checked.width,
        "height": checked.height,
    }


def _blank(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: [] if isinstance(value, list) else None for name, value in facts.items()}


def _legibility(scores: dict[str, float]) -> str:
    mean = sum(scores.values()) / len(scores) if scores else 0.0
    return "clear" if mean >= CLEAR else "partial" if mean >= DOUBTFUL else "poor"
