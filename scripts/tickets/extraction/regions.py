"""The pages of a document, stacked in one picture, and how they are read: by their text layer, else by OCR each."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tickets.extraction import ocr
from tickets.extraction.page import Box, Page, page_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_QUALITY = 95


@dataclass(frozen=True)
class Region:
    """A page of a document in the stored picture: its ``bounds`` (left, top, right, bottom) in pixels.

    ``boxes`` are those of its text layer, in pixels of the whole picture; ``None`` says that it must be read by OCR.
    """

    bounds: tuple[int, int, int, int]
    boxes: tuple[Box, ...] | None = None


def has_text(regions: Sequence[Region]) -> bool:
    """Tell whether any page brings its own text."""
    return any(region.boxes is not None for region in regions)


def without_text(regions: Sequence[Region]) -> tuple[Region, ...]:
    """The same pages, to be read by OCR."""
    return tuple(Region(region.bounds) for region in regions)


def read(jpeg: bytes, regions: Sequence[Region]) -> Page:
    """Read a picture.

    Args:
        jpeg: What ``image.check`` made.
        regions: Its pages; none for a photo, which is read as a whole.

    Returns:
        One page with the boxes of all. A single page may be turned by the OCR; of several, each is read as it stands.
    """
    if len(regions) < 2 and not has_text(regions):  # noqa: PLR2004 a single page
        return ocr.read(jpeg)
    from PIL import Image

    with Image.open(io.BytesIO(jpeg)) as picture:
        width, height = picture.size
        boxes = [box for region in regions for box in region.boxes or _ocr(picture, region)]
    return page_of(boxes, width=width, height=height)


def _ocr(picture: object, region: Region) -> list[Box]:
    """Read one page by OCR; its boxes move to their place in the whole picture."""
    left, top = region.bounds[:2]
    buffer = io.BytesIO()
    picture.crop(region.bounds).save(buffer, "JPEG", quality=_QUALITY)  # type: ignore[attr-defined]
    found = ocr.read(buffer.getvalue())
    if found.rotation:
        return []  # its boxes have no place in a picture that stands otherwise
    return [
        Box(text=box.text, score=box.score, polygon=tuple((x + left, y + top) for x, y in box.polygon))
        for box in found.boxes
    ]
