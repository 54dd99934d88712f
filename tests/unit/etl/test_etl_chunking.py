"""Chunks are as large as asked, and larger when there would be too many."""

import pytest

from etl import chunking

MIB = 1 << 20


@pytest.mark.parametrize(
    ("rows", "size", "chunk_rows", "expected"),
    [
        (10_000, 10_000 * 100, 1000, (1000, 10, 4)),
        (10_001, 10_001 * 100, 1000, (1000, 11, 4)),
        (1_000_000, 1_000_000 * 130, 1000, (10_000, 100, 4)),
        (1_000_000, 1_000_000 * 128, 0, (32_768, 31, 4)),
        (100, 100 * 100, 0, (41_944, 1, 1)),
        (2000, 200_000, 1000, (1000, 2, 2)),
        (0, 0, 1000, (1000, 0, 1)),
        (0, 0, 0, (1, 0, 1)),
    ],
)
def test_the_plan(rows, size, chunk_rows, expected):
    assert chunking.plan(rows, size, chunk_rows=chunk_rows, max_chunks=100, workers=4) == expected
