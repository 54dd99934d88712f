"""Judging a chunk: which lines are good, which are not and why, and a hash of every key.

Most lines pass the contract's expression in one call for the whole chunk; the others are looked at one by one. Rows
are named by their first line within the chunk, from 0.
"""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass, field
from itertools import compress
from typing import TYPE_CHECKING, Final, NamedTuple

from etl.load import exact, patterns
from etl.load.fields import MAX_ROW_BYTES, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from etl.load.contract import Contract

NO_KEY: Final = -1  # Python's hash() is never -1


class Bad(NamedTuple):
    """A bad row: its first line, why, where, and its bytes."""

    line: int
    code: str
    field: str | None
    raw: bytes


@dataclass(slots=True)
class Checked:
    """What became of a chunk.

    Attributes:
        checksum: SHA-256 of its bytes.
        hashes: one a line; NO_KEY for lines without a good row of their own.
        rows: good rows.
        bad: the others.
        dropped: the lines that are not published.
        long: good rows of several lines: first line to number of lines.
        months: YYYY-MM of the good rows, where the target is partitioned.
    """

    checksum: str
    hashes: array[int]
    rows: int = 0
    bad: list[Bad] = field(default_factory=list)
    dropped: array[int] = field(default_factory=lambda: array("i"))
    long: dict[int, int] = field(default_factory=dict)
    months: set[str] = field(default_factory=set)


class Checker:
    """A contract, made ready for the columns of one file."""

    def __init__(
        self, contract: Contract, header: Sequence[str], now: datetime, *, month_column: str | None = None
    ) -> None:
        """Compile the contract.

        Args:
            contract: the rules.
            header: the file's columns in their order.
            now: what bounds of times are reckoned from.
            month_column: the column of the key by which the target is partitioned, if it is.
        """
        self._contract, self._header, self._now = contract, list(header), now
        self._patterns: dict[bool, patterns.Line] = {}
        self._rules = exact.Rules(contract, header, now)
        keys = [name for name in header if name in contract.key]
        self._none: bytes | tuple[bytes, ...] = (b"",) * len(keys) if len(keys) > 1 else b""
        self._month = keys.index(month_column) if month_column in keys else None

    def check(self, data: bytes) -> Checked:
        """Judge the rows of a chunk, each ended by a line feed."""
        keys = self._pattern(data).findall(data)
        done = Checked(hashlib.sha256(data).hexdigest(), array("q", map(hash, keys)), len(keys))
        if self._none in keys:
            self._look_closer(data.split(b"\n"), keys, done)
        if self._month is not None:
            self._add_months(keys, done)
        return done

    def _pattern(self, data: bytes) -> patterns.Line:
        """The wide expression for UTF-8; else one that leaves all bytes beyond ASCII to the exact half."""
        try:
            data.decode()
            wide = True
        except UnicodeDecodeError:
            wide = False
        if wide not in self._patterns:
            self._patterns[wide] = patterns.line(self._contract, self._header, self._now, wide=wide)
        return self._patterns[wide]

    def _look_closer(self, lines: list[bytes], keys: list[bytes | tuple[bytes, ...]], done: Checked) -> None:
        at = -1
        while True:
            try:
                at = keys.index(self._none, at + 1)
            except ValueError:
                return
            at += self._judge(lines, at, keys, done) - 1

    def _judge(self, lines: list[bytes], at: int, keys: list[bytes | tuple[bytes, ...]], done: Checked) -> int:
        """Judge the row that begins at a line, and return how many lines it has."""
        count = lines_of_row(lines, at)
        raw = b"\n".join(lines[at : at + count])
        done.hashes[at : at + count] = array("q", [NO_KEY] * count)
        keys[at : at + count] = [self._none] * count
        done.rows -= count
        if raw:
            try:
                keys[at] = self._rules.key(raw)
                done.hashes[at] = hash(keys[at])
                done.rows += 1
                if count > 1:
                    done.long[at] = count
            except Refused as refused:
                done.bad.append(Bad(at, refused.code, refused.field, raw))
        if done.hashes[at] == NO_KEY:
            done.dropped.extend(range(at, at + count))
        return count

    def _add_months(self, keys: Iterable[bytes | tuple[bytes, ...]], done: Checked) -> None:
        place = self._month or 0
        texts = (key if isinstance(key, bytes) else key[place] for key in keys)
        done.months = {month.decode() for month in {text[:7] for text in texts} if month}


def lines_of_row(lines: Sequence[bytes], at: int) -> int:
    """How many lines a row has; one when its quotes do not close within the chunk or a mebibyte."""
    quotes, size = lines[at].count(b'"'), len(lines[at])
    if quotes % 2 == 0:
        return 1
    for last in range(at + 1, len(lines) - 1):  # the text after the last line feed is empty and no line
        quotes, size = quotes + lines[last].count(b'"'), size + len(lines[last])
        if quotes % 2 == 0:
            return last - at + 1
        if size > MAX_ROW_BYTES:
            break
    return 1


def without(lines: Sequence[bytes], left_out: Iterable[int]) -> bytes:
    """A chunk's lines, joined, but for some."""
    return b"\n".join(compress(lines, kept(len(lines), left_out)))


def kept(count: int, left_out: Iterable[int]) -> bytearray:
    """A one for each of `count` lines that is not left out, else a zero."""
    mask = bytearray(b"\1") * count
    for line in left_out:
        mask[line] = 0
    return mask
