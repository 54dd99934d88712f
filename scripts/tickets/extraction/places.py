"""Places on the stored picture: the OCR reads a page upright, people see the JPEG as it is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickets.extraction.model import Evidence
    from tickets.extraction.page import Page

Box = tuple[int, int, int, int]


def as_stored(evidence: dict[str, Evidence], page: Page) -> dict[str, Evidence]:
    """Move the boxes of an upright page to the picture as it is stored, and say how clearly each row was read."""
    clear = {row.text: round(row.score, 3) for row in page.rows}
    return {
        name: found.model_copy(
            update={"box": found.box and turned_back(found.box, page), "score": clear.get(found.text)}
        )
        for name, found in evidence.items()
    }


def turned_back(box: Box, page: Page) -> Box:
    """Undo the turn that made a page upright.

    Args:
        box: Left, top, right, bottom on the upright page, in pixels.
        page: Its `rotation` is the turn, counter-clockwise; `width` and `height` are those of the upright page.

    Returns:
        The same place in pixels of the stored picture, with left below right and top below bottom.
    """
    width, height = page.width, page.height
    left, right = (min(max(x, 0), width) for x in (box[0], box[2]))
    top, bottom = (min(max(y, 0), height) for y in (box[1], box[3]))
    if page.rotation == 90:  # noqa: PLR2004 degrees
        return height - bottom, left, height - top, right
    if page.rotation == 180:  # noqa: PLR2004 degrees
        return width - right, height - bottom, width - left, height - top
    if page.rotation == 270:  # noqa: PLR2004 degrees
        return top, width - right, bottom, width - left
    return left, top, right, bottom
