"""Duplicates are found over all chunks and files, in any share of memory, always in the same groups."""

import random
from array import array

import pytest

from etl.load import duplicates
from etl.load.duplicates import Block
from etl.load.rows import NO_KEY


@pytest.fixture
def hashed(tmp_path):
    """Some 3,000 hashes in chunks of different sizes over two files, a few of them repeated."""
    chance = random.Random(3)
    hashes = [chance.getrandbits(63) - 2**62 for _ in range(2700)]
    hashes += chance.sample(hashes, 200) + [hashes[5]] * 3 + [NO_KEY] * 97
    chance.shuffle(hashes)
    blocks, met = [], {0: 0, 1: 0}
    chunks = [hashes[start : start + size] for start, size in ((0, 1000), (1000, 1), (1001, 999), (2000, 1000))]
    for number, chunk in enumerate(chunks):
        path = tmp_path / f"hashes-{number // 2}"
        with path.open("ab") as file:
            file.write(array("q", chunk).tobytes())
        blocks.append(Block(number, path, met[number // 2], len(chunk)))
        met[number // 2] += len(chunk)
    return blocks, chunks


@pytest.mark.parametrize("share", [100, 1_000_000])
@pytest.mark.parametrize("block", [7, 1_000_000])
def test_all_rows_of_a_repeated_key_are_found(hashed, monkeypatch, share, block):
    monkeypatch.setattr(duplicates, "_SHARE", share)
    monkeypatch.setattr(duplicates, "_BLOCK", block)
    blocks, chunks = hashed
    every = [value for chunk in chunks for value in chunk]
    repeated = {value for value in set(every) if value != NO_KEY and every.count(value) > 1}
    found = duplicates.find(blocks)
    for number, chunk in enumerate(chunks):
        expected = [line for line, value in enumerate(chunk) if value in repeated]
        assert list(found.chunks[number].lines if number in found.chunks else []) == expected
    assert (found.rows, found.keys) == (sum(map(every.count, repeated)), len(repeated))
    assert sum(found.groups) == found.rows


def test_all_rows_of_a_key_are_in_one_group_in_the_order_of_the_source(hashed, monkeypatch):
    monkeypatch.setattr(duplicates, "GROUP", 10)
    blocks, chunks = hashed
    found = duplicates.find(blocks)
    groups, first = {}, []
    for number in sorted(found.chunks):
        for line, group in zip(found.chunks[number].lines, found.chunks[number].groups, strict=True):
            value = chunks[number][line]
            if value not in groups:
                first.append(group)
            assert groups.setdefault(value, group) == group
    assert first == sorted(first)
    assert len(found.groups) == -(-found.keys // 10)


def test_no_duplicates_no_groups(tmp_path):
    path = tmp_path / "hashes-0"
    path.write_bytes(array("q", [1, 2, 3, NO_KEY, NO_KEY]).tobytes())
    assert duplicates.find([Block(0, path, 0, 5)]) == duplicates.Duplicates()
