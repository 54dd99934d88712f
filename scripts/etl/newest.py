"""Of the versions of an event within one extraction only the newest is kept; of two of one time the one that came last.

The first pass hashes the keys of the good rows, sixteen bytes a row; only rows whose hash is there twice are looked at
again.
"""

from __future__ import annotations

from array import array
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from etl.load.fields import split
from etl.load.rows import NO_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Place(NamedTuple):
    """A row: its chunk, and its first line there."""

    chunk: int
    line: int


class Versions:
    """Which rows are older than another version of their event."""

    def __init__(self, header: Sequence[str]) -> None:
        """Look the columns up once."""
        self._id, self._time = header.index("event_id"), header.index("occurred_at")
        self._hashes = array("q")
        self._newest: dict[str, tuple[datetime, Place]] = {}
        self._older: set[Place] = set()

    def add(self, hashes: Iterable[int]) -> None:
        """Take the hashes of a chunk's lines, as the loader's `Checker` gives them."""
        self._hashes.extend(value for value in hashes if value != NO_KEY)

    def repeated(self) -> set[int]:
        """The hashes that more than one row has."""
        import numpy as np

        found = np.sort(np.frombuffer(self._hashes, dtype=np.int64)) if self._hashes else np.empty(0, np.int64)
        return set(found[1:][found[1:] == found[:-1]].tolist())

    def look(self, place: Place, raw: bytes) -> None:
        """Compare a row whose hash is repeated with the newest version so far."""
        values = split(raw)
        event, at = values[self._id].text, datetime.fromisoformat(values[self._time].text)
        known = self._newest.get(event)
        if known is None or at >= known[0]:
            if known:
                self._older.add(known[1])
            self._newest[event] = (at, place)
        else:
            self._older.add(place)

    @property
    def older(self) -> frozenset[Place]:
        """The rows to leave out."""
        return frozenset(self._older)
