"""Pieces of a ticket's picture: what stands at the place where a field was read, and the whole picture upright."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from kit.errors import RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL import Image

MARGIN: Final = 0.35
LARGEST: Final = 640
QUALITY: Final = 80
_UPRIGHT_QUALITY: Final = 88
_CORNERS: Final = 4
_LEAST: Final = 2
_UNREADABLE: Final = "The stored picture cannot be read."


def crop(jpeg: bytes, box: Sequence[float], *, margin: float = MARGIN, rotation: int = 0) -> bytes:
    """Cut a place out of the stored picture.

    Args:
        jpeg: the picture as it is stored.
        box: left, top, right, bottom in its pixels.
        margin: what is kept around it, as a share of the box's shorter side.
        rotation: degrees, counter-clockwise, by which the stored picture must be turned to stand upright.

    Returns:
        A JPEG of at most 640 pixels a side, upright, without metadata.

    Raises:
        RefusedInputError: the picture cannot be read, or the box lies outside of it (code `crop_outside`).
    """
    return pieces(jpeg, {"": {"box": box}}, margin=margin, rotation=rotation, strict=True)[""]


def pieces(
    jpeg: bytes,
    evidence: Mapping[str, Any],
    *,
    margin: float = MARGIN,
    rotation: int = 0,
    largest: int = LARGEST,
    strict: bool = False,
) -> dict[str, bytes]:
    """Cut out every field's place; the picture is decoded once.

    Args:
        jpeg: as for `crop`.
        evidence: field to `{"text", "box"}`, as `tickets.tickets.evidence` has it; a field without a box has no piece.
        margin: as for `crop`.
        rotation: as for `crop`.
        largest: pixels of the longer side of a piece.
        strict: raise for a box outside of the picture, instead of leaving it out.
    """
    boxes = {name: box for name, found in evidence.items() if (box := _box(found))}
    if not boxes:
        return {}
    image = _opened(jpeg)
    cut: dict[str, bytes] = {}
    for name, box in boxes.items():
        place = _place(box, image.size, margin)
        if place:
            cut[name] = _saved(_turned(image.crop(place), rotation), QUALITY, largest)
        elif strict:
            raise RefusedInputError("The place lies outside of the picture.", code="crop_outside")
    return cut


def upright(jpeg: bytes, rotation: int) -> bytes:
    """Return the whole picture as people read it; unchanged when it stands upright already.

    Raises:
        RefusedInputError: it cannot be read.
    """
    return _saved(_turned(_opened(jpeg), rotation), _UPRIGHT_QUALITY, largest=None) if rotation else jpeg


def _box(found: Any) -> tuple[float, ...] | None:
    box = found.get("box") if isinstance(found, dict) else None
    if not isinstance(box, list | tuple) or len(box) != _CORNERS:
        return None
    return tuple(float(edge) for edge in box)


def _place(box: Sequence[float], size: tuple[int, int], margin: float) -> tuple[int, int, int, int] | None:
    """The box with its margin, within the picture; None when nothing of it is."""
    left, top, right, bottom = box
    around = margin * min(abs(right - left), abs(bottom - top))
    place = (
        max(0, round(left - around)),
        max(0, round(top - around)),
        min(size[0], round(right + around)),
        min(size[1], round(bottom + around)),
    )
    return place if place[2] - place[0] >= _LEAST and place[3] - place[1] >= _LEAST else None


def _opened(jpeg: bytes) -> Image.Image:
    from PIL import Image

    try:
        image = Image.open(io.BytesIO(jpeg), formats=("JPEG",))
        image.load()
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise RefusedInputError(_UNREADABLE, code="image_unreadable") from error
    return image


def _turned(image: Image.Image, rotation: int) -> Image.Image:
    from PIL import Image

    turns = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}
    return image.transpose(turns[rotation]) if rotation in turns else image


def _saved(image: Image.Image, quality: int, largest: int | None = LARGEST) -> bytes:
    if largest:
        image.thumbnail((largest, largest))
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
