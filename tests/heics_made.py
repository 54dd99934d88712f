"""HEIC pictures for tests. No encoder is at hand: one picture was encoded once, others are boxes around its code.

`files/ticket_supermercado.heic` is `samples/ticket_supermercado.jpg`, which this project drew itself, by
`heif-enc -q 30` of Debian's libheif-examples.
"""

from __future__ import annotations

import struct
from pathlib import Path

FILE = Path(__file__).parent / "files" / "ticket_supermercado.heic"
SIZE = (650, 854)


def receipt() -> bytes:
    """The supermarket's receipt, as an encoder wrote it."""
    return FILE.read_bytes()


def box(kind: bytes, content: bytes) -> bytes:
    """A box."""
    return struct.pack(">I4s", 8 + len(content), kind) + content


def full(kind: bytes, content: bytes, version: int = 0, flags: int = 0) -> bytes:
    """A box with version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags) + content)


def _code() -> tuple[bytes, bytes]:
    """The decoder's parameters and the coded picture of the file."""
    data = receipt()
    at = data.index(b"hvcC")
    (length,) = struct.unpack_from(">I", data, at - 4)
    content = data.index(b"mdat")
    (size,) = struct.unpack_from(">I", data, content - 4)
    return data[at + 4 : at - 4 + length], data[content + 4 : content - 4 + size]


def built(
    *,
    claimed: tuple[int, int] = SIZE,
    coded: tuple[int, int] | None = None,
    turns: int | None = None,
    pictures: int = 1,
    brand: bytes = b"heic",
    items: int = 0,
    exif: int = 0,
    tail: bytes = b"",
) -> bytes:
    """The same picture in other boxes.

    Args:
        claimed: size that the header says.
        coded: size that the decoder's parameters say; None for the true one.
        turns: by how many quarters, counter-clockwise, a viewer must turn the picture.
        pictures: how many pictures of their own there are.
        brand: the major brand; that of a sequence brings a film's box along.
        items: items more, of no use.
        exif: bytes of metadata.
        tail: what hangs behind.
    """
    setup, code = _code()
    if coded:
        setup = with_size(setup, *coded)
    shape = full(b"ispe", struct.pack(">II", *claimed))
    properties = box(b"hvcC", setup) + shape + (b"" if turns is None else box(b"irot", bytes([turns])))
    numbers = bytes([0x81, 2] if turns is None else [0x81, 2, 0x83])
    ids = range(1, pictures + 1)
    used = b"".join(struct.pack(">HB", item, len(numbers)) + numbers for item in ids)
    kinds = [(item, b"hvc1") for item in ids] + [(pictures + 1 + n, b"free") for n in range(items)]
    kinds += [(pictures + items + 1, b"Exif")] if exif else []
    entries = b"".join(full(b"infe", struct.pack(">HH4s", item, 0, kind) + b"\x00", 2) for item, kind in kinds)
    head = box(b"ftyp", brand + struct.pack(">I", 0) + b"mif1heic")
    film = box(b"moov", b"") if brand != b"heic" else b""

    def meta(start: int) -> bytes:
        places = [struct.pack(">HHHII", item, 0, 1, start, len(code)) for item in ids]
        places += [struct.pack(">HHHII", pictures + items + 1, 0, 1, start + len(code), exif)] if exif else []
        return full(
            b"meta",
            full(b"hdlr", struct.pack(">I4s12x", 0, b"pict") + b"\x00")
            + full(b"pitm", struct.pack(">H", 1))
            + full(b"iloc", b"\x44\x00" + struct.pack(">H", len(places)) + b"".join(places))
            + full(b"iinf", struct.pack(">H", len(kinds)) + entries)
            + box(b"iprp", box(b"ipco", properties) + full(b"ipma", struct.pack(">I", pictures) + used)),
        )

    start = len(head) + len(meta(0)) + len(film) + 8
    return head + meta(start) + film + box(b"mdat", code + bytes(exif)) + tail


def grid() -> bytes:
    """Two tiles side by side, as phones cut their large pictures."""
    setup, code = _code()
    shapes = [full(b"ispe", struct.pack(">II", *size)) for size in (SIZE, (2 * SIZE[0], SIZE[1]))]
    kinds = [(1, b"grid"), (2, b"hvc1"), (3, b"hvc1")]
    entries = b"".join(full(b"infe", struct.pack(">HH4s", item, 0, kind) + b"\x00", 2) for item, kind in kinds)
    table = b"\x00\x00\x00\x01" + struct.pack(">HH", 2 * SIZE[0], SIZE[1])
    used = b"".join(
        struct.pack(">HB", item, len(numbers)) + bytes(numbers)
        for item, numbers in ((1, [3]), (2, [0x81, 2]), (3, [0x81, 2]))
    )
    head = box(b"ftyp", b"heic" + struct.pack(">I", 0) + b"mif1heic")

    def meta(start: int) -> bytes:
        places = [struct.pack(">HHHHII", 1, 1, 0, 1, 0, len(table))]
        places += [struct.pack(">HHHHII", item, 0, 0, 1, start, len(code)) for item in (2, 3)]
        return full(
            b"meta",
            full(b"hdlr", struct.pack(">I4s12x", 0, b"pict") + b"\x00")
            + full(b"pitm", struct.pack(">H", 1))
            + full(b"iloc", b"\x44\x00" + struct.pack(">H", 3) + b"".join(places), 1)
            + full(b"iinf", struct.pack(">H", 3) + entries)
            + full(b"iref", box(b"dimg", struct.pack(">HHHH", 1, 2, 2, 3)))
            + box(
                b"iprp",
                box(b"ipco", box(b"hvcC", setup) + b"".join(shapes)) + full(b"ipma", struct.pack(">I", 3) + used),
            )
            + box(b"idat", table),
        )

    return head + meta(len(head) + len(meta(0)) + 8) + box(b"mdat", code)


def with_size(setup: bytes, width: int, height: int) -> bytes:
    """Decoder parameters that say another size; sequence parameters of one layer, as x265 writes them."""
    position = 23
    while setup[position] & 0x3F != 33:
        (length,) = struct.unpack_from(">H", setup, position + 3)
        position += 5 + length
    (length,) = struct.unpack_from(">H", setup, position + 3)
    unit = setup[position + 5 : position + 5 + length].replace(b"\x00\x00\x03", b"\x00\x00")
    bits = "".join(f"{byte:08b}" for byte in unit)
    place = 16 + 8 + 96
    for _ in range(2):  # id and chroma format come before the size
        place += 2 * bits.index("1", place) - 2 * place + 1
    end = place
    for _ in range(2):
        end += 2 * bits.index("1", end) - 2 * end + 1
    bits = bits[:place] + _number(width) + _number(height) + bits[end:]
    bits += "0" * (-len(bits) % 8)
    raw = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))
    made = escaped(raw)
    return setup[: position + 3] + struct.pack(">H", len(made)) + made + setup[position + 5 + length :]


def escaped(raw: bytes) -> bytes:
    """Bytes with a 3 after two zeros wherever a start code could be seen."""
    made, zeros = bytearray(), 0
    for byte in raw:
        if zeros >= 2 and byte <= 3:
            made.append(3)
            zeros = 0
        made.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(made)


def _number(value: int) -> str:
    """An Exp-Golomb number."""
    binary = f"{value + 1:b}"
    return "0" * (len(binary) - 1) + binary
