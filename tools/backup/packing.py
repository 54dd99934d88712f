"""Packing Kestra's internal storage into a tar, beside a listing with the SHA-256 of every file (JSON lines).

The storage lives while it is read. A file that vanishes is noted: Kestra deletes what nothing refers to any more. A
file that grows is kept as it was when it was opened. One that cannot be read is an error.
"""

import hashlib
import json
import os
import tarfile
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from tools.backup.errors import BackupError
from tools.backup.storage import LISTING, TAR, Entry, walk

_TRIES = 5


class Packed(NamedTuple):
    """The files that were packed, and the paths of those that vanished or grew."""

    entries: list[Entry]
    vanished: list[str]
    changed: list[str]


def pack(source: Path, target: Path) -> Packed:
    """Write the tar and its listing into the folder `target`.

    Raises:
        BackupError: a file cannot be read, is no plain file, or the disk is full.
    """
    packed = Packed([], [], [])
    try:
        with tarfile.open(target / TAR, "w", dereference=True) as tar:
            for path in walk(source):
                _add(tar, source, path, packed)
        lines = (json.dumps(entry._asdict(), ensure_ascii=False) + "\n" for entry in packed.entries)
        with (target / LISTING).open("w", encoding="utf-8", errors="surrogateescape") as file:
            file.writelines(lines)
    except OSError as error:
        where = error.filename or target
        raise BackupError(f"Storage: {error.strerror} ({where}). Mend that and run create again.") from None
    return packed


def _add(tar: tarfile.TarFile, source: Path, path: Path, packed: Packed) -> None:
    name = str(path.relative_to(source))
    try:
        if path.is_dir():
            tar.add(path, name, recursive=False)
            return
        with path.open("rb") as file:
            entry, grew = _add_file(tar, name, file)
    except FileNotFoundError:
        packed.vanished.append(name)
        return
    packed.entries.append(entry)
    if grew:
        packed.changed.append(name)


def _add_file(tar: tarfile.TarFile, name: str, file: BinaryIO) -> tuple[Entry, bool]:
    """Add an open file at the size it has now; begun again when it became shorter meanwhile."""
    for _ in range(_TRIES):
        begin = tar.offset
        reader = _Digesting(file)
        info = tar.gettarinfo(arcname=name, fileobj=file)
        if reader.add_to(tar, info):
            grew = os.fstat(file.fileno()).st_size != info.size
            return Entry(name, info.size, reader.digest.hexdigest()), grew
        _take_back(tar, begin)
    raise BackupError(
        f"Storage: {name} becomes shorter each time it is read. Find out what writes it; run create again."
    )


class _Digesting:
    """Reads a file for the tar and digests what passes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.seek(0)
        self.digest = hashlib.sha256()
        self._short = False

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size)
        self._short = len(data) < size
        self.digest.update(data)
        return data

    def add_to(self, tar: tarfile.TarFile, info: tarfile.TarInfo) -> bool:
        """Add it; False when the file ended early."""
        try:
            tar.addfile(info, self)
        except OSError:
            if self._short:
                return False
            raise
        return True


def _take_back(tar: tarfile.TarFile, begin: int) -> None:
    """Forget what was written since `begin`."""
    target: _Seekable = tar.fileobj  # type: ignore[assignment] # a plain file, opened for writing
    target.seek(begin)
    target.truncate()
    tar.offset = begin


class _Seekable(Protocol):
    def seek(self, offset: int, /) -> int: ...
    def truncate(self) -> int: ...
