"""A whole file made ready for the loader: chunks are repaired in parallel processes, into files that are one source.

The chunks of the source are those of the result, so a chunk is the same unit from here to its checkpoint.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from etl.load.crew import Crew
from etl.load.source import Span
from kit.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from etl.load.source import Source
    from etl.tidy_rows import Tidier


class Done(NamedTuple):
    """A chunk that is transformed: its number, its bytes in its part's file, and what was found."""

    number: int
    size: int
    rows: int
    outside: int
    repaired: int
    nulls: Counter[str]
    seconds: float


@dataclass
class Share:
    """Neighbouring chunks, the work of one process."""

    source: Source
    tidier: Tidier
    path: Path
    spans: Sequence[Span] = ()
    alive: Callable[[], bool] = lambda: True

    def run(self, spans: Sequence[Span]) -> list[Done]:
        """Transform chunks into the share's file."""
        done = []
        with self.path.open("wb") as file:
            for span in spans:
                if not self.alive():
                    raise UnavailableError("The run that this process belongs to is gone.", code="parent_gone")
                started = time.perf_counter()
                made = self.tidier.tidy(self.source.read(span))
                file.write(made.data)
                counts = (len(made.data), made.rows, made.outside, made.repaired, made.nulls)
                done.append(Done(span.number, *counts, time.perf_counter() - started))
        return done

    def close(self) -> None:
        """Nothing is held between calls."""


class TidyFile:
    """The transformed chunks as a source of the loader; those without a row are left out."""

    def __init__(self, name: str, header: Sequence[str], parts: Sequence[tuple[Path, Sequence[Done]]]) -> None:
        """Take the files of the shares, in order."""
        self.name = name
        self.header = list(header)
        self._places: dict[int, tuple[Path, int]] = {}
        self._spans: list[Span] = []
        for path, chunks in parts:
            at = 0
            for done in chunks:
                if done.size:
                    self._places[len(self._spans)] = (path, at)
                    self._spans.append(Span(len(self._spans), at, at + done.size))
                at += done.size

    def spans(self) -> Iterator[Span]:
        """The chunks, in order."""
        return iter(self._spans)

    def read(self, span: Span) -> bytes:
        """The rows of a chunk."""
        path, at = self._places[span.number]
        with path.open("rb") as file:
            file.seek(at)
            return file.read(span.end - span.start)


@dataclass(slots=True)
class Transformed:
    """The result, and what was found: `rows` lie in the window; `seconds` are one a chunk."""

    source: TidyFile
    rows: int = 0
    outside: int = 0
    repaired: int = 0
    nulls: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


def run(source: Source, tidier: Tidier, folder: Path, workers: int) -> Transformed:
    """Transform a source into files of a folder.

    Args:
        source: what is read; each chunk once.
        tidier: what is done with a chunk.
        folder: for the files; they must outlive the result.
        workers: processes, one of them this one.

    Raises:
        ConflictError: the source changed meanwhile (code `source_changed`).
        UnavailableError: a worker was killed (code `worker_gone`).
    """
    spans = list(source.spans())
    shares = [Share(source, tidier, folder / f"tidy-{number}") for number in range(max(1, workers))]
    crew = Crew(shares)
    try:
        cuts = [round(len(spans) * number / crew.size) for number in range(crew.size + 1)]
        results: list[list[Done]] = crew.run("run", [(spans[first:last],) for first, last in pairwise(cuts)])
    finally:
        crew.close()
    parts = [(share.path, done) for share, done in zip(shares, results, strict=True)]
    made = Transformed(TidyFile(source.name, source.header, parts))
    for done in (done for chunks in results for done in chunks):
        made.rows += done.rows
        made.outside += done.outside
        made.repaired += done.repaired
        made.nulls.update(done.nulls)
        made.seconds.append(done.seconds)
    return made
