"""Local OCR: a checked picture becomes a page of boxes in reading order, without network and without a model service.

Orientation is found by reading: a page that reads badly, or whose boxes stand upright, is turned and read again.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from tickets.extraction.faint import strengthened
from tickets.extraction.ocr_engine import engine
from tickets.extraction.page import Box, Page, page_of

if TYPE_CHECKING:
    from PIL.Image import Image

MODEL = "rapidocr-3/PP-OCRv6-small"
_GOOD_SCORE = 0.80  # an upright page reads at 0.9 and more, an upside-down one below 0.75
_UPRIGHT_RATIO = 1.5
_MIN_LETTERS = 3


def read(jpeg: bytes) -> Page:
    """Read a picture.

    Args:
        jpeg: An image that ``image.check`` let through.

    Returns:
        The page, upright; without boxes when nothing could be read.
    """
    from PIL import Image

    picture = strengthened(Image.open(io.BytesIO(jpeg)).convert("RGB"))
    boxes = _boxes(picture)
    turn = 0
    if candidate := _turn(boxes):
        turned = _boxes(picture.rotate(candidate, expand=True))
        if _readability(turned) > _readability(boxes):
            boxes, turn = turned, candidate
    width, height = picture.size if turn in {0, 180} else picture.size[::-1]
    return page_of(boxes, width=width, height=height, rotation=turn)


def _boxes(picture: Image) -> list[Box]:
    """Run the engine once over a picture."""
    import numpy as np

    result = engine()(np.asarray(picture)[:, :, ::-1])  # the engine wants BGR
    if result.boxes is None or result.txts is None:
        return []
    return [
        Box(text=text.strip(), score=float(score), polygon=tuple((float(x), float(y)) for x, y in polygon))
        for polygon, text, score in zip(result.boxes, result.txts, result.scores, strict=True)
        if text.strip()
    ]


def _turn(boxes: list[Box]) -> int:
    """Degrees (counter-clockwise) by which the picture should be turned and read again; 0 for none.

    The engine turns upright boxes counter-clockwise itself: when it reads them well, that is the way to turn the page.
    """
    words = [box for box in boxes if len(box.text) >= _MIN_LETTERS]
    if not words:
        return 0
    good = sum(box.score for box in words) > _GOOD_SCORE * len(words)
    if sum(box.height > _UPRIGHT_RATIO * box.width for box in words) * 2 > len(words):
        return 90 if good else 270
    return 0 if good else 180


def _readability(boxes: list[Box]) -> float:
    """Letters read, weighed by how surely; lines that stand upright count for nothing."""
    return sum(len(box.text) * box.score**4 for box in boxes if box.height <= _UPRIGHT_RATIO * box.width)
