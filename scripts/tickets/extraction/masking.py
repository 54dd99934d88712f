"""Personal data on a page, painted over before its picture leaves for a model service: cards, IBAN, phones, e-mail.

The stored picture is not touched. The seller's tax number, dates and amounts are never painted over: a card's number
stands in groups of four or in one piece, and amounts have decimals.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tickets.extraction.page import Box, Page, Row

Span = tuple[int, int]
Corner = tuple[float, float]

# What the OCR reads for a digit now and then, within a number.
_D: Final = r"[0-9OoIlBS]"
_MASKED: Final = r"[0-9OoIlBS*xX•#]"
_KINDS: Final = (
    re.compile(rf"(?<!\w){_MASKED}{{4}}(?P<s>[ .-]?){_MASKED}{{4}}(?P=s){_MASKED}{{4}}(?P=s){_MASKED}{{1,7}}(?!\w)"),
    re.compile(r"(?<![\w.,])\d{12,19}(?!\w|[.,]\d)"),
    re.compile(r"(?<!\w)3\d{3}[ -]?\d{6}[ -]?\d{5}(?!\w)"),  # American Express
    re.compile(rf"(?<!\w)[A-Z]{{2}}{_D}{{2}}(?:[ -]?[A-Z0-9]{{4}}){{3,7}}(?:[ -]?[A-Z0-9]{{1,3}})?(?!\w)"),  # IBAN
    re.compile(r"[\w.+%-]+ ?@ ?[\w-]+(?: ?\. ?[\w-]+)+"),
    re.compile(
        r"(?i)(?:tel[ée]?f?o?n?o?|tlfn?o?|tfno|phone|m[oó]vil|mobile|whatsapp|fax|cel(?:ular)?)s?\W{0,4}?"
        r"(?P<hidden>\+?\(?\d(?:(?! ?\d{1,2}[-/.]\d{1,2}[-/.]\d)[\d ().-]){5,16}\d)"
    ),
    re.compile(r"(?<![\w.,])\+\d(?:[ .()-]{0,2}\d){6,14}(?!\w)"),
    re.compile(r"(?<![\w.,-])[6789]\d{2}[ .-]?\d{3}[ .-]?\d{3}(?![\w]|[.,-]\d)"),
    re.compile(r"(?<![\w.,-])[6789]\d{2}(?:[ .-]\d{2}){3}(?![\w]|[.,-]\d)"),
)
_AMOUNT: Final = re.compile(r"\d[.,]\d{2}(?!\d)")
_FEWEST_DIGITS: Final = 4
_MARGIN: Final = 0.9  # of a letter, on each side: letters are not equally wide
_BLACK: Final = (0, 0, 0)
_QUALITY: Final = 92


def personal(text: str, tax_id: str | None = None) -> list[Span]:
    """Where personal data stand in a row of text, in order; the tax number given is none."""
    found = {span for kind in _KINDS for match in kind.finditer(text) for span in [_hidden(match)]}
    counted = [span for span in found if not _is_kept(text[slice(*span)], tax_id)]
    return sorted(span for span in counted if not any(_is_within(span, other) for other in counted))


def masked(jpeg: bytes, page: Page, tax_id: str | None = None) -> tuple[bytes, int]:
    """Paint over the personal data of a picture.

    Args:
        jpeg: The picture as it is stored.
        page: What was read on it.
        tax_id: The seller's number, which stays to be seen.

    Returns:
        The picture, and how many places were painted over; the very same bytes when there is none. A picture with
        such places is turned upright.
    """
    places = [shape for row in page.rows for span in personal(row.text, tax_id) for shape in _shapes(row, span)]
    if not places:
        return jpeg, 0
    from PIL import Image, ImageDraw

    with Image.open(io.BytesIO(jpeg)) as stored:
        picture = stored.convert("RGB")
    if page.rotation:
        picture = picture.rotate(page.rotation, expand=True)
    draw = ImageDraw.Draw(picture)
    for shape in places:
        draw.polygon(shape, fill=_BLACK)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue(), len(places)


def _is_within(span: Span, other: Span) -> bool:
    return span != other and other[0] <= span[0] and span[1] <= other[1]


def _hidden(match: re.Match[str]) -> Span:
    return match.span("hidden") if "hidden" in match.re.groupindex else match.span()


def _is_kept(text: str, tax_id: str | None) -> bool:
    """Whether it is the seller's tax number, an amount, or words that only look like a number."""
    if "@" in text:
        return False
    letters = re.sub(r"[\W_]", "", text).upper()
    if tax_id is not None and letters == re.sub(r"[\W_]", "", tax_id).upper():
        return True
    amount = _AMOUNT.search(text) and len(re.findall(r"[.,]", text)) == 1
    return bool(amount) or sum(char.isdigit() for char in text) < _FEWEST_DIGITS


def _shapes(row: Row, span: Span) -> Iterator[list[Corner]]:
    """The parts of a row's boxes that hold the letters of a span; a row's text is its boxes' joined by a space."""
    start = 0
    for cell in row.cells:
        end = start + len(cell.text)
        first, last = max(span[0], start), min(span[1], end)
        if first < last:
            yield _part(cell.box, first - start, last - start)
        start = end + 1


def _part(box: Box, first: int, last: int) -> list[Corner]:
    """The piece of a box from one letter to another, a little taller and wider than it."""
    letters = len(box.text)
    low, high = max(0.0, (first - _MARGIN) / letters), min(1.0, (last + _MARGIN) / letters)
    top_left, top_right, bottom_right, bottom_left = box.polygon
    return [
        _between(top_left, top_right, low),
        _between(top_left, top_right, high),
        _between(bottom_left, bottom_right, high),
        _between(bottom_left, bottom_right, low),
    ]


def _between(start: Corner, end: Corner, share: float) -> Corner:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
