"""`verify`: is a backup whole? Reads all its bytes; changes nothing and needs no server."""

from pathlib import Path

from tools.backup import archive, manifest
from tools.backup.errors import BackupError
from tools.backup.manifest import Dumped, Manifest
from tools.backup.settings import Settings


def problems(settings: Settings, path: Path) -> list[str]:
    """What is wrong with the backup in `path`; nothing when it is good."""
    try:
        made = manifest.load(path)
    except BackupError as error:
        return [str(error)]
    damaged = [problem for name, wanted in made.parts.items() if (problem := _damage(path / name, wanted))]
    return damaged or _incomplete(settings, path, made)


def checked(settings: Settings, path: Path) -> Manifest:
    """The manifest of a backup that is good.

    Raises:
        BackupError: it is not; nothing was changed.
    """
    if found := problems(settings, path):
        raise BackupError(f"{path.name} is not good: {'; '.join(found)}\nNothing was changed. Choose another backup.")
    return manifest.load(path)


def _damage(path: Path, wanted: manifest.Part) -> str | None:
    try:
        there = manifest.part(path)
    except OSError as error:
        return f"{path.name}: {error.strerror}"
    if there.size != wanted.size:
        return f"{path.name} has {there.size} bytes instead of {wanted.size}"
    return None if there == wanted else f"{path.name} has other bytes than when it was made"


def _incomplete(settings: Settings, path: Path, made: Manifest) -> list[str]:
    needed = {entry.file for entry in made.databases} | {made.storage.file, made.storage.listing}
    missing = [f"{name} is not in the manifest" for name in sorted(needed - made.parts.keys())]
    return missing or [problem for entry in made.databases for problem in _unlisted(settings, path, entry)]


def _unlisted(settings: Settings, path: Path, entry: Dumped) -> list[str]:
    try:
        contents = archive.tables(settings, path / entry.file)
    except BackupError as error:
        return [str(error)]
    names = [name for name in entry.facts.tables if f" TABLE DATA {name.replace('.', ' ', 1)} " not in contents]
    return [f"{entry.file} has no data of {name}" for name in names]
