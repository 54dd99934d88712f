"""The folder of secrets: one file each, whose name is the secret's name."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Final

FOLDER: Final = Path("secrets")
_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]*")
_FOR_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class FolderError(RuntimeError):
    """A file of secrets cannot be read or written; the message names the file and ends with the next action."""


def load(folder: Path = FOLDER) -> dict[str, str]:
    """Read every secret of a folder.

    Args:
        folder: such as `secrets/`, or `/run/secrets` in a container; one that does not exist holds nothing.

    Returns:
        Values by name, without the line break that editors put at the end; files of other names are passed over.

    Raises:
        FolderError: a file cannot be read, or is not text.
    """
    return {name: read(folder / name) for name in names(folder)}


def names(folder: Path = FOLDER) -> list[str]:
    """The secrets that have a file, sorted."""
    return sorted(path.name for path in _entries(folder) if _NAME.fullmatch(path.name) and path.is_file())


def others(folder: Path = FOLDER) -> list[str]:
    """What else lies in the folder, sorted: forgotten copies, perhaps with a secret inside."""
    known = {*names(folder), "README.md", ".gitignore", ".gitkeep"}
    return sorted(path.name for path in _entries(folder) if path.name not in known)


def read(path: Path) -> str:
    """Read one file.

    Raises:
        FolderError: it cannot be read, or is not text.
    """
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise FolderError(f"{path} is not text in UTF-8. Write the secret into it again.") from None
    except OSError as error:
        raise FolderError(f"{path} cannot be read ({error.strerror}). Give this user the right to read it.") from None


def write(path: Path, value: str) -> None:
    """Write one file that only its owner can read; what was there stays whole until the new one is complete.

    Raises:
        FolderError: it cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(value)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise FolderError(f"{path} cannot be written ({error.strerror}). Correct the folder's rights.") from None


def open_to_others(path: Path) -> bool:
    """Whether users other than the owner may read or change a file or folder."""
    return bool(path.stat().st_mode & _FOR_OTHERS)


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise FolderError(
            f"{folder} cannot be listed ({error.strerror}). Give this user the right to read it."
        ) from None
