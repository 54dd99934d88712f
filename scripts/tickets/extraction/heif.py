"""The header of a HEIC picture, read byte by byte: size, frames, metadata, what hangs behind. Nothing is decoded.

A HEIC file is a tree of boxes; its pictures are items, of which phones cut a large one into a grid of tiles. Each coded
item brings its decoder's parameters, so that the size which will be decoded is known besides the size that is claimed.
Sources: ISO/IEC 23008-12 (HEIF), 14496-12 (boxes), 14496-15 (hvcC), ITU-T H.265 7.3.2.2 (sequence parameters).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tickets.extraction.containers import HEIC, BrokenFileError, Header, hides
from tickets.extraction.hevc import coded_size

if TYPE_CHECKING:
    from collections.abc import Iterator

_CODED, _DERIVED = {b"hvc1"}, {b"grid", b"iovl", b"iden", b"tmap"}
_MOST_ITEMS = 4096
_SEQUENCES = {b"hevc", b"hevx", b"msf1"}
_LARGE, _TO_END = 1, 0


@dataclass
class _Tree:
    """What the boxes of a file say: items by id, references, properties."""

    primary: int = 0
    types: dict[int, bytes] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    references: list[tuple[bytes, int, tuple[int, ...]]] = field(default_factory=list)
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    of_item: dict[int, list[int]] = field(default_factory=dict)

    def have(self, item: int, kind: bytes) -> list[bytes]:
        """The properties of a kind that an item has."""
        found = (self.properties[index - 1] for index in self.of_item.get(item, ()) if 0 < index <= self.count)
        return [content for name, content in found if name == kind]

    @property
    def count(self) -> int:
        return len(self.properties)


def read(data: bytes) -> Header:
    """Walk through a HEIC file.

    Raises:
        BrokenFileError: truncated, or without a picture whose size is known.
    """
    try:
        return _read(data)
    except (struct.error, IndexError) as error:
        raise BrokenFileError("the file ends inside its header") from error


def _read(data: bytes) -> Header:
    tree, foreign, moving = _Tree(), False, False
    for kind, start, end in _boxes(data, 0, len(data), trailing=True):
        if kind == b"meta":
            _meta(data[start:end], tree)
        elif kind == b"moov":
            moving = data[8:12] in _SEQUENCES
        elif kind == b"":  # no box any more: what phones append, or another file
            foreign = hides(data[start:end])
            if not foreign and any(data[start:end]):
                raise BrokenFileError("a box is longer than the file")
        elif kind not in {b"mdat", b"ftyp"}:
            foreign = foreign or hides(data[start:end])
    width, height = _size(tree)
    metadata = sum(tree.sizes.get(item, 0) for item, kind in tree.types.items() if kind in {b"Exif", b"mime", b"uri "})
    return Header(HEIC, width, height, moving or len(_pictures(tree)) > 1, metadata, foreign)


def _boxes(data: bytes, start: int, end: int, *, trailing: bool = False) -> Iterator[tuple[bytes, int, int]]:
    """Each box between two places: its kind, and where its content begins and ends; ``b""`` for what is no box."""
    while start + 8 <= end:
        length, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if length == _LARGE:
            (length,) = struct.unpack_from(">Q", data, start + 8)
            head = 16
        elif length == _TO_END:
            length = end - start
        if length < head or start + length > end:
            if not trailing:
                raise BrokenFileError("a box is longer than the one around it")
            yield b"", start, end
            return
        yield kind, start + head, start + length
        start += length
    if trailing and start < end:
        yield b"", start, end


def _meta(data: bytes, tree: _Tree) -> None:
    """The box that describes all items; four bytes of version and flags come first."""
    for kind, start, end in _boxes(data, 4, len(data)):
        content = data[start:end]
        if kind == b"pitm":
            tree.primary = int.from_bytes(content[4 : 6 if content[0] == 0 else 8], "big")
        elif kind == b"iinf":
            _items(content, tree)
        elif kind == b"iref":
            _references(content, tree)
        elif kind == b"iloc":
            _places(content, tree)
        elif kind == b"iprp":
            for name, first, last in _boxes(content, 0, len(content)):
                if name == b"ipco":
                    tree.properties = [(p, content[a:b]) for p, a, b in _boxes(content, first, last)]
                elif name == b"ipma":
                    _associations(content[first:last], tree)


def _items(content: bytes, tree: _Tree) -> None:
    """The kind of each item."""
    first = 6 if content[0] == 0 else 8
    for kind, start, end in _boxes(content, first, len(content)):
        if kind == b"infe" and content[start] >= 2:  # noqa: PLR2004 older entries have no kind
            wide = 2 if content[start] == 2 else 4  # noqa: PLR2004
            item = int.from_bytes(content[start + 4 : start + 4 + wide], "big")
            tree.types[item] = content[start + 6 + wide : min(start + 10 + wide, end)]
    if len(tree.types) > _MOST_ITEMS:
        raise BrokenFileError(f"it has {len(tree.types)} items")


def _references(content: bytes, tree: _Tree) -> None:
    """Which item is made of which: tiles of a grid, thumbnails, masks."""
    wide = "H" if content[0] == 0 else "I"
    for kind, start, _ in _boxes(content, 4, len(content)):
        source, count = struct.unpack_from(f">{wide}H", content, start)
        targets = struct.unpack_from(f">{count}{wide}", content, start + struct.calcsize(f">{wide}H"))
        tree.references.append((kind, source, targets))


def _associations(content: bytes, tree: _Tree) -> None:
    """Which properties each item has, by their number."""
    version, wide = content[0], content[3] & 1
    (count,) = struct.unpack_from(">I", content, 4)
    position = 8
    for _ in range(min(count, _MOST_ITEMS)):
        (item,) = struct.unpack_from(">H" if version == 0 else ">I", content, position)
        position += 2 if version == 0 else 4
        many = content[position]
        numbers = struct.unpack_from(f">{many}{'H' if wide else 'B'}", content, position + 1)
        position += 1 + many * (2 if wide else 1)
        tree.of_item[item] = [number & (0x7FFF if wide else 0x7F) for number in numbers]


def _places(content: bytes, tree: _Tree) -> None:
    """How many bytes each item has."""
    version, sizes = content[0], struct.unpack_from(">H", content, 4)[0]
    offset, length, base, index = (sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15 if version else 0)
    wide = 2 if version < 2 else 4  # noqa: PLR2004
    count, position = int.from_bytes(content[6 : 6 + wide], "big"), 6 + wide
    for _ in range(min(count, _MOST_ITEMS)):
        item = int.from_bytes(content[position : position + wide], "big")
        position += wide + (2 if version else 0) + 2 + base
        (extents,) = struct.unpack_from(">H", content, position)
        position += 2
        step = index + offset + length
        ends = [position + step * (number + 1) for number in range(extents)]
        tree.sizes[item] = sum(int.from_bytes(content[end - length : end], "big") for end in ends)
        position += step * extents


def _pictures(tree: _Tree) -> set[int]:
    """The items that are pictures of their own: no tiles, thumbnails or masks of others."""
    pictures = {item for item, kind in tree.types.items() if kind in _CODED | _DERIVED}
    for kind, source, targets in tree.references:
        if kind in {b"thmb", b"auxl"}:
            pictures.discard(source)
        elif kind == b"dimg":
            pictures.difference_update(targets)
    return pictures


def _size(tree: _Tree) -> tuple[int, int]:
    """The size of the primary picture; where far more is coded than is said, a square of as many pixels."""
    claimed = tree.have(tree.primary, b"ispe")
    if tree.types.get(tree.primary) not in _CODED | _DERIVED or not claimed:
        raise BrokenFileError("the file has no primary picture of a known size")
    width, height = struct.unpack_from(">II", claimed[0], 4)
    parts = {tree.primary} | {t for kind, s, targets in tree.references if kind == b"dimg" for t in (s, *targets)}
    coded = sum(coded_size(setup) for item in parts for setup in tree.have(item, b"hvcC")[:1])
    if coded > 2 * width * height:  # tiles reach over the edges, but not by that much
        side = math.isqrt(coded)
        return side, side
    return width, height
