"""Pages of an API that may repeat one, leave one out, or change their order between two answers.

Rows have a key, a whole number, and should come in its order. Whatever comes is written down with its key; in the end
there must be as many different keys as the API counts. Fewer: all pages are read again, and what is new is added.
Rows that came out of order or twice are put right on the disk, in memory of sixteen bytes a row.
"""

from __future__ import annotations

import mmap
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from etl.sources import lines, shape
from kit.errors import InvalidResponseError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from etl.load.contract import Contract

SWEEPS: Final = 3
_AGAIN: Final = 2  # how often a page is asked for again that brought nothing new


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its rows, how many there are on all pages (None: the API does not count), where the next begins."""

    rows: Sequence[dict[str, Any]]
    total: int | None = None
    next: str | int | None = None


@dataclass
class Reading:
    """What was read so far.

    Attributes:
        contract: the columns that are wanted.
        key: the field that names a row.
        own: fields beside the contract's that may be there.
    """

    contract: Contract
    key: str
    own: Sequence[str]
    columns: list[str] = field(default_factory=list)
    total: int | None = None
    ordered: bool = True
    last: int | None = None
    sweeps: int = 0
    pages_again: int = 0
    _keys: array[int] = field(default_factory=lambda: array("q"))
    _starts: array[int] = field(default_factory=lambda: array("q"))

    def sweep(self, fetch: Callable[[str | int | None], Page], file: BinaryIO) -> None:
        """Read all pages once.

        Args:
            fetch: asks for the page that begins at a mark; None: the first.
            file: what rows are appended to.

        Raises:
            RefusedInputError: the columns are not the contract's.
            UnavailableError: the pages lead in a circle (code `source_inconsistent`).
        """
        self.sweeps += 1
        mark, seen, last = None, set[str | int](), None
        while True:
            page = self._new(fetch, mark, last)
            self._add(page, file)
            self.total = page.total if page.total is not None else self.total
            last = max((self._key(row) for row in page.rows), default=last)
            if page.next is None:
                return
            if page.next in seen:
                raise _inconsistent("its pages lead in a circle")
            seen.add(page.next)
            mark = page.next

    @property
    def rows(self) -> int:
        """How many rows came, those that came twice counted twice."""
        return len(self._keys)

    @property
    def distinct(self) -> int:
        """How many different rows came."""
        return len(self._keys) if self.ordered else len(set(self._keys))

    @property
    def complete(self) -> bool:
        """Whether as many rows came as the API counts.

        Raises:
            UnavailableError: more came (code `source_inconsistent`).
        """
        if self.total is not None and self.distinct > self.total:
            raise _inconsistent(f"it gave {self.distinct} rows and counts {self.total}")
        return self.total is None or self.distinct == self.total

    def put_right(self, file: BinaryIO, path: Path) -> int:
        """Write the rows in the order of their keys, each once, the one that came last; returns how many."""
        import numpy as np

        file.flush()
        keys, starts = np.frombuffer(self._keys, dtype=np.int64), np.frombuffer(self._starts, dtype=np.int64)
        order = np.argsort(keys, kind="stable")
        latest = np.append(keys[order][1:] != keys[order][:-1], True)
        ends = np.append(starts[1:], file.tell())
        with path.open("wb") as out, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            out.write(self.header())
            for row in order[latest]:
                out.write(content[starts[row] : ends[row]])
        return int(latest.sum())

    def header(self) -> bytes:
        """The first line of the file."""
        columns = self.columns or [column.name for column in self.contract.columns]
        return (",".join(columns) + "\n").encode()

    def _new(self, fetch: Callable[[str | int | None], Page], mark: str | int | None, last: int | None) -> Page:
        """A page; one that only has rows from before is asked for again, because the next answer is often right."""
        page = fetch(mark)
        for _ in range(_AGAIN):
            if last is None or not page.rows or max(map(self._key, page.rows)) > last:
                break
            self.pages_again += 1
            page = fetch(mark)
        return page

    def _add(self, page: Page, file: BinaryIO) -> None:
        self.check(page.rows)
        if not file.tell():
            file.write(self.header())
        for row in page.rows:
            key = self._key(row)
            if self.last is not None and key <= self.last:
                self.ordered = False
            self.last = key if self.last is None else max(key, self.last)
            self._keys.append(key)
            self._starts.append(file.tell())
            file.write(lines.line([row.get(name) for name in self.columns]))

    def check(self, rows: Sequence[dict[str, Any]]) -> None:
        """Every page has the contract's columns, and those of the first page.

        Raises:
            RefusedInputError: `columns_missing`, `columns_unknown`, `columns_retyped`.
        """
        if not rows:
            return
        types = dict.fromkeys((name for row in rows for name in row), None) | _types(rows)
        columns = shape.columns(self.contract, types, self.own)
        self.columns = self.columns or columns

    def _key(self, row: dict[str, Any]) -> int:
        found = row.get(self.key)
        if not isinstance(found, int):
            raise InvalidResponseError(
                f"A row of the API has no whole number in {self.key}.", code="source_key_missing"
            )
        return found


def _types(rows: Sequence[dict[str, Any]]) -> dict[str, str | None]:
    """The columns whose values are all of one kind, in the contract's words."""
    kinds: dict[str, set[str]] = {}
    for row in rows:
        for name, value in row.items():
            if value is not None:
                kinds.setdefault(name, set()).add(_KINDS.get(type(value), "numeric"))
    return {name: next(iter(found)) if len(found) == 1 else None for name, found in kinds.items()}


_KINDS: Final[dict[type, str]] = {str: "text", int: "integer", bool: "boolean", dict: "jsonb", list: "array"}


def read(reading: Reading, fetch: Callable[[str | int | None], Page], file: BinaryIO) -> None:
    """Read all pages, and again as long as rows are missing.

    Raises:
        UnavailableError: rows are still missing (code `source_inconsistent`).
    """
    for _ in range(SWEEPS):
        reading.sweep(fetch, file)
        if reading.complete:
            return
    raise _inconsistent(f"it gave {reading.distinct} rows in {SWEEPS} readings and counts {reading.total}")


def _inconsistent(told: str) -> UnavailableError:
    return UnavailableError(
        f"What the API tells cannot be true: {told}.",
        code="source_inconsistent",
        next_action="Run it again; if it stays, tell those who run the API.",
    )
