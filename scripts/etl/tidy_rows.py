"""A chunk of rows: repaired, and without the rows that lie outside the window.

Most lines pass the contract's expression in one call for the whole chunk and stay as they are; only the others are
taken apart (`etl.tidy`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import compress
from typing import TYPE_CHECKING, Final

from etl import tidy
from etl.load import patterns
from etl.load.fields import Refused, split
from etl.load.rows import kept, lines_of_row
from kit.errors import RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from etl.load.contract import Contract
    from etl.window import Window

_SECOND: Final = "%Y-%m-%dT%H:%M:%S"  # sorts as its instant does, before every fraction and before its own Z


@dataclass(slots=True)
class Tidied:
    """What became of a chunk.

    Attributes:
        data: its rows, each ended by a line feed.
        rows: how many of them lie in the window, good and bad.
        outside: rows left out, since they do not.
        repaired: rows that were changed.
        nulls: of each watched column, rows without a value.
    """

    data: bytes
    rows: int = 0
    outside: int = 0
    repaired: int = 0
    nulls: Counter[str] = field(default_factory=Counter)


class Tidier:
    """A contract and a window, made ready for the columns of one file."""

    def __init__(
        self,
        contract: Contract,
        header: Sequence[str],
        window: Window,
        now: datetime,
        *,
        repair: bool = True,
        watched: Sequence[str] = (),
    ) -> None:
        """Prepare.

        Args:
            contract: what the columns must be.
            header: the file's columns in their order.
            window: which rows are wanted, by the contract's version.
            now: what bounds of times are reckoned from.
            repair: whether rows are changed at all.
            watched: columns whose nulls are counted.

        Raises:
            RefusedInputError: there is a window, and the contract names no time for it (code `window_no_time`).
        """
        self._windowed = window.since is not None and window.until is not None
        named = contract.version or contract.key[0]
        if self._windowed and contract.column(named).type != "timestamptz":
            raise RefusedInputError(
                f"{contract.dataset} has no event time that a window could go by.",
                code="window_no_time",
                next_action="Load everything, or name the time as the contract's version.",
            )
        # The expression's groups are the key's columns: here the one that the window goes by.
        asked = contract.model_copy(update={"key": (named if self._windowed else contract.key[0],)})
        self._asked, self._header, self._now, self._repair = asked, list(header), now, repair
        self._columns = {column.name: column for column in contract.columns}
        self._at = self._header.index(asked.key[0])
        self._watched = [name for name in self._header if name in watched]
        groups = [name for name in self._header if name == asked.key[0] or name in self._watched]
        self._groups = [name for name in groups for _ in range(1 + (name == asked.key[0] and name in self._watched))]
        self._first = window.since.strftime(_SECOND).encode() if window.since else b""
        self._last = window.until.strftime(_SECOND).encode() if window.until else b""
        self._lines = {True: self._compiled(wide=True)}  # before processes are forked, or each would do it

    def tidy(self, data: bytes) -> Tidied:
        """Repair a chunk, whose rows each end with a line feed."""
        found = self._line(data).findall(data)
        done = Tidied(data, len(found))
        marks = found if len(self._groups) == 1 else self._apart(found, done)
        strange = b"" in marks
        if not strange and self._all_inside(marks):
            return done
        lines = data.split(b"\n")
        out: list[int] = []
        if self._windowed:
            out = [at for at, mark in enumerate(marks) if mark and not self._first <= mark < self._last]
            done.outside = len(out)
        if strange:
            self._look_closer(lines, marks, done, out)
        done.rows -= done.outside
        done.data = b"\n".join(compress(lines, kept(len(lines), out))) if out else b"\n".join(lines)
        return done

    def _line(self, data: bytes) -> patterns.Line:
        try:
            data.decode()
            wide = True
        except UnicodeDecodeError:
            wide = False
        if wide not in self._lines:
            self._lines[wide] = self._compiled(wide=wide)
        return self._lines[wide]

    def _compiled(self, *, wide: bool) -> patterns.Line:
        return patterns.line(self._asked, self._header, self._now, wide=wide, probes=self._watched)

    def _apart(self, found: list[tuple[bytes, ...]], done: Tidied) -> list[bytes]:
        """The window's times alone; the nulls of the lines that fit are counted on the way."""
        columns = list(zip(*found, strict=True)) or [()] * len(self._groups)
        place = len(self._groups) - 1 - self._groups[::-1].index(self._asked.key[0])  # its probe comes before it
        marks = list(columns[place])
        strange = marks.count(b"")
        for at, (name, column) in enumerate(zip(self._groups, columns, strict=True)):
            if at != place:
                done.nulls[name] += column.count(b"") - strange
        return marks

    def _all_inside(self, marks: list[bytes]) -> bool:
        return not self._windowed or not marks or (min(marks) >= self._first and max(marks) < self._last)

    def _look_closer(self, lines: list[bytes], marks: list[bytes], done: Tidied, out: list[int]) -> None:
        """Take apart every line that did not fit; a row of several lines stands in its first one afterwards."""
        at = -1
        while True:
            try:
                at = marks.index(b"", at + 1)
            except ValueError:
                return
            count = lines_of_row(lines, at)
            raw = b"\n".join(lines[at : at + count])
            out.extend(range(at + 1, at + count))
            done.rows -= count - 1
            new = self._row(raw, done)
            lines[at] = new or b""
            if new is None:
                out.append(at)
            at += count - 1

    def _row(self, raw: bytes, done: Tidied) -> bytes | None:
        """The repaired row; None for one that is empty or outside the window."""
        if not raw:
            done.rows -= 1
            return None
        try:
            values = split(raw)
        except Refused:
            return raw
        if len(values) != len(self._header):
            return raw
        tidied = [
            tidy.value(column, found) if (column := self._columns.get(name)) else found
            for name, found in zip(self._header, values, strict=True)
        ]
        for name, found in zip(self._header, tidied, strict=True):
            if found.null and name in self._watched:
                done.nulls[name] += 1
        if self._windowed and (mark := tidy.instant(tidied[self._at].text)) and not self._inside(mark.encode()):
            done.outside += 1
            return None
        if not self._repair or tidied == values:
            return raw
        done.repaired += 1
        return tidy.line(tidied)

    def _inside(self, mark: bytes) -> bool:
        return self._first <= mark < self._last
