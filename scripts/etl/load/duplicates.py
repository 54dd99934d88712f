"""Keys that occur more than once in a source, found from the hashes of all keys in memory that does not grow.

The hashes lie in files, eight bytes a line in the order of the source. They are dealt out into shares by their low bits
and sorted a share at a time, each read twice in all; two keys with one hash by chance are merely treated as duplicates,
which costs time and changes nothing.
"""

from __future__ import annotations

import tempfile
from array import array
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from etl.load.rows import NO_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

_SHARE: Final = 500_000  # hashes sorted at a time, at most
_MOST_SHARES: Final = 256  # files open at a time; a share grows beyond 128 million rows
_BLOCK: Final = 500_000
GROUP: Final = 20_000  # keys of a group; all rows of a key are in one group


class Block(NamedTuple):
    """The hashes of one chunk: `lines` of them from number `start` of a file."""

    chunk: int
    path: Path
    start: int
    lines: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """A chunk's rows whose keys occur more than once: their first lines, and the group of each."""

    lines: Sequence[int]
    groups: Sequence[int]


@dataclass(slots=True)
class Duplicates:
    """All of a source's: by chunk, how many rows and keys they are, and how many rows each group has."""

    chunks: dict[int, Repeated] = field(default_factory=dict)
    rows: int = 0
    keys: int = 0
    groups: list[int] = field(default_factory=list)


def find(blocks: Sequence[Block]) -> Duplicates:
    """Find them.

    Groups are numbered in the order in which their keys come first, so the same source gives the same groups.
    """
    import numpy as np

    total = sum(block.lines for block in blocks)
    repeated = _repeated(blocks, min(_MOST_SHARES, 1 << (total // _SHARE).bit_length()))
    if not len(repeated):
        return Duplicates()
    groups = np.full(len(repeated), -1, dtype=np.int32)
    found = Duplicates()
    for block in sorted(blocks):
        hashes = _read(block.path, block.start, block.lines)
        place = np.minimum(np.searchsorted(repeated, hashes), len(repeated) - 1)
        lines = np.flatnonzero(repeated[place] == hashes)
        if len(lines):
            place = place[lines]
            new, first = np.unique(place[groups[place] < 0], return_index=True)
            new = new[np.argsort(first)]
            groups[new] = (found.keys + np.arange(len(new))) // GROUP
            _add(found, block.chunk, len(new), Repeated(_packed(lines), _packed(groups[place])))
    return found


def _add(found: Duplicates, chunk: int, new_keys: int, repeated: Repeated) -> None:
    found.chunks[chunk] = repeated
    found.keys += new_keys
    found.rows += len(repeated.lines)
    found.groups += [0] * (1 + max(repeated.groups) - len(found.groups))
    for group in repeated.groups:
        found.groups[group] += 1


def _packed(numbers: NDArray[Any]) -> array[int]:
    """Four bytes each, and cheap to send to another process."""
    return array("i", numbers.astype("int32").tobytes())


def _repeated(blocks: Sequence[Block], shares: int) -> NDArray[np.int64]:
    """The hashes that occur twice or more, sorted; `shares` is a power of two, and the low bits choose the share."""
    import numpy as np

    found = []
    for hashes in _in_shares(blocks, shares):
        hashes.sort()
        found.append(np.unique(hashes[1:][hashes[1:] == hashes[:-1]]))
    return np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)


def _in_shares(blocks: Sequence[Block], shares: int) -> Iterator[NDArray[np.int64]]:
    """The hashes of keys by share; those of many shares are put into files first, so that each is read once."""
    import numpy as np

    if shares == 1:
        for block in _blocks(blocks, whole=True):
            yield block[block != NO_KEY]
        return
    with tempfile.TemporaryDirectory(prefix="shares-", dir=blocks[0].path.parent) as folder, ExitStack() as open_files:
        paths = [Path(folder, str(share)) for share in range(shares)]
        files = [open_files.enter_context(path.open("wb")) for path in paths]
        for block in _blocks(blocks):
            keys = block[block != NO_KEY]
            chosen = (keys & (shares - 1)).astype(np.uint16)
            order = np.argsort(chosen, kind="stable")
            ends = np.cumsum(np.bincount(chosen, minlength=shares))
            for file, part in zip(files, np.split(keys[order], ends[:-1]), strict=True):
                file.write(part.tobytes())
        for path, file in zip(paths, files, strict=True):
            file.close()
            yield np.fromfile(path, dtype=np.int64)
            path.unlink()


def _blocks(blocks: Sequence[Block], *, whole: bool = False) -> Iterator[NDArray[np.int64]]:
    """All hashes, some at a time, or all at once; chunks may be as small as a row."""
    import numpy as np

    if whole:
        parts = list(_blocks(blocks))
        yield np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
        return
    ends: dict[Path, int] = {}
    for block in blocks:
        ends[block.path] = max(ends.get(block.path, 0), block.start + block.lines)
    for path, end in ends.items():
        for start in range(0, end, _BLOCK):
            yield _read(path, start, min(_BLOCK, end - start))


def _read(path: Path, start: int, count: int) -> NDArray[np.int64]:
    import numpy as np

    return np.fromfile(path, dtype=np.int64, count=count, offset=start * 8)
