"""How a source is cut into chunks: as asked, unless that made too many of them."""

from __future__ import annotations

from math import ceil
from typing import Final, NamedTuple

from etl.load.source import CHUNK_BYTES


class ChunkPlan(NamedTuple):
    """Rows of a chunk, how many chunks that makes, and how many processes work on them."""

    chunk_rows: int
    chunks: int
    workers: int


_LEAST_ROWS: Final = 1


def plan(rows: int, size: int, *, chunk_rows: int, max_chunks: int, workers: int) -> ChunkPlan:
    """Cut `rows` rows of `size` bytes in all.

    Args:
        rows: rows of the source.
        size: its bytes.
        chunk_rows: rows of a chunk as asked; 0: chunks of four mebibytes, at which the loader is fastest.
        max_chunks: chunks grow rather than exceed this number.
        workers: the most processes that there may be; no more are used than there are chunks.
    """
    asked = chunk_rows or ceil(rows * CHUNK_BYTES / max(size, 1))
    found = max(asked, ceil(rows / max_chunks), _LEAST_ROWS)
    chunks = ceil(rows / found)
    return ChunkPlan(found, chunks, max(1, min(workers, chunks)))
