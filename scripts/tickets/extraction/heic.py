"""HEIC pictures: decoded to a plain upright JPEG, in the process of ``converter``, after a look at the header."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from kit.errors import RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUALITY = 90


def convert(data: bytes, options: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Decode the primary picture, turned as its header says; no metadata come along.

    Args:
        data: The file.
        options: ``max_pixels`` to decode, ``max_side`` of the JPEG.

    Raises:
        RefusedInputError: ``image_unreadable`` or ``image_bomb``.
    """
    import pi_heif  # type: ignore[import-untyped]  # ships no types

    pi_heif.options.DECODE_THREADS = 1
    pi_heif.options.THUMBNAILS = pi_heif.options.DEPTH_IMAGES = pi_heif.options.AUX_IMAGES = False
    try:
        found = pi_heif.open_heif(data)
        width, height = found.size
        if width * height > options["max_pixels"]:
            raise RefusedInputError(f"The picture has {width * height} pixels.", code="image_bomb")
        picture = found.to_pillow().convert("RGB")
    except (ValueError, EOFError, OSError, RuntimeError, SyntaxError) as error:
        raise RefusedInputError(
            f"The picture cannot be decoded ({type(error).__name__}).", code="image_unreadable"
        ) from error
    picture.thumbnail((options["max_side"], options["max_side"]))
    picture.info.clear()
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY)
    return {}, buffer.getvalue()
