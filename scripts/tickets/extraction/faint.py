"""Faint print made dark again: thermal paper fades, and the engine misses letters that hardly differ from their paper.

A cheap measure (20 ms) decides: how dark the ink is, as a share of the paper's light around it, in the quarter of the
print that is darkest. Only faint pages are touched; there the light is evened out and the ink stretched to black.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

FAINT = 0.53  # of the paper's light: clear print is darker, even under a shadow
_BLOCK = 16  # pixels of the halved picture: less than a letter is missed, more is several rows
_INKED = 0.88  # of the paper's light: nothing printed where no pixel is darker
_MIN_BLOCKS = 20
_DARKEST = 25  # percentile
_BLACK = 2  # percentile of the picture that becomes black
_WHITE = 0.97  # of the paper's light: becomes white


def strengthened(picture: Image) -> Image:
    """Return the picture itself, or one with stronger print where it is faint.

    Args:
        picture: Three channels.
    """
    import numpy as np
    from PIL import Image

    evened = _evened(np.asarray(picture.convert("L")))
    if _ink(evened) <= FAINT:
        return picture
    black = float(np.percentile(evened, _BLACK))
    stretched = np.clip((evened - black) / max(_WHITE - black, 0.01), 0, 1) * 255
    return Image.fromarray(stretched.astype(np.uint8)).convert("RGB")


def _evened(grey: Any) -> Any:
    """Each pixel as a share of the light of the paper around it: 1 is blank."""
    import cv2
    import numpy as np

    height, width = grey.shape
    small = cv2.resize(grey, (max(width // 4, 1), max(height // 4, 1)), interpolation=cv2.INTER_AREA)
    paper = cv2.GaussianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), (0, 0), 9)
    light = cv2.resize(paper, (width, height)).astype(np.float32)
    return grey / np.maximum(light, 1)


def _ink(evened: Any) -> float:
    """How light the darker quarter of the print is, as a share of its paper; 0 where there is hardly any print."""
    import cv2
    import numpy as np

    height, width = (max(side // 2, 1) for side in evened.shape)
    half = cv2.resize(evened, (width, height), interpolation=cv2.INTER_AREA)
    rows, columns = height // _BLOCK, width // _BLOCK
    blocks = half[: rows * _BLOCK, : columns * _BLOCK].reshape(rows, _BLOCK, columns, _BLOCK).min(axis=(1, 3))
    inked = blocks[blocks < _INKED]
    return float(np.percentile(inked, _DARKEST)) if inked.size >= _MIN_BLOCKS else 0.0
