"""Just enough of PDF to read back the text of a document that typst has set."""

import re
import zlib

OBJECT = re.compile(rb"(\d+) 0 obj\b(.*?)\bendobj", re.DOTALL)
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
SHOWN = re.compile(rb"/(f\d+) [\d.]+ Tf|\(((?:\\.|[^\\()])*)\)", re.DOTALL)
ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def text(pdf: bytes) -> str:
    """All text in the order in which it is drawn, without white space: lines may break anywhere."""
    objects = {int(number): body for number, body in OBJECT.findall(pdf)}
    fonts = {name: int(number) for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", pdf)}
    letters = {name: _letters(objects, number) for name, number in fonts.items()}
    pages = [_stream(body) for body in objects.values() if b"stream" in body]
    drawn = "".join(_drawn(page, letters) for page in pages if b" Tf" in page)
    return "".join(drawn.split())


def _letters(objects: dict[int, bytes], font: int) -> dict[int, str]:
    """What each glyph of a font stands for."""
    found = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    assert found, "a font without its letters"
    pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>\n", _stream(objects[int(found[1])]))
    return {int(code, 16): bytes.fromhex(units.decode()).decode("utf-16-be") for code, units in pairs}


def _stream(body: bytes) -> bytes:
    found = STREAM.search(body)
    try:
        return zlib.decompress(found[1]) if found else b""
    except zlib.error:
        return b""


def _drawn(page: bytes, letters: dict[bytes, dict[int, str]]) -> str:
    shown, font = "", b""
    for name, string in SHOWN.findall(page):
        font = name or font
        codes = ESCAPE.sub(_unescaped, string)
        shown += "".join(letters[font][int.from_bytes(codes[at : at + 2], "big")] for at in range(0, len(codes), 2))
    return shown


def _unescaped(match: re.Match[bytes]) -> bytes:
    found = match[1]
    return bytes([int(found, 8)]) if found[:1].isdigit() else NAMED.get(found, found)
