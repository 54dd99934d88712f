"""The engine that needs no service: local OCR and rules, with the same answer as the vision model."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tickets.extraction import ocr, places, rules
from tickets.extraction.model import Attempt, Extraction

if TYPE_CHECKING:
    from datetime import date


def extract(jpeg: bytes, *, country: str, today: date) -> Extraction:
    """Read a picture and find the fields of its receipt.

    Args:
        jpeg: A picture that ``image.check`` let through.
        country: ISO 3166 code of the country to assume when the receipt tells none.
        today: The day of reception.

    Returns:
        The fields, with their places on this picture, and one attempt whose ``raw`` holds the boxes read, so that
        the rules can be run again later.
    """
    started = time.monotonic()
    page = ocr.read(jpeg)
    extraction = rules.extract(page, country=country, today=today)
    attempt = Attempt(
        provider="ocr",
        model=ocr.MODEL,
        outcome="ok",
        latency_ms=round((time.monotonic() - started) * 1000),
        raw=page.as_data(),
    )
    evidence = places.as_stored(extraction.evidence, page)
    return extraction.model_copy(update={"attempts": [attempt], "evidence": evidence, "rotation": page.rotation})
