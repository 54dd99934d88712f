"""The files of another release, from its tag, in a temporary folder."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tools.release import edits
from tools.replay.errors import ReplayError

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEEDED: Final = ("scripts", "namespace_files")


@contextmanager
def of_release(root: Path, version: str) -> Iterator[Path]:
    """Unpack the tag of a release; the folder is gone afterwards, and the repository is as it was.

    Args:
        root: a checkout with the tags.
        version: `x.y.z`.

    Raises:
        ReplayError: it is no version, or there is no such tag.
    """
    try:
        tag = f"v{edits.parse(version)}"
    except edits.EditError as error:
        raise ReplayError(str(error)) from error
    made = subprocess.run(
        ["git", "-C", str(root), "archive", "--format=tar", tag, "--", *_NEEDED], capture_output=True, check=False
    )
    if made.returncode:
        raise ReplayError(f"There is no release {version} here. `git fetch --tags`, then `git tag` lists them.")
    with tempfile.TemporaryDirectory(prefix="opsflows-replay-") as folder:
        with tarfile.open(fileobj=io.BytesIO(made.stdout)) as packed:
            packed.extractall(folder, filter="data")
        yield Path(folder).resolve()


def of_folder(folder: Path) -> Path:
    """A checkout that is there.

    Raises:
        ReplayError: it is none.
    """
    if not all((folder / name).is_dir() for name in _NEEDED):
        raise ReplayError(f"{folder} is no checkout: it has no {' or no '.join(_NEEDED)}.")
    return folder.resolve()
