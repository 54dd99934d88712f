"""What is wrong with a picture that was not read well: measured on its pixels and on the boxes of its page.

These reasons explain a verdict and never make one: they are looked for only when fields are missing or uncertain, take
the severity that the verdict has already, and stand before its other reasons in the order of what to mend first.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tickets.extraction import page as pages
from tickets.extraction.model import Assessment, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickets.extraction.model import Extraction
    from tickets.extraction.page import Page

_SIDE = 1600  # what the OCR looks at
_BLOCK = 32
_EDGY = 12.0  # standard deviation of a block with something on it
_DARK = 70  # of 255: what the lightest twentieth of a picture reaches at least
_BRIGHT = 200  # what the darkest thousandth of a picture stays below
_EMPTY = 4  # between dark and light: nothing at all is on it
_FLAT = 28  # between dark and light; below it, ink and paper are one
# Edges against contrast, see ``sharpness``: 100 scans have 0.24 and more, blurred by two pixels 0.05 to 0.08, by three
# 0.02 to 0.03. Where no text at all was found there may be none: then only what is blurred beyond doubt counts.
_SHARP, _SHARP_WITHOUT_TEXT = 0.07, 0.032
_SMALL_PRINT = 9.0  # pixels of a line's height
_SMALL_SIDE = 320
_BORDER = 0.012  # of a side: text that comes so near to it goes on beyond
_CUT_ROWS = 0.25
_FEW_ROWS = 3
_UNREAD = ("nothing_read", "not_a_receipt")


@dataclass(frozen=True)
class Looks:
    """Grey values (of 255) of the darkest thousandth and the lightest twentieth, and how sharp the edges are."""

    dark: float
    light: float
    sharpness: float
    width: int
    height: int


def explain(jpeg: bytes, extraction: Extraction, assessment: Assessment) -> Assessment:
    """Put what is wrong with the picture before the other reasons of a verdict that it can explain.

    Args:
        jpeg: The stored picture.
        extraction: What was read from it, with the boxes of the OCR among its attempts, if it ran.
        assessment: The judgement on that; its verdict stays.
    """
    if assessment.verdict == "accept" or not _is_hard_to_read(assessment):
        return assessment
    looks, page = look(jpeg), _page(extraction)
    found = [
        Reason(code=code, field="image", severity=assessment.verdict, evidence=evidence)
        for code, measure in _MEASURES.items()
        if (evidence := measure(looks, page, assessment))
    ]
    return assessment.model_copy(update={"reasons": [*found, *assessment.reasons]})


def look(jpeg: bytes) -> Looks:
    """Measure the pixels of a picture."""
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(jpeg)) as opened:
        size = opened.size
        picture = opened.convert("L")
    picture.thumbnail((_SIDE, _SIDE))
    grey = np.asarray(picture, dtype=np.float32)
    dark, light = np.percentile(grey, [0.1, 95])
    return Looks(float(dark), float(light), sharpness(grey), *size)


def sharpness(grey: Any) -> float:
    """How steep the edges are against the contrast: variance of the Laplacian by variance, in blocks with edges.

    The ninth decile of the blocks: a receipt on a table needs to be sharp only where its print is.
    """
    import numpy as np

    laplacian = np.zeros_like(grey)
    laplacian[1:-1, 1:-1] = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    rows, columns = (side // _BLOCK for side in grey.shape)
    if not rows or not columns:
        return 1.0

    def blocks(values: Any) -> Any:
        cut = values[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK)
        return cut.transpose(0, 2, 1, 3).reshape(rows * columns, -1).var(axis=1)

    contrast = blocks(grey)
    edgy = contrast > _EDGY**2
    return float(np.percentile(blocks(laplacian)[edgy] / contrast[edgy], 90)) if edgy.any() else 1.0


def _is_hard_to_read(assessment: Assessment) -> bool:
    """Tell whether the verdict comes from what could not be read; an old date, say, is no matter of the picture."""
    codes = [reason.code for reason in assessment.reasons]
    return any(code in _UNREAD or code.endswith(("_missing", "_uncertain")) for code in codes)


def _page(extraction: Extraction) -> Page | None:
    """The page as the OCR read it, from the attempt that kept it."""
    for attempt in reversed(extraction.attempts):
        if attempt.provider == "ocr" and isinstance(attempt.raw, dict) and "boxes" in attempt.raw:
            return pages.from_data(attempt.raw)
    return None


def _too_dark(looks: Looks, _page: Page | None, _assessment: Assessment) -> str:
    return f"the lightest parts are {looks.light:.0f} of 255" if looks.light < _DARK else ""


def _too_bright(looks: Looks, _page: Page | None, _assessment: Assessment) -> str:
    faint = looks.dark > _BRIGHT or looks.light - looks.dark < _FLAT
    seen = looks.light >= _DARK and looks.light - looks.dark > _EMPTY
    return f"the darkest parts are {looks.dark:.0f} of 255" if faint and seen else ""


def _blurred(looks: Looks, page: Page | None, _assessment: Assessment) -> str:
    least = _SHARP if page is None or page.boxes else _SHARP_WITHOUT_TEXT
    return f"sharpness {looks.sharpness:.3f}" if looks.sharpness < least else ""


def _too_small(looks: Looks, page: Page | None, _assessment: Assessment) -> str:
    heights = sorted(box.height for box in page.boxes) if page else []
    height = heights[len(heights) // 2] if heights else None
    if height is not None and height < _SMALL_PRINT:
        return f"the print is {height:.0f} pixels high"
    return f"{looks.width} x {looks.height} pixels" if min(looks.width, looks.height) < _SMALL_SIDE else ""


def _cut(_looks: Looks, page: Page | None, assessment: Assessment) -> str:
    """Text that runs into the border where something is missing: the total below, the merchant above, rows aside."""
    if page is None or len(page.rows) < _FEW_ROWS:
        return ""
    codes = {reason.code for reason in assessment.reasons}
    bounds = [row.bounds for row in page.rows]
    across, down = page.width * _BORDER, page.height * _BORDER
    if "total_missing" in codes and max(bottom for *_, bottom in bounds) >= page.height - down:
        return "text runs into the lower border"
    if codes & {"merchant_missing", "merchant_uncertain"} and min(top for _, top, *_ in bounds) <= down:
        return "text runs into the upper border"
    for side, reached in (
        ("left", [left <= across for left, *_ in bounds]),
        ("right", [right >= page.width - across for _, _, right, _ in bounds]),
    ):
        if sum(reached) > _CUT_ROWS * len(bounds):
            return f"{sum(reached)} lines run into the {side} border"
    return ""


# In the order of what to mend first: in the dark nothing is sharp, and what is not sharp is not seen to be cut.
_MEASURES: dict[str, Callable[[Looks, Page | None, Assessment], str]] = {
    "image_dark": _too_dark,
    "image_bright": _too_bright,
    "image_blurred": _blurred,
    "image_small_print": _too_small,
    "image_cut": _cut,
}
