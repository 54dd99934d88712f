"""A row of CSV taken apart as COPY does, and the verdict on one that cannot be."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

MAX_ROW_BYTES: Final = 1 << 20
_FIELD: Final = re.compile(r'(?:"((?:[^"]|"")*+)"|([^",\r\n]*+))(,|$)')


class Refused(Exception):  # noqa: N818 - a verdict, caught where it is raised for
    """The row is bad: `code` says why, `field` where (None: the row as a whole)."""

    def __init__(self, code: str, field: str | None = None) -> None:
        """Keep both."""
        super().__init__(code, field)
        self.code = code
        self.field = field


class Value(NamedTuple):
    """A field as CSV holds it: `quoted` tells the empty text from null."""

    text: str
    quoted: bool

    @property
    def null(self) -> bool:
        """Whether COPY reads null."""
        return not self.text and not self.quoted


def split(raw: bytes) -> list[Value]:
    """Split a row of CSV as COPY does.

    Raises:
        Refused: it is too large, no UTF-8, holds NUL, or its quotes do not fit.
    """
    if len(raw) > MAX_ROW_BYTES:
        raise Refused("too_large")
    if b"\0" in raw:
        raise Refused("nul")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Refused("encoding") from None
    values, at = [], 0
    while True:
        found = _FIELD.match(text, at)
        if found is None:
            raise Refused("quoting")
        quoted = found[1] is not None
        values.append(Value(found[1].replace('""', '"') if quoted else found[2], quoted))
        at = found.end()
        if not found[3]:
            return values
