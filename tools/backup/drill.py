"""`drill`: restore a backup into scratch databases and a scratch folder, compare all of it, report, drop it."""

import json
import re
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from tools.backup import copies, folder, postgres, storage, verify
from tools.backup.errors import BackupError
from tools.backup.manifest import Dumped, Manifest
from tools.backup.settings import Database, Settings


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the drill: what, how much of it, how long in seconds."""

    what: str
    size: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """What was restored and how it differs from what was backed up; no difference means that the backup is good."""

    backup: str
    at: str
    steps: list[Step]
    differences: list[str]

    def text(self) -> str:
        """For people."""
        lines = [f"{step.what:<20} {step.size:<32} {step.seconds:8.1f} s" for step in self.steps]
        total = sum(step.seconds for step in self.steps)
        verdict = f"{len(self.differences)} differences" if self.differences else "equal to what was backed up"
        return "\n".join(
            [f"Drill of {self.backup}", *lines, f"{'in all':<53} {total:8.1f} s", *self.differences, verdict]
        )

    def json(self) -> str:
        """For machines."""
        return json.dumps(asdict(self), ensure_ascii=False)


def drill(settings: Settings, name: str, scratch: Path) -> Report:
    """Try out a backup; nothing in use is touched.

    Raises:
        BackupError: it could not even be restored.
    """
    with folder.locked(settings.folder):
        path = folder.choose(settings.folder, name)
        begun = time.monotonic()
        made = verify.checked(settings, path)
        steps = [Step("verify", f"{made.size / 1e6:,.1f} MB", _since(begun))]
        _clear_leftovers(settings)
        found = _databases(settings, path, made, steps) + _storage(path, made, scratch, steps)
        return Report(path.name, datetime.now(UTC).isoformat(timespec="seconds"), steps, found)


def _databases(settings: Settings, path: Path, made: Manifest, steps: list[Step]) -> list[str]:
    known = {database.name: database for database in settings.databases}
    if missing := [entry.name for entry in made.databases if entry.name not in known]:
        raise BackupError(f"The settings do not name {', '.join(missing)}, which the backup holds. Give --databases.")
    return [found for entry in made.databases for found in _database(settings, path, entry, known[entry.name], steps)]


def _database(settings: Settings, path: Path, entry: Dumped, database: Database, steps: list[Step]) -> list[str]:
    begun = time.monotonic()
    name = f"{database.name}_drill_{datetime.now(UTC):%Y%m%d%H%M%S}"
    try:
        found = copies.build(settings, database, entry, path, name)
    finally:
        with postgres.connected(settings, copies.MAINTENANCE, settings.admin) as server:
            copies.drop(server, [name])
    rows = sum(table.rows for table in entry.facts.tables.values())
    steps.append(Step(entry.name, f"{len(entry.facts.tables)} tables, {rows:,} rows", _since(begun)))
    return found


def _storage(path: Path, made: Manifest, scratch: Path, steps: list[Step]) -> list[str]:
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="opsflows-drill-", dir=scratch) as target:
        storage.unpack(path, Path(target))
        found = storage.differences(path, Path(target))
    size = f"{made.storage.files:,} files, {made.storage.size / 1e6:,.1f} MB"
    steps.append(Step("storage", size, _since(begun)))
    return found


def _clear_leftovers(settings: Settings) -> None:
    """Drop the scratch databases of a killed drill."""
    with postgres.connected(settings, copies.MAINTENANCE, settings.admin) as server:
        for database in settings.databases:
            copies.drop(server, copies.named(server, rf"{re.escape(database.name)}_drill_\d{{14}}"))


def _since(begun: float) -> float:
    return time.monotonic() - begun
