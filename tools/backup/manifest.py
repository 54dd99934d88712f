"""manifest.json: what a backup consists of and what must come out of it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools.backup.errors import BackupError
from tools.backup.facts import Facts, Shape, Table

FILE = "manifest.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Dumped:
    """One database: its archive, and what must be in the database that is made from it."""

    name: str
    file: str
    schema_sha256: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Stored:
    """Kestra's storage: number and bytes of its files; paths that vanished or grew while they were read."""

    file: str
    listing: str
    files: int
    size: int
    vanished: list[str]
    changed: list[str]


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the backup, in bytes."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The whole; `versions` says which opsflows, Kestra and PostgreSQL made it."""

    name: str
    created_at: str
    seconds: float
    versions: dict[str, str]
    databases: list[Dumped]
    storage: Stored
    parts: dict[str, Part]

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts.values())


def write(folder: Path, manifest: Manifest) -> None:
    """Write it; the caller sees to it that it reaches the disk."""
    text = json.dumps({"format": FORMAT} | asdict(manifest), indent=1, ensure_ascii=False)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def load(folder: Path) -> Manifest:
    """Read the manifest of a backup.

    Raises:
        BackupError: it is missing, broken, or of a later format.
    """
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if found.pop("format") != FORMAT:
            raise BackupError(f"{folder.name} has another format. Use the release of opsflows that made it.")
        return _manifest(found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(f"{folder.name}: its manifest is unreadable ({error}). Choose another backup.") from None


def part(path: Path) -> Part:
    """Size and SHA-256 of a file."""
    with path.open("rb") as file:
        return Part(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def _manifest(found: dict[str, Any]) -> Manifest:
    databases = [Dumped(**entry | {"facts": _facts(entry["facts"])}) for entry in found["databases"]]
    parts = {_plain(name): Part(**entry) for name, entry in found["parts"].items()}
    return Manifest(**found | {"databases": databases, "storage": Stored(**found["storage"]), "parts": parts})


def _facts(found: dict[str, Any]) -> Facts:
    tables = {name: Table(**entry) for name, entry in found["tables"].items()}
    return Facts(**found | {"tables": tables, "shape": Shape(**found["shape"])})


def _plain(name: str) -> str:
    """A name that stays inside the backup's folder."""
    if Path(name).name != name:
        raise ValueError(f"{name!r} leaves the folder")
    return name
