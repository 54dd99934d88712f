"""The gate for pictures: what a stranger sent becomes a plain, upright JPEG without metadata, or is refused by name.

Everything that can be refused is refused from the header, before a pixel is decoded: the file's kind by its first
bytes, its size in bytes and pixels, animation, oversized metadata, and files that are two things at once. A PDF
becomes a picture of its pages, and a HEIC picture is decoded, in a process of its own.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kit.errors import RefusedInputError
from tickets.extraction import documents, heif, isolated
from tickets.extraction.containers import HEIC, JPEG, PDF, PNG, WEBP, BrokenFileError, Header, read_header, sniff

if TYPE_CHECKING:
    from PIL.Image import Image

    from tickets.extraction.regions import Region

MAX_BYTES = 16_000_000
MAX_PIXELS = 40_000_000
MAX_PAGES = 10
MIN_SIDE = 48
_MAX_METADATA = 2_000_000
_MAX_SIDE = 2400  # enough for the smallest print; phone pictures have 4000 and more
_QUALITY = 90
_ALIASES = {"image/jpg": JPEG, "image/pjpeg": JPEG, "image/x-png": PNG, "image/heif": HEIC}
_UNDECLARED = {"", "application/octet-stream", "binary/octet-stream"}
_FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}
_RESEND = "Ask the sender for a photo (JPEG or PNG) or a PDF of the receipt."


@dataclass(frozen=True)
class CheckedImage:
    """A picture that is safe to hand on: re-encoded, upright, without metadata.

    ``sha256`` is that of the bytes received (exact duplicates), ``perceptual_hash`` 64 bits as 16 hex digits.
    ``regions`` are the pages of a document, with the text that they bring; none for a photo.
    """

    jpeg: bytes
    width: int
    height: int
    sha256: str
    perceptual_hash: str
    regions: tuple[Region, ...] = ()


def check(
    data: bytes,
    *,
    declared_mime: str | None = None,
    max_bytes: int = MAX_BYTES,
    max_pixels: int = MAX_PIXELS,
    max_pages: int = MAX_PAGES,
) -> CheckedImage:
    """Check a file and re-encode it.

    Args:
        data: The file as received.
        declared_mime: What the sender says it is; it must agree with the bytes.
        max_bytes: Larger files are refused unseen.
        max_pixels: Larger pictures are refused by their header.
        max_pages: Documents with more pages are refused.

    Raises:
        RefusedInputError: ``image_too_large``, ``image_bomb``, ``image_type``, ``image_type_mismatch``,
            ``image_animated``, ``image_header``, ``image_polyglot``, ``image_too_small``, ``image_unreadable``, or
            what ``documents.draw`` refuses; each with its next action.
    """
    try:
        if len(data) > max_bytes:
            raise _refused("image_too_large", f"The file has {len(data)} bytes; {max_bytes} are allowed.")
        kind = _kind(data, declared_mime)
        if kind == PDF:
            jpeg, regions = documents.draw(data, max_pages=max_pages, max_pixels=max_pixels)
            return _checked(data, jpeg, regions)
        return _checked(data, _plain(data, kind, max_pixels))
    except RefusedInputError as refused:
        refused.next_action = refused.next_action or _RESEND
        raise


def _checked(data: bytes, jpeg: bytes, regions: tuple[Region, ...] = ()) -> CheckedImage:
    """What was received, and the picture that was made of it."""
    from PIL import Image

    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
        return CheckedImage(
            jpeg=jpeg,
            width=picture.width,
            height=picture.height,
            sha256=hashlib.sha256(data).hexdigest(),
            perceptual_hash=_difference_hash(picture),
            regions=regions,
        )


def part(whole: CheckedImage, place: tuple[int, int, int, int], number: int) -> CheckedImage:
    """One of several receipts in a picture; its ``sha256`` is a function of the whole file's and its number."""
    from PIL import Image

    with Image.open(io.BytesIO(whole.jpeg), formats=["JPEG"]) as picture:
        buffer = io.BytesIO()
        picture.crop(place).save(buffer, "JPEG", quality=_QUALITY)
    return _checked(f"{whole.sha256}#{number}".encode(), buffer.getvalue())


def _plain(data: bytes, kind: str, max_pixels: int) -> bytes:
    """Check the header of a picture, and encode it anew."""
    try:
        header = heif.read(data) if kind == HEIC else read_header(data)
    except BrokenFileError as error:
        raise _refused("image_unreadable", f"The picture is damaged: {error}.") from error
    _check_header(header, max_pixels)
    if kind == HEIC:
        return isolated.convert("heic", data, {"max_pixels": max_pixels, "max_side": _MAX_SIDE})[1]
    buffer = io.BytesIO()
    _decode(data, header).save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def _kind(data: bytes, declared_mime: str | None) -> str:
    """The kind of a file that is what it is said to be."""
    kind = sniff(data)
    if kind is None:
        raise _refused("image_type", "The file is no JPEG, PNG, WebP or HEIC picture and no PDF document.")
    declared = (declared_mime or "").split(";")[0].strip().lower()
    declared = _ALIASES.get(declared, declared)
    if declared not in _UNDECLARED and declared != kind:
        raise _refused("image_type_mismatch", f"The file was announced as {declared[:60]} but is {kind}.")
    return kind


def _check_header(header: Header, max_pixels: int) -> None:
    """Refuse what the header tells."""
    pixels = header.width * header.height
    if pixels > max_pixels:
        raise _refused("image_bomb", f"The picture has {pixels} pixels; {max_pixels} are allowed.")
    if min(header.width, header.height) < MIN_SIDE:
        raise _refused("image_too_small", f"The picture is {header.width} x {header.height} pixels small.")
    if header.animated:
        raise _refused("image_animated", "The picture has several frames.")
    if header.metadata > _MAX_METADATA:
        raise _refused("image_header", f"The picture carries {header.metadata} bytes of metadata.")
    if header.foreign:
        raise _refused("image_polyglot", "The picture is another kind of file as well.")


def _decode(data: bytes, header: Header) -> Image:
    """Decode, turn upright by EXIF, flatten on white and scale down."""
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data), formats=[_FORMATS[header.mime]]) as picture:
            picture.draft("RGB", (_MAX_SIDE, _MAX_SIDE))  # JPEG: decodes at a fraction of the size
            picture.thumbnail((_MAX_SIDE, _MAX_SIDE))
            return _flat(ImageOps.exif_transpose(picture))
    except (
        Exception
    ) as error:  # Pillow raises OSError, SyntaxError, ValueError, struct.error, zlib.error, ... by format
        raise _refused("image_unreadable", f"The picture cannot be decoded ({type(error).__name__}).") from error


def _flat(picture: Image) -> Image:
    """Three channels on white; new pixels, so that no metadata come along."""
    from PIL import Image

    if "transparency" in picture.info or picture.mode in {"RGBA", "LA", "PA"}:
        picture = picture.convert("RGBA")
        flat = Image.new("RGB", picture.size, "white")
        flat.paste(picture, mask=picture.getchannel("A"))
        return flat
    flat = picture.convert("RGB")
    flat.info.clear()
    return flat


def _difference_hash(picture: Image) -> str:
    """Whether each cell of a 9 x 8 grid is darker than its right neighbour (dHash): survives scaling and JPEG."""
    small = picture.convert("L").resize((9, 8))
    pixels = small.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (pixels[row * 9 + column] < pixels[row * 9 + column + 1])
    return f"{bits:016x}"


def _refused(code: str, message: str) -> RefusedInputError:
    """The refusal; ``check`` adds the next action."""
    return RefusedInputError(message, code=code)
