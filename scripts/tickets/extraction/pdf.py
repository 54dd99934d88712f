"""PDF documents: refused by name, or drawn as one picture of their pages with the text that they bring.

Runs in the process of ``converter``. Nothing of the file but its looks and its text is used: no script runs, no form,
no attachment, no link is opened.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kit.errors import RefusedInputError
from tickets.extraction import pdf_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pypdfium2  # type: ignore[import-untyped]  # ships no types
    from PIL.Image import Image

    from tickets.extraction.page import Box

_SHOWN = 3  # pages of an invoice that are read: its head, and where the amounts are
_LONG_SIDE = 1600  # pixels of a page; what the OCR looks at
_NARROW = 1000  # a till's roll is drawn wider than that, as long as its length allows it
_TALLEST = 4800
_MOST_SCALE = 300 / 72
_SIDES_PT = (36, 14_400)  # half an inch; the format's own limit
_QUALITY = 90
_GAP = 8
_BLANK = 250  # of 255: lighter than any ink
_AMOUNT = re.compile(r"\d[.,]\d{2}(?!\d)")
_TOTAL = re.compile(r"\btotal\b|a pagar|importe|amount due", re.IGNORECASE)
_MIN_LETTERS = 40
_LOCKED = 4  # FPDF_ERR_PASSWORD


@dataclass(frozen=True)
class Sheet:
    """A page as drawn, and the boxes of its text layer; ``None`` when it has none worth the name."""

    picture: Image
    boxes: list[Box] | None


def convert(data: bytes, options: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Draw a document.

    Args:
        data: The file.
        options: ``max_pages`` of the document, ``max_pixels`` of a picture in it.

    Returns:
        ``pages`` of the document, ``regions`` (bounds and boxes of each page drawn), and the JPEG.

    Raises:
        RefusedInputError: ``pdf_broken``, ``pdf_encrypted``, ``pdf_pages``, ``pdf_page_size``, ``image_bomb``.
    """
    document = _open(data)
    count = len(document)
    if not 0 < count <= options["max_pages"]:
        raise RefusedInputError(f"It has {count} pages; {options['max_pages']} are allowed.", code="pdf_pages")
    for index in range(count):
        _check_size(document.get_page_size(index))
    sheets = [_sheet(document[index], options["max_pixels"]) for index in _worth_reading(document)]
    return _stack(sheets, count)


def _open(data: bytes) -> pypdfium2.PdfDocument:
    """Open a document that needs no password; one that only limits printing or copying needs none."""
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _LOCKED:
            raise RefusedInputError("The document needs a password.", code="pdf_encrypted") from error
        raise RefusedInputError("The document is damaged.", code="pdf_broken") from error


def _check_size(size: tuple[float, float]) -> None:
    least, most = _SIDES_PT
    if not (least <= min(size) and max(size) <= most):
        raise RefusedInputError(f"A page measures {size[0]:.0f} x {size[1]:.0f} points.", code="pdf_page_size")


def _worth_reading(document: pypdfium2.PdfDocument) -> list[int]:
    """The first page, and those after it with amounts or without text; of more than three, the ones with most.

    Terms and conditions fill the last page of many invoices; the total often stands on the last page but those.
    """
    scores = {}
    for index in range(1, len(document)):
        text = document[index].get_textpage().get_text_range()
        letters = sum(char.isalnum() for char in text)
        amounts = len(_AMOUNT.findall(text))
        scores[index] = min(amounts, 20) + 10 * bool(amounts and _TOTAL.search(text)) if letters >= _MIN_LETTERS else 1
    best = sorted((index for index in scores if scores[index]), key=lambda index: (-scores[index], -index))
    return [0, *sorted(best[: _SHOWN - 1])]


def _sheet(page: pypdfium2.PdfPage, max_pixels: int) -> Sheet:
    """Draw a page, and again without its text: what makes no difference was not to be seen."""
    _check_pictures(page, max_pixels)
    scale = _scale(*page.get_size())
    picture = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    return Sheet(picture, pdf_text.boxes(page, picture, scale))


def _check_pictures(page: pypdfium2.PdfPage, max_pixels: int) -> None:
    """Refuse pictures that would swell: a few kilobytes may say that they are 60,000 pixels wide."""
    import pypdfium2
    from pypdfium2 import raw

    pixels = 0
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]):
        if isinstance(item, pypdfium2.PdfImage):
            width, height = item.get_px_size()
            pixels += width * height
    if pixels > max_pixels:
        raise RefusedInputError(
            f"The pictures of a page have {pixels} pixels; {max_pixels} are allowed.", code="image_bomb"
        )


def _scale(width: float, height: float) -> float:
    """Pixels a point: so that a page is as large as the OCR likes it, and a roll's print is not lost."""
    whole = _LONG_SIDE / max(width, height)
    roll = min(_NARROW / min(width, height), _TALLEST / max(width, height))
    return min(max(whole, roll), _MOST_SCALE)


def _stack(sheets: list[Sheet], count: int) -> tuple[dict[str, Any], bytes]:
    """Put the pages under each other; pages without any ink fall out, unless all of them have none."""
    from PIL import Image

    inked = [sheet for sheet in sheets if sheet.picture.convert("L").getextrema()[0] < _BLANK] or sheets[:1]  # type: ignore[operator]
    width = max(sheet.picture.width for sheet in inked)
    height = sum(sheet.picture.height for sheet in inked) + _GAP * (len(inked) - 1)
    whole = Image.new("RGB", (width, height), "white")
    regions, top = [], 0
    for sheet in inked:
        whole.paste(sheet.picture, (0, top))
        bounds = (0, top, sheet.picture.width, top + sheet.picture.height)
        regions.append({"bounds": bounds, "boxes": [_as_data(box, top) for box in sheet.boxes or ()]})
        top = bounds[3] + _GAP
    buffer = io.BytesIO()
    whole.save(buffer, "JPEG", quality=_QUALITY)
    return {"pages": count, "regions": regions}, buffer.getvalue()


def _as_data(box: Box, top: int) -> list[Any]:
    """A box at its place in the whole picture, as JSON."""
    return [box.text, [[round(x, 1), round(y + top, 1)] for x, y in box.polygon]]
