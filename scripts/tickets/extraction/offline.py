"""The engine that needs no service: text layer or local OCR, and rules, with the same answer as the vision model."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

from tickets.extraction import ocr, places, regions, rules
from tickets.extraction.model import Attempt, Extraction

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from tickets.extraction.page import Page
    from tickets.extraction.regions import Region

TEXT_MODEL = "pdf-text-layer"
_MARGIN = 12  # pixels around the total, so that the OCR sees whole lines
_QUALITY = 95


def extract(jpeg: bytes, *, country: str, today: date, pages: Sequence[Region] = ()) -> Extraction:
    """Read a picture and find the fields of its receipt.

    A text layer is believed when the total that it gives is what the picture shows at its place; otherwise the
    picture is read as a photo, and the attempt says ``text_layer_differs``.

    Args:
        jpeg: A picture that ``image.check`` let through.
        country: ISO 3166 code of the country to assume when the receipt tells none.
        today: The day of reception.
        pages: Those of a document, as ``image.check`` returned them; none for a photo.

    Returns:
        The fields, with their places on this picture, and attempts whose ``raw`` holds the boxes read, so that the
        rules can be run again later.
    """
    extraction = _read(jpeg, pages, country=country, today=today)
    if not regions.has_text(pages) or _shows_total(jpeg, extraction):
        return extraction
    doubted = [attempt.model_copy(update={"outcome": "text_layer_differs"}) for attempt in extraction.attempts]
    extraction = _read(jpeg, regions.without_text(pages), country=country, today=today)
    return extraction.model_copy(update={"attempts": doubted + extraction.attempts})


def _read(jpeg: bytes, pages: Sequence[Region], *, country: str, today: date) -> Extraction:
    """Boxes, then fields."""
    started = time.monotonic()
    page = regions.read(jpeg, pages)
    extraction = from_page(page, country=country, today=today)
    attempt = Attempt(
        provider="ocr",
        model=TEXT_MODEL if regions.has_text(pages) else ocr.MODEL,
        outcome="ok",
        latency_ms=round((time.monotonic() - started) * 1000),
        raw=page.as_data(),
    )
    return extraction.model_copy(update={"attempts": [attempt]})


def from_page(page: Page, *, country: str, today: date) -> Extraction:
    """Find the fields on a page that was read before; places are those on the stored picture."""
    extraction = rules.extract(page, country=country, today=today)
    evidence = places.as_stored(extraction.evidence, page)
    return extraction.model_copy(update={"evidence": evidence, "rotation": page.rotation})


def _shows_total(jpeg: bytes, extraction: Extraction) -> bool:
    """Read the total's place in the picture: a font can draw other digits than its text says."""
    total, evidence = extraction.receipt.total, extraction.evidence.get("total")
    if total is None or evidence is None or evidence.box is None:
        return False
    from PIL import Image

    with Image.open(io.BytesIO(jpeg)) as picture:
        left, top, right, bottom = evidence.box
        place = (
            max(0, left - _MARGIN),
            max(0, top - _MARGIN),
            min(picture.width, right + _MARGIN),
            min(picture.height, bottom + _MARGIN),
        )
        buffer = io.BytesIO()
        picture.crop(place).save(buffer, "JPEG", quality=_QUALITY)
    digits = "".join(char for char in f"{abs(total):f}" if char.isdigit())
    shown = "".join(char for char in ocr.read(buffer.getvalue()).text if char.isdigit())
    return digits in shown
