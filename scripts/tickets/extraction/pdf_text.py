"""The text layer of a page as boxes: only letters that can be seen, upright, grouped as an OCR groups them.

What a letter's mark is, is found by drawing the page without its text: white on white, behind a picture, outside the
page or in a transparent mode, a letter leaves no mark, and is not taken. So nobody can write one total for people
and another for programs - except with a font that lies about its letters, which ``offline`` finds by reading the
total's place in the picture.
"""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tickets.extraction.page import Box

if TYPE_CHECKING:
    import pypdfium2  # type: ignore[import-untyped]  # ships no types
    from PIL.Image import Image

_SCORE = 1.0  # the gate gives it its own
_MIN_LETTERS = 40
_MAX_CHARS = 60_000
_MAX_ODD = 0.05  # share of letters that stand askew or have no meaning: above it, the layer is not believed
_MARK = 24  # of 255
_GAP = 1.0  # of the height: a wider gap parts two cells
_SHIFT = 0.5  # of the height: a higher step begins a new line
_UPRIGHT = 0.05  # radians
_PRIVATE = (0xE000, 0xF8FF)


@dataclass(frozen=True)
class _Char:
    """A letter and its place, in pixels: left, top, right, bottom of its line's box, and of its own ink."""

    text: str
    line: tuple[float, float, float, float]
    ink: tuple[float, float, float, float]

    @property
    def height(self) -> float:
        return self.line[3] - self.line[1]


def boxes(page: pypdfium2.PdfPage, picture: Image, scale: float) -> list[Box] | None:
    """The page's text in boxes, in pixels of its picture; ``None`` when OCR knows more."""
    chars, odd = _chars(page, picture.size)
    letters = [char for char in chars if char.text.isalnum()]
    if len(letters) < _MIN_LETTERS or odd > _MAX_ODD * len(letters):
        return None
    marks = _marks(page, picture, scale)
    seen = [char for char in chars if char.text.isspace() or _is_seen(char, marks)]
    if sum(char.text.isalnum() for char in seen) < _MIN_LETTERS:
        return None
    return [_box(group) for group in _groups(seen)]


def _chars(page: pypdfium2.PdfPage, size: tuple[int, int]) -> tuple[list[_Char], int]:
    """The letters that are drawn and stand upright, in the order of the file, and how many others there are."""
    from pypdfium2 import raw

    textpage = page.get_textpage()
    turn = math.radians(page.get_rotation())
    chars, odd = [], 0
    for index in range(min(textpage.count_chars(), _MAX_CHARS)):
        code = raw.FPDFText_GetUnicode(textpage.raw, index)
        if code in {0, 0xFFFD, 0xFFFE} or _PRIVATE[0] <= code <= _PRIVATE[1]:
            odd += 1
            continue
        text = chr(code) if code >= 32 else " "  # noqa: PLR2004 control characters
        angle = raw.FPDFText_GetCharAngle(textpage.raw, index) + turn
        if not text.isspace() and abs(math.remainder(angle, math.tau)) > _UPRIGHT:
            odd += 1
            continue
        if not _is_invisible(textpage, index):
            corners = [textpage.get_charbox(index, loose=loose) for loose in (True, False)]
            chars.append(_Char(text, *(_on_picture(page, box, size) for box in corners)))
    return chars, odd


def _is_invisible(textpage: pypdfium2.PdfTextPage, index: int) -> bool:
    """Tell whether a letter is there for programs only, as scanners put it over their pictures."""
    from pypdfium2 import raw

    item = raw.FPDFText_GetTextObject(textpage.raw, index)
    modes = {raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP}
    return bool(item) and raw.FPDFTextObj_GetTextRenderMode(item) in modes


def _on_picture(page: Any, box: tuple[float, ...], size: tuple[int, int]) -> tuple[float, float, float, float]:
    """A rectangle of the page (left, bottom, right, top in points) in pixels of its picture."""
    left, bottom, right, top = box
    xs, ys = zip(*(_point(page, x, y, size) for x, y in ((left, bottom), (right, top))), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _point(page: Any, x: float, y: float, size: tuple[int, int]) -> tuple[float, float]:
    """PDFium rounds to whole units: it is asked for sixteenths of a pixel."""
    from pypdfium2 import raw

    across, down = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page.raw, 0, 0, size[0] * 16, size[1] * 16, 0, x, y, across, down)
    return across.value / 16, down.value / 16


def _marks(page: pypdfium2.PdfPage, picture: Image, scale: float) -> Image:
    """What the page's text changes in its picture, as grey values."""
    from PIL import ImageChops
    from pypdfium2 import raw

    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
        raw.FPDFTextObj_SetTextRenderMode(item.raw, raw.FPDF_TEXTRENDERMODE_INVISIBLE)
    blank = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    return ImageChops.difference(picture, blank).convert("L")


def _is_seen(char: _Char, marks: Image) -> bool:
    """Tell whether a letter leaves a mark where it says it stands."""
    left, top, right, bottom = char.ink
    box = (
        max(0, math.floor(left)),
        max(0, math.floor(top)),
        min(marks.width, math.ceil(right) + 1),
        min(marks.height, math.ceil(bottom) + 1),
    )
    if box[0] >= box[2] or box[1] >= box[3]:
        return False
    return int(marks.crop(box).getextrema()[1]) >= _MARK  # type: ignore[arg-type]


def _groups(chars: list[_Char]) -> list[list[_Char]]:
    """Runs of letters on one line without a wide gap."""
    groups: list[list[_Char]] = []
    last: _Char | None = None
    spaces: list[_Char] = []
    for char in chars:
        if char.text.isspace():
            spaces.append(char)
            continue
        if last and _continues(last, char):
            groups[-1] += [*spaces[:1], char] if spaces else [char]
        else:
            groups.append([char])
        last, spaces = char, []
    return groups


def _continues(last: _Char, char: _Char) -> bool:
    """Tell whether a letter goes on where another ended."""
    height = max(min(last.height, char.height), 1.0)
    gap = char.line[0] - last.line[2]
    return -_SHIFT * height < gap < _GAP * height and abs(char.line[3] - last.line[3]) < _SHIFT * height


def _box(group: list[_Char]) -> Box:
    """The letters of a run in one box."""
    solid = [char for char in group if not char.text.isspace()]
    lefts, tops, rights, bottoms = zip(*(char.line for char in solid), strict=True)
    left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Box("".join(char.text for char in group), _SCORE, corners)
