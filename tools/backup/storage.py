"""Kestra's internal storage: what lies in it, unpacking a backup's tar, comparing files with a backup's listing."""

import hashlib
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tools.backup.errors import BackupError

TAR = "storage.tar"
LISTING = "storage.jsonl"
# What a restore puts aside or prepares within the storage (tools.backup.restore), and what a file system puts there.
_NOT_OURS = (".before-", ".restore-", "lost+found")


class Entry(NamedTuple):
    """One file: path within the storage, bytes, digest."""

    path: str
    size: int
    sha256: str


def walk(source: Path) -> Iterator[Path]:
    """Folders and files in one order, those of a restore left out.

    Raises:
        BackupError: something is neither a folder nor a plain file.
    """
    with os.scandir(source) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        yield from _below(entry)


def size(root: Path) -> int:
    """Bytes of all files.

    Raises:
        BackupError: it is not there or cannot be read.
    """
    found = 0
    try:
        for path in walk(root):
            with suppress(FileNotFoundError):
                found += path.lstat().st_size
    except OSError as error:
        raise BackupError(
            f"Storage: {error.strerror} ({error.filename}). Mount it there, or name another folder with --storage."
        ) from None
    return found


def ours(root: Path) -> list[Path]:
    """What lies at the top of the storage, without what a restore put aside."""
    return sorted(path for path in root.iterdir() if not path.name.startswith(_NOT_OURS))


def _below(entry: os.DirEntry[str]) -> Iterator[Path]:
    path = Path(entry.path)
    if entry.name.startswith(_NOT_OURS):
        return
    if entry.is_dir(follow_symlinks=False):
        yield path
        try:
            yield from walk(path)
        except FileNotFoundError:
            return
    elif entry.is_symlink() or not entry.is_file():
        raise BackupError(
            f"Storage: {path} is a link or a device, which a backup would miss. Put the file itself there."
        )
    else:
        yield path


def unpack(folder: Path, target: Path) -> None:
    """Unpack the tar of a backup; owners are kept when the user may give files away.

    Raises:
        BackupError: it cannot be read or written; the target is incomplete.
    """
    try:
        with tarfile.open(folder / TAR) as tar:
            tar.extractall(target, filter=_safe)  # noqa: S202 - the filter refuses what leaves the target
    except (OSError, tarfile.TarError) as error:
        raise BackupError(f"{folder.name}: the storage cannot be unpacked into {target} ({error}).") from None


def _safe(member: tarfile.TarInfo, target: str) -> tarfile.TarInfo | None:
    """Refuse paths that leave the target; keep the numeric owner and the rights of folders, which `data` drops."""
    checked = tarfile.data_filter(member, target)
    return checked and checked.replace(uid=member.uid, gid=member.gid, uname="", gname="", mode=member.mode & 0o755)


def differences(folder: Path, target: Path) -> list[str]:
    """What distinguishes the files under `target` from the listing of a backup; nothing when they are equal."""
    wanted = {entry.path: entry for entry in listing(folder)}
    there = {str(path.relative_to(target)): path for path in walk(target) if path.is_file()}
    found = [f"storage: {name} is missing" for name in sorted(wanted.keys() - there.keys())]
    found += [f"storage: {name} is too much" for name in sorted(there.keys() - wanted.keys())]
    both = sorted(wanted.keys() & there.keys())
    return found + [f"storage: {name} has other bytes" for name in both if entry(name, there[name]) != wanted[name]]


def listing(folder: Path) -> list[Entry]:
    """The files that a backup holds."""
    with (folder / LISTING).open(encoding="utf-8", errors="surrogateescape") as file:
        return [Entry(**json.loads(line)) for line in file]


def entry(name: str, path: Path) -> Entry:
    """Look at one file."""
    with path.open("rb") as file:
        return Entry(name, path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())
