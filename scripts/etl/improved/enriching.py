"""A file of events made into one of enriched events: judged, older versions left out, two columns added.

Three passes over the file, a batch of rows in memory at a time: hashes of the keys, versions of events that are there
twice, writing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from etl.enrich import ADDED, Enricher
from etl.load.rows import NO_KEY, Checker, lines_of_row
from etl.newest import Place, Versions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from etl.load.contract import Contract
    from etl.load.source import CsvFile


@dataclass(frozen=True, slots=True)
class Enriched:
    """What was written: all rows, those of them that break the contract, and the older versions left out."""

    rows: int
    bad: int
    superseded: int


class _Row(NamedTuple):
    line: int
    hash: int  # NO_KEY: it breaks the contract
    raw: bytes


def enrich(source: CsvFile, contract: Contract, now: datetime, path: Path) -> Enriched:
    """Write the enriched rows of a source to `path`.

    Args:
        source: events in the columns of their contract.
        contract: of the source, its key the event's id alone.
        now: what bounds of times are reckoned from.
        path: the result, CSV with a header.
    """
    checker, versions = Checker(contract, source.header, now), Versions(source.header)
    for span in source.spans():
        versions.add(checker.check(source.read(span)).hashes)
    repeated = versions.repeated()
    if repeated:
        for span in source.spans():
            for row in _rows(source.read(span), checker):
                if row.hash in repeated:
                    versions.look(Place(span.number, row.line), row.raw)
    return _write(source, checker, versions.older, path)


def _write(source: CsvFile, checker: Checker, older: frozenset[Place], path: Path) -> Enriched:
    enricher, rows, bad = Enricher(source.header), 0, 0
    with path.open("wb") as file:
        file.write(",".join((*source.header, *ADDED)).encode() + b"\n")
        for span in source.spans():
            for row in _rows(source.read(span), checker):
                if Place(span.number, row.line) in older:
                    continue
                rows += 1
                bad += row.hash == NO_KEY
                file.write((enricher.bad if row.hash == NO_KEY else enricher.good)(row.raw) + b"\n")
    return Enriched(rows, bad, len(older))


def _rows(data: bytes, checker: Checker) -> Iterator[_Row]:
    """The rows of a chunk, without empty lines."""
    hashes, lines, at = checker.check(data).hashes, data.split(b"\n"), 0
    while at < len(lines) - 1:
        count = lines_of_row(lines, at)
        if raw := b"\n".join(lines[at : at + count]):
            yield _Row(at, hashes[at], raw)
        at += count
