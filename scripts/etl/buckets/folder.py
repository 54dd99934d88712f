"""A folder as a bucket: each file appears whole, under a name that nobody else has taken."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from etl.buckets.model import Entry, checked
from kit.errors import NotFoundError, PermissionDeniedError, RefusedInputError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

_DRAFT = ".draft-"


class FolderBucket:
    """Files below a folder."""

    def __init__(self, root: Path) -> None:
        """Keep the folder; it is made by the first file."""
        self.root = root.resolve()
        self.uri = f"file:{self.root}"

    def entries(self, prefix: str = "") -> Iterator[Entry]:
        """The files whose keys begin so; none when there is no folder yet.

        Raises:
            RefusedInputError: the beginning leads out of the folder (code `key_refused`).
        """
        begin, found = (self.root / prefix.rpartition("/")[0]).resolve(), []
        if not begin.is_relative_to(self.root):
            raise RefusedInputError(f"{prefix} leads out of {self.uri}.", code="key_refused")
        for folder, _folders, names in os.walk(begin):
            for name in names:
                path = Path(folder, name)
                key = path.relative_to(self.root).as_posix()
                if key.startswith(prefix) and not name.startswith(_DRAFT):
                    found.append(Entry(key, path.stat().st_size))
        yield from sorted(found)

    def path(self, key: str) -> Path:
        """Where a file lies.

        Raises:
            RefusedInputError: the key leads out of the folder, over a link too (code `key_refused`).
            NotFoundError: it is not there.
        """
        path = (self.root / checked(key)).resolve()
        if not path.is_relative_to(self.root):
            raise RefusedInputError(f"{key} leads out of {self.uri}.", code="key_refused")
        if not path.is_file():
            raise NotFoundError(f"There is no file {key} in {self.uri}.", code="file_missing")
        return path

    def fetch(self, key: str, path: Path) -> None:
        """Copy a file."""
        try:
            shutil.copyfile(self.path(key), path)
        except OSError as error:
            raise _mapped(error, key) from error

    def put(self, key: str, content: bytes | Path, *, once: bool = False) -> bool:
        """Write a file beside its place and move it there."""
        path = self.root / checked(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=_DRAFT, delete=False) as draft:
                try:
                    return _write(draft.name, path, content, once=once)
                finally:
                    with suppress(FileNotFoundError):
                        Path(draft.name).unlink()
        except OSError as error:
            raise _mapped(error, key) from error


def _write(draft: str, path: Path, content: bytes | Path, *, once: bool) -> bool:
    with Path(draft).open("wb") as file:
        if isinstance(content, Path):
            with content.open("rb") as given:
                shutil.copyfileobj(given, file)
        else:
            file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(draft).chmod(0o640)
    if not once:
        Path(draft).replace(path)
        return True
    try:
        path.hardlink_to(draft)  # unlike a rename it fails when somebody was faster
    except FileExistsError:
        return False
    return True


def _mapped(error: OSError, key: str) -> Exception:
    kinds = {FileNotFoundError: NotFoundError, PermissionError: PermissionDeniedError}
    kind = next((ours for theirs, ours in kinds.items() if isinstance(error, theirs)), UnavailableError)
    return kind(f"{key}: {error.strerror}.", provider="folder")
