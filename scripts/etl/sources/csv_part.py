"""A file of CSV: copied as it is where its columns are those that are wanted, else row by row.

Whatever breaks a row (its quotes, its bytes, the number of its fields) goes through as it came: it is for the loader
to judge and to keep.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from etl.load.fields import Refused, split
from etl.load.source import CsvFile
from etl.sources import lines

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from etl.load.fields import Value
    from etl.sources.model import Window

_BLOCK: Final = 1 << 20


class CsvPart:
    """One file."""

    def __init__(self, path: Path) -> None:
        """Read the header.

        Raises:
            RefusedInputError: there is none (code `no_header`).
        """
        self._path = path
        self._header = CsvFile(path).header
        self.types: dict[str, str | None] = dict.fromkeys(self._header)

    def append(self, file: BinaryIO, columns: list[str], time_column: str | None, window: Window | None) -> int:
        """Write its rows; see `etl.sources.folders.Part`."""
        with self._path.open("rb") as source:
            source.readline()
            if columns == self._header and not window:
                return _copy(source, file)
            count = 0
            places = [self._header.index(name) for name in columns]
            when = self._header.index(time_column) if window and time_column else None
            for row in lines.rows(source):
                chosen = self._chosen(row, places, when, window)
                if chosen:
                    file.write(chosen)
                    count += 1
            return count

    def _chosen(self, row: bytes, places: list[int], when: int | None, window: Window | None) -> bytes | None:
        """The wanted fields of a row; the row itself when it is broken; None when it is not of the window."""
        bare = row.rstrip(b"\r\n")
        if not bare:
            return None
        try:
            values = split(bare)
        except Refused:
            return bare + b"\n"
        if len(values) != len(self._header):
            return bare + b"\n"
        if window and when is not None and not _within(values[when].text, window):
            return None
        return lines.line([_plain(values[place]) for place in places])


def _copy(source: BinaryIO, file: BinaryIO) -> int:
    """Copy what is left, and count its rows."""
    count = 0
    for row in lines.rows(source):
        file.write(row)
        count += bool(row.strip(b"\r\n"))
    if count and not row.endswith(b"\n"):
        file.write(b"\n")
    return count


def _plain(value: Value) -> str | None:
    return None if value.null else value.text


def _within(text: str, window: Window) -> bool:
    """Whether a row was recorded in the window; one that does not say so properly is left to be judged."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return True
    if found.tzinfo is None:
        return True
    return (window.since is None or found >= window.since) and (window.until is None or found < window.until)
