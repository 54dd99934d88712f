"""Headers of picture files, read byte by byte: kind, size, frames, metadata, what hangs behind. Nothing is decoded.

Sources: ITU T.81 (JPEG markers), PNG 3rd edition (chunks), RFC 9649 (WebP).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

JPEG, PNG, WEBP, HEIC, PDF = "image/jpeg", "image/png", "image/webp", "image/heic", "application/pdf"
# As iPhones and others write it; the first four are single pictures, the rest may hold many.
_HEIF_BRANDS = {b"heic", b"heix", b"mif1", b"heim", b"heis", b"hevc", b"hevx", b"msf1"}
_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_SOF = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length
_ACTIVE = re.compile(rb"%PDF-|PK\x03\x04|PK\x05\x06|<script|<\?php|<!doctype html|<html|<svg", re.IGNORECASE)
_EXECUTABLE = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"GIF8")
_PIXEL_CHUNKS = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"}


class BrokenFileError(ValueError):
    """The file ends too early or contradicts its own format."""


@dataclass(frozen=True)
class Header:
    """What a file says about itself; sizes in pixels, ``metadata`` and ``trailer`` in bytes."""

    mime: str
    width: int
    height: int
    animated: bool
    metadata: int
    foreign: bool


def sniff(data: bytes) -> str | None:
    """The kind of file by its first bytes, or ``None`` for one that is neither picture nor PDF."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(_PNG_MAGIC):
        return PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        return HEIC
    return PDF if data.startswith(b"%PDF-") else None


def read_header(data: bytes) -> Header:
    """Walk through a JPEG, PNG or WebP file.

    Raises:
        BrokenFileError: truncated, or not what its first bytes say.
    """
    mime = sniff(data)
    reader = {JPEG: _jpeg, PNG: _png, WEBP: _webp}.get(mime or "")
    if reader is None:
        raise BrokenFileError("not a JPEG, PNG or WebP file")
    try:
        return reader(data)
    except (struct.error, IndexError) as error:
        raise BrokenFileError("the file ends inside its header") from error


def _jpeg(data: bytes) -> Header:
    """Segments up to the first scan, then the end marker."""
    position, metadata, size, foreign = 2, 0, None, False
    while True:
        if data[position] != 0xFF:  # noqa: PLR2004 every marker begins so
            raise BrokenFileError("a JPEG segment does not begin with a marker")
        marker = data[position + 1]
        position += 2
        if marker == 0xFF:  # noqa: PLR2004 fill byte
            position -= 1
            continue
        if marker in _ALONE:
            continue
        (length,) = struct.unpack_from(">H", data, position)
        if marker in _SOF:
            height, width = struct.unpack_from(">HH", data, position + 3)
            size = (width, height)
        elif marker >= 0xE0:  # noqa: PLR2004 APPn and comments
            metadata += length
            foreign = foreign or bool(_ACTIVE.search(data, position, position + length))
        position += length
        if marker == _SOS:
            break
    end = data.rfind(b"\xff\xd9")
    if size is None or end < position:
        raise BrokenFileError("the JPEG has no frame or no end")
    first_end = data.find(b"\xff\xd9", position)
    return Header(JPEG, *size, animated=False, metadata=metadata, foreign=foreign or hides(data[first_end + 2 :]))


def _png(data: bytes) -> Header:
    """All chunks, to the last."""
    width, height = struct.unpack_from(">II", data, 16)
    position, metadata, animated, foreign = len(_PNG_MAGIC), 0, False, False
    while True:
        length, kind = struct.unpack_from(">I4s", data, position)
        if position + 12 + length > len(data):
            raise BrokenFileError("a PNG chunk is longer than the file")
        animated = animated or kind == b"acTL"
        if kind not in _PIXEL_CHUNKS:
            metadata += length
            foreign = foreign or bool(_ACTIVE.search(data, position, position + 12 + length))
        position += 12 + length
        if kind == b"IEND":
            return Header(PNG, width, height, animated, metadata, foreign or hides(data[position:]))


def _webp(data: bytes) -> Header:
    """The RIFF chunks; the size stands in the first of them."""
    (size,) = struct.unpack_from("<I", data, 4)
    if size + 8 > len(data):
        raise BrokenFileError("the WebP file is shorter than it says")
    position, metadata, animated, dimensions = 12, 0, False, (0, 0)
    while position + 8 <= size + 8:
        kind, length = struct.unpack_from("<4sI", data, position)
        body = position + 8
        if kind == b"VP8X":
            animated = bool(data[body] & 2)
            dimensions = (_uint24(data, body + 4) + 1, _uint24(data, body + 7) + 1)
        elif kind == b"VP8 " and dimensions == (0, 0):
            width, height = struct.unpack_from("<HH", data, body + 6)
            dimensions = (width & 0x3FFF, height & 0x3FFF)
        elif kind == b"VP8L" and dimensions == (0, 0):
            (bits,) = struct.unpack_from("<I", data, body + 1)
            dimensions = ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        elif kind not in {b"VP8 ", b"VP8L", b"ALPH"}:
            metadata += length
        position = body + length + (length & 1)
    return Header(WEBP, *dimensions, animated=animated, metadata=metadata, foreign=hides(data[size + 8 :]))


def _uint24(data: bytes, position: int) -> int:
    """Three bytes, little end first."""
    return int.from_bytes(data[position : position + 3], "little")


def hides(trailer: bytes) -> bool:
    """Tell whether what follows the picture is another kind of file; what phones append of their own is harmless."""
    return trailer.lstrip(b"\x00\r\n ").startswith(_EXECUTABLE) or bool(_ACTIVE.search(trailer))
