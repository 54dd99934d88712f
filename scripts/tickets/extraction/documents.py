"""PDF documents at the gate: what their bytes tell is refused here, the rest in the process that draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.errors import RefusedInputError
from tickets.extraction import isolated
from tickets.extraction.containers import hides
from tickets.extraction.page import Box
from tickets.extraction.regions import Region

if TYPE_CHECKING:
    from typing import Any

_END = b"%%EOF"
_TAIL = 64_000  # bytes behind the end mark that a mail server or a portal may have appended
_TEXT_SCORE = 0.99  # letters of a text layer are certain, what they mean is not


def draw(data: bytes, *, max_pages: int, max_pixels: int) -> tuple[bytes, tuple[Region, ...]]:
    """Draw the pages of a PDF that are worth reading, under each other.

    Returns:
        The JPEG, and each page's place in it with the boxes of its text layer.

    Raises:
        RefusedInputError: ``pdf_broken``, ``pdf_encrypted``, ``pdf_pages``, ``pdf_page_size``, ``image_bomb``,
            ``image_polyglot`` or ``image_too_heavy``.
    """
    end = data.rfind(_END, max(0, len(data) - _TAIL))
    if end < 0:
        raise RefusedInputError("The document has no end: it is damaged or incomplete.", code="pdf_broken")
    if hides(data[end + len(_END) :]):
        raise RefusedInputError("The document is another kind of file as well.", code="image_polyglot")
    about, jpeg = isolated.convert("pdf", data, {"max_pages": max_pages, "max_pixels": max_pixels})
    return jpeg, tuple(_region(region) for region in about["regions"])


def _region(found: dict[str, Any]) -> Region:
    """A page as the converter described it."""
    left, top, right, bottom = found["bounds"]
    boxes = tuple(
        Box(text, _TEXT_SCORE, tuple((float(x), float(y)) for x, y in polygon)) for text, polygon in found["boxes"]
    )
    return Region((left, top, right, bottom), boxes or None)
