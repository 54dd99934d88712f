"""Where rows come from: a file of CSV that is read in chunks of whole rows, as often as needed.

A load reads its source twice (first everything is judged, then published), so what cannot be read twice, such as the
pages of an API, is written to a file first. Whatever has the three members of `Source` can be loaded.
"""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, Protocol

from etl.load.fields import MAX_ROW_BYTES, Refused, split
from kit.errors import ConflictError, RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHUNK_BYTES: Final = 4 << 20
_BOM: Final = b"\xef\xbb\xbf"


class Span(NamedTuple):
    """A chunk: its number from 0, and its bytes in the file."""

    number: int
    start: int
    end: int


class Source(Protocol):
    """What the loader asks of a source; the same chunk must have the same bytes each time."""

    name: str
    header: list[str]

    def spans(self) -> Iterator[Span]:
        """The chunks, in order."""

    def read(self, span: Span) -> bytes:
        """The rows of a chunk as CSV, every row ended by a line feed."""


class CsvFile:
    """A local file of CSV with a header, UTF-8, separated by commas, quoted by quotes."""

    def __init__(self, path: Path, *, chunk_bytes: int = CHUNK_BYTES, chunk_rows: int | None = None) -> None:
        """Read the header.

        Args:
            path: the file.
            chunk_bytes: about the size of a chunk; it ends with the row that passes it.
            chunk_rows: rows of a chunk instead, where the size is to be told in rows.

        Raises:
            RefusedInputError: there is no file, no header, or the header is no CSV (code `no_header`).
        """
        self.name = path.name
        self._path = path
        self._bytes = chunk_bytes
        self._rows = chunk_rows
        try:
            with path.open("rb") as file:
                first = file.readline(MAX_ROW_BYTES)
                self._identity = _identity(file)
            self._start = len(first)
            values = split(first.removeprefix(_BOM).rstrip(b"\r\n"))
        except (OSError, Refused) as error:
            raise RefusedInputError(f"{path.name} has no header that can be read: {error}.", code="no_header") from None
        self.header = [value.text.strip() for value in values]
        if self.header == [""]:
            raise RefusedInputError(f"{path.name} is empty, even without a header.", code="no_header")

    def spans(self) -> Iterator[Span]:
        """Cut the file where a row ends; a quote that never closes does not swallow more than a mebibyte."""
        with self._path.open("rb") as file:
            file.seek(self._start)
            start, number = self._start, 0
            while size := self._cut(file):
                yield Span(number, start, start + size)
                start, number = start + size, number + 1
                file.seek(start)

    def read(self, span: Span) -> bytes:
        """Read a chunk; line ends of Windows become line feeds, and the last row of the file gets its own.

        Raises:
            ConflictError: the file was changed since it was opened first (code `source_changed`).
        """
        with self._path.open("rb") as file:
            if _identity(file) != self._identity:
                raise ConflictError(
                    f"{self.name} was changed while it was loaded.",
                    code="source_changed",
                    next_action="Let the file be complete before it is loaded, then start a new run.",
                )
            file.seek(span.start)
            data = file.read(span.end - span.start)
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
        return data if data.endswith(b"\n") else data + b"\n"

    def _cut(self, file: BinaryIO) -> int:
        """Bytes of the next chunk; 0 at the end."""
        if self._rows:
            lines = list(islice(file, self._rows))
            size, quotes = sum(map(len, lines)), sum(line.count(b'"') for line in lines)
        else:
            block = file.read(self._bytes)
            rest = b"" if block.endswith(b"\n") else file.readline(MAX_ROW_BYTES)
            size, quotes = len(block) + len(rest), block.count(b'"') + rest.count(b'"')
        beyond = 0
        while quotes % 2 and beyond < MAX_ROW_BYTES and (line := file.readline(MAX_ROW_BYTES)):
            beyond, quotes = beyond + len(line), quotes + line.count(b'"')
        return size + (beyond if quotes % 2 == 0 else 0)


def _identity(file: BinaryIO) -> tuple[int, int, int]:
    """What changes with a file's content: its place, size, and time of the last change."""
    found = os.fstat(file.fileno())
    return found.st_ino, found.st_size, found.st_mtime_ns
