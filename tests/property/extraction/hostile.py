"""Hostile pictures, made in memory: as few bytes as possible that would cost as much as possible."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import documents_made as made
import heics_made as heics
from PIL import Image

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, body: bytes) -> bytes:
    """A PNG chunk with its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def flat_png(side: int) -> bytes:
    """A square of one colour: 14,000 squared are 240 kB in the file and 588 MB decoded."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = bytes(1 + 3 * side)
    pixels = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    return PNG_MAGIC + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def jpeg(size: tuple[int, int] = (300, 400), **options: object) -> bytes:
    """A plain white JPEG."""
    buffer = io.BytesIO()
    Image.new("RGB", size, "white").save(buffer, "JPEG", **options)
    return buffer.getvalue()


def png(size: tuple[int, int] = (300, 400)) -> bytes:
    """A plain white PNG."""
    buffer = io.BytesIO()
    Image.new("RGB", size, "white").save(buffer, "PNG")
    return buffer.getvalue()


def jpeg_that_claims(width: int, height: int) -> bytes:
    """A small JPEG whose frame header was changed."""
    data = bytearray(jpeg())
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def jpeg_with_metadata(megabytes: int) -> bytes:
    """A JPEG with thousands of application segments before its frame."""
    segment = b"\xff\xef" + struct.pack(">H", 65_535) + bytes(65_533)
    plain = jpeg()
    return plain[:2] + segment * (megabytes * 16) + plain[2:]


def png_with_text_bomb() -> bytes:
    """A PNG whose compressed comment unpacks to 200 MB."""
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(bytes(1_000_000)) for _ in range(200)) + packer.flush()
    plain = png()
    return plain[:33] + chunk(b"zTXt", b"Comment\x00\x00" + body) + plain[33:]


def gif(frames: int) -> bytes:
    """An animated GIF."""
    header = b"GIF89a" + struct.pack("<HHBBB", 500, 500, 0x80, 0, 0) + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 500, 500, 0) + b"\x02\x02\x44\x01\x00"
    return header + frame * frames + b";"


def animated_png() -> bytes:
    """A PNG that says it has a thousand frames."""
    plain = png()
    return plain[:33] + chunk(b"acTL", struct.pack(">II", 1000, 0)) + plain[33:]


def zip_file() -> bytes:
    """An archive with one file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("run.js", "alert(1)")
    return buffer.getvalue()


def jpeg_with_comment(comment: bytes) -> bytes:
    """A JPEG that carries other content in a comment."""
    plain = jpeg()
    return plain[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + plain[2:]


HOSTILE: dict[str, tuple[bytes, str]] = {
    "flat PNG of 14,000 x 14,000": (flat_png(14_000), "image_bomb"),
    "JPEG that claims 65,500 x 65,500": (jpeg_that_claims(65_500, 65_500), "image_bomb"),
    "JPEG with 8 MB of metadata": (jpeg_with_metadata(8), "image_header"),
    "PNG with a comment that unpacks to 200 MB": (png_with_text_bomb(), "image_unreadable"),
    "GIF of 1,000 frames": (gif(1000), "image_type"),
    "PNG of 1,000 frames": (animated_png(), "image_animated"),
    "JPEG and ZIP in one": (jpeg() + zip_file(), "image_polyglot"),
    "JPEG and PDF in one": (jpeg_with_comment(b"%PDF-1.7 1 0 obj"), "image_polyglot"),
    "PNG and HTML in one": (png() + b"<script>alert(1)</script>", "image_polyglot"),
    "truncated JPEG": (jpeg(quality=95)[:-40], "image_unreadable"),
    "truncated PNG": (png()[:-30], "image_unreadable"),
    "JPEG of two bytes": (b"\xff\xd8\xff", "image_unreadable"),
    "ZIP renamed to JPEG": (zip_file(), "image_type"),
    "HTML renamed to JPEG": (b"<html><body>hello</body></html>", "image_type"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg" width="99999" height="99999"/>', "image_type"),
    "PNG renamed to JPEG": (png(), "image_type_mismatch"),
    "a speck of 3 x 3 pixels": (jpeg((3, 3)), "image_too_small"),
    "nothing": (b"", "image_type"),
    "PDF that needs a password": (made.encrypted(), "pdf_encrypted"),
    "PDF of 500 pages": (made.page(b"", count=500), "pdf_pages"),
    "PDF that claims a billion pages": (made.page(b"", count=10**9), "pdf_pages"),
    "PDF with pages of 350 metres": (made.page(b"", box=b"0 0 1000000 1000000"), "pdf_page_size"),
    "PDF with pages of a millimetre": (made.page(b"", box=b"0 0 3 3"), "pdf_page_size"),
    "PDF with a picture that claims 60,000 x 60,000": (made.picture_that_claims(60_000), "image_bomb"),
    "PDF and ZIP in one": (made.invoice() + zip_file(), "image_polyglot"),
    "PDF and HTML in one": (made.invoice() + b"<script>alert(1)</script>", "image_polyglot"),
    "PDF that is truncated": (made.invoice()[:-300], "pdf_broken"),
    "PDF in name only": (b"%PDF-1.7 no document at all", "pdf_broken"),
    "PDF renamed to JPEG": (made.invoice(), "image_type_mismatch"),
    "HEIC that claims 14,000 x 14,000": (heics.built(claimed=(14_000, 14_000)), "image_bomb"),
    "HEIC whose code is 14,000 x 14,000": (heics.built(coded=(14_000, 14_000)), "image_bomb"),
    "HEIC of two pictures": (heics.built(pictures=2), "image_animated"),
    "HEIC of 200 pictures": (heics.built(pictures=200), "image_animated"),
    "HEIC sequence": (heics.built(brand=b"msf1"), "image_animated"),
    "HEIC of 5,000 items": (heics.built(items=5000), "image_unreadable"),
    "HEIC with 3 MB of metadata": (heics.built(exif=3_000_000), "image_header"),
    "HEIC and ZIP in one": (heics.built(tail=zip_file()), "image_polyglot"),
    "HEIC and HTML in one": (heics.built(tail=b"<script>alert(1)</script>"), "image_polyglot"),
    "HEIC that is truncated": (heics.receipt()[:-500], "image_unreadable"),
    "HEIC that ends in its header": (heics.receipt()[:300], "image_unreadable"),
    "HEIC renamed to JPEG": (heics.receipt(), "image_type_mismatch"),
    "film named HEIC": (heics.box(b"ftyp", b"isom" + bytes(4)) + heics.box(b"moov", b""), "image_type"),
    "JPEG renamed to a document": (jpeg(), "image_type_mismatch"),
}
