"""The folder of backups: one command at a time, drafts, publication, rotation.

A backup is a folder named by its time (UTC). It is written as a draft, whose name begins with a dot, and gets its name
when it is whole, checked and on the disk. So what has a name is a backup, whatever was killed when.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from tools.backup.errors import BackupError

_NAME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)(?:-(\d+))?")
_DRAFT = ".incomplete-"


@contextmanager
def locked(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the folder; the kernel lets go of it when this process ends, however it ends.

    Raises:
        BackupError: it is not there, or another command holds it.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise BackupError(
            f"{folder} cannot be opened ({error.strerror}). Make it, or name another with --folder."
        ) from None
    try:
        _lock(descriptor, folder, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path, kind: int) -> None:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BackupError(f"Another backup, restore or drill works in {folder}. Wait until it has ended.") from None


def names(folder: Path) -> list[str]:
    """The backups, oldest first."""
    return [name for _, _, name in _found(folder)]


def _found(folder: Path) -> list[tuple[str, int, str]]:
    """Time, number within its second and name of each backup, oldest first."""
    matches = (_NAME.fullmatch(path.name) for path in folder.iterdir() if path.is_dir())
    return sorted((match[1], int(match[2] or 1), match[0]) for match in matches if match)


def choose(folder: Path, name: str) -> Path:
    """The folder of a backup; `latest` is the newest.

    Raises:
        BackupError: there is no such backup.
    """
    there = names(folder)
    if name == "latest" and there:
        return folder / there[-1]
    if name not in there:
        raise BackupError(
            f"There is no backup {name} in {folder}. There are: {', '.join(there) or 'none; run create'}."
        )
    return folder / name


@contextmanager
def draft(folder: Path) -> Iterator[Path]:
    """An empty folder to write into; removed at the end unless it was published. Drafts of killed runs go, too."""
    for left in folder.glob(f"{_DRAFT}*"):
        shutil.rmtree(left)
    path = folder / f"{_DRAFT}{os.getpid()}"
    try:
        path.mkdir(mode=0o700)
    except OSError as error:
        raise BackupError(f"{folder} is not writable ({error.strerror}). Give it to the user that backs up.") from None
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def new_name(folder: Path, now: datetime) -> str:
    """A name that is free and later than those of the same second, of which rotation may have taken the first."""
    stamp = now.astimezone(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    last = max((number for second, number, _ in _found(folder) if second == stamp), default=0)
    return f"{stamp}-{last + 1}" if last else stamp


def publish(path: Path, name: str) -> Path:
    """Make the draft a backup: first everything reaches the disk, then the name."""
    for file in path.iterdir():
        _sync(file)
    _sync(path)
    final = path.rename(path.with_name(name))
    _sync(final.parent)
    return final


def rotate(folder: Path, keep: int, is_good: Callable[[Path], bool]) -> list[str]:
    """Delete all but the newest `keep` backups; returns what was deleted.

    Raises:
        BackupError: none of those that would stay is good; nothing was deleted.
    """
    there = names(folder)
    going, staying = there[:-keep], there[-keep:]
    if going and not any(is_good(folder / name) for name in reversed(staying)):
        raise BackupError(
            f"None of the newest {keep} backups is good, so no older one was deleted. Run create, then prune."
        )
    for name in going:
        _delete(folder / name)
    return going


def _delete(path: Path) -> None:
    """Take the name away first, so that a half deleted one is no backup."""
    shutil.rmtree(path.rename(path.with_name(f"{_DRAFT}{path.name}")))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def free_bytes(folder: Path) -> int:
    """Bytes that may still be written there."""
    return shutil.disk_usage(folder).free


def remove_quietly(path: Path) -> None:
    """Remove a folder that nobody needs any more."""
    with suppress(OSError):
        shutil.rmtree(path)
