"""The size of what an HEVC decoder will decode, from the parameters that precede it (ITU-T H.265, 7.3.2.2)."""

from __future__ import annotations

import struct

_SPS = 33
_GENERAL_BITS = 88  # of profile, tier and flags; a level of eight bits follows
_MOST_ZEROS = 32


def coded_size(setup: bytes) -> int:
    """Pixels of a picture that is coded with this ``hvcC`` record; 0 when the record does not say.

    Raises:
        IndexError: it ends too early.
    """
    position, found = 23, 0
    for _ in range(setup[22]):
        kind, count = struct.unpack_from(">BH", setup, position)
        position += 3
        for _ in range(count):
            (length,) = struct.unpack_from(">H", setup, position)
            if kind & 0x3F == _SPS:
                found = max(found, _pixels(setup[position + 4 : position + 2 + length]))
            position += 2 + length
    return found


def _pixels(parameters: bytes) -> int:
    """Width times height of a sequence parameter set."""
    bits = _Bits(parameters.replace(b"\x00\x00\x03", b"\x00\x00"))
    bits.take(4)
    layers = bits.take(3)
    bits.take(1 + _GENERAL_BITS + 8)
    present = [(bits.take(1), bits.take(1)) for _ in range(layers)]
    bits.take(2 * (8 - layers) if layers else 0)
    for profile, level in present:
        bits.take(_GENERAL_BITS * profile + 8 * level)
    bits.number()
    if bits.number() == 3:  # noqa: PLR2004 4:4:4 has one flag more
        bits.take(1)
    return bits.number() * bits.number()


class _Bits:
    """Bits from the left, and numbers of variable length."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data[:256], "big")
        self._left = 8 * len(data[:256])

    def take(self, count: int) -> int:
        """The next bits as a number."""
        self._left -= count
        if self._left < 0:
            raise IndexError("the parameters end too early")
        return self._value >> self._left & ((1 << count) - 1)

    def number(self) -> int:
        """An Exp-Golomb number (9.2)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > _MOST_ZEROS:
                raise IndexError("a number is too long")
        return (1 << zeros) - 1 + self.take(zeros)
