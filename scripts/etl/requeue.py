"""Rows of the quarantine, written to a file as they came or as a person corrected them, so that they can be loaded.

The rows of one file come from one dataset, go to one table and have the same columns. What cannot stand in a file
beside others, a row whose quotes do not close, is left out: it would swallow those after it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from etl import queries
from etl.load.fields import MAX_ROW_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kit.db import Connection

_PAGE: Final = 100  # rows in memory at a time; one may have a mebibyte and more


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which open rows: of a dataset, a run, a reason and field, of at least this age, at most so many, oldest first.

    `refused`: also rows of loads that were refused as a whole.
    """

    dataset: str | None = None
    run: str | None = None
    code: str | None = None
    field: str | None = None
    min_age_minutes: int = 0
    refused: bool = False

    def values(self) -> dict[str, Any]:
        """As parameters of the statements."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that fit into one file; `header` is None for those of loads that did not record it."""

    dataset: str
    target: str
    header: tuple[str, ...] | None
    rows: int

    @property
    def name(self) -> str:
        """A short name that is the same each time."""
        text = "|".join((self.dataset, self.target, *(self.header or ())))
        return hashlib.sha256(text.encode()).hexdigest()[:10]

    def values(self) -> dict[str, Any]:
        """As parameters of the statements."""
        return {"dataset": self.dataset, "target": self.target, "header": list(self.header or ())}


def choose(conn: Connection, wanted: Wanted, most: int) -> list[Group]:
    """Note which rows are to be tried, in a table of this session, and return them by group."""
    queries.run(conn, "replay_rows", **wanted.values(), most=most)
    found = queries.every(conn, "replay_groups")
    return [Group(row["dataset"], row["target"], row["header"] and tuple(row["header"]), row["rows"]) for row in found]


def write(conn: Connection, group: Group, path: Path, encoding: str | None) -> int:
    """Write a group's rows to a file, note the digest of each, and return how many they are.

    Args:
        conn: the session that chose the rows.
        group: the rows.
        path: the file.
        encoding: how rows that are no UTF-8 are to be read; None leaves them as they came.
    """
    written = 0
    with path.open("wb") as file:
        file.write(",".join(group.header or ()).encode() + b"\n")
        for page in _pages(conn, group):
            rows = [(row["place"], raw) for row in page if stands_alone(raw := _bytes(row, encoding))]
            file.writelines(raw + b"\n" for _, raw in rows)
            digests = [hashlib.md5(raw, usedforsecurity=False).hexdigest() for _, raw in rows]
            queries.run(conn, "replay_digests", places=[place for place, _ in rows], digests=digests)
            written += len(rows)
    return written


def stands_alone(raw: bytes) -> bool:
    """Whether a row is one row wherever it stands: its quotes close, and its line feeds are within them."""
    if not raw or len(raw) > MAX_ROW_BYTES:
        return False
    lines = raw.split(b"\n")
    quotes = 0
    for line in lines[:-1]:
        quotes += line.count(b'"')
        if quotes % 2 == 0:
            return False
    return (quotes + lines[-1].count(b'"')) % 2 == 0


def _pages(conn: Connection, group: Group) -> Iterator[list[queries.Row]]:
    after = 0
    while page := queries.every(conn, "replay_page", **group.values(), after=after, page=_PAGE):
        yield page
        after = page[-1]["place"]


def _bytes(row: queries.Row, encoding: str | None) -> bytes:
    if row["corrected"] is not None:
        return str(row["corrected"]).encode()
    if row["raw"] is not None:
        return str(row["raw"]).encode()
    raw = bytes(row["raw_bytes"])
    if encoding is None or row["code"] != "encoding":
        return raw
    try:
        return raw.decode(encoding).encode()
    except UnicodeDecodeError:
        return raw  # it is of yet another encoding, and stays bad
