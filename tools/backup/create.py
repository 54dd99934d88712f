"""`create`: both databases and the storage, in the order in which they refer to each other.

1. Kestra's database is fixed first (a snapshot), ours a moment later: what Kestra believes to be still running, ours
   knows to be done. The other way round, Kestra would know finished executions, and our ledger none of their effects.
2. The storage follows when both are dumped: a file is written before the row that names it, so every row finds its
   file, except one that was deleted in these seconds; those are listed in the manifest.
"""

import os
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tools.backup import archive, facts, folder, manifest, packing, postgres, storage, verify
from tools.backup.errors import BackupError
from tools.backup.manifest import Dumped, Manifest, Stored
from tools.backup.postgres import Connection
from tools.backup.settings import Database, Settings

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A database as it was at one moment; good while the connection's transaction is open."""

    database: Database
    conn: Connection
    snapshot_id: str


def create(settings: Settings, say: Say) -> Path:
    """Make a backup, check it, give it its name, delete what is too old; returns its folder.

    Raises:
        BackupError: it failed; no backup was added and none deleted.
    """
    with folder.locked(settings.folder), folder.draft(settings.folder) as draft:
        _refuse_a_full_disk(settings)
        made = _fill(settings, draft, say)
        if problems := verify.problems(settings, draft):
            raise BackupError(
                f"The new backup is not good: {'; '.join(problems)}. Check the disk of {settings.folder}."
            )
        final = folder.publish(draft, made.name)
        say(f"{made.name}: {made.size / 1e6:,.1f} MB in {made.seconds:.1f} s")
        for name in folder.rotate(settings.folder, settings.keep, is_good=lambda path: path == final):
            say(f"deleted {name} (KEEP_BACKUPS={settings.keep})")
        return final


def _fill(settings: Settings, draft: Path, say: Say) -> Manifest:
    begun = datetime.now(UTC)
    with _snapshots(settings) as taken:
        dumped = [_dump(settings, draft, snapshot, say) for snapshot in taken]
    stored = _store(settings, draft, say)
    made = Manifest(
        name=folder.new_name(settings.folder, begun),
        created_at=begun.isoformat(timespec="seconds"),
        seconds=round((datetime.now(UTC) - begun).total_seconds(), 1),
        versions=_versions(settings, dumped),
        databases=dumped,
        storage=stored,
        parts={path.name: manifest.part(path) for path in sorted(draft.iterdir())},
    )
    manifest.write(draft, made)
    return made


@contextmanager
def _snapshots(settings: Settings) -> Iterator[list[Snapshot]]:
    """Fix all databases within milliseconds, in their order, and hold them while they are dumped."""
    with ExitStack() as stack:
        connections = [
            stack.enter_context(postgres.connected(settings, database.name, database.owner))
            for database in settings.databases
        ]
        yield [_snapshot(*pair) for pair in zip(settings.databases, connections, strict=True)]


def _snapshot(database: Database, conn: Connection) -> Snapshot:
    postgres.execute(conn, "begin isolation level repeatable read read only")
    return Snapshot(database, conn, str(postgres.rows(conn, "select pg_export_snapshot()")[0][0]))


def _dump(settings: Settings, draft: Path, snapshot: Snapshot, say: Say) -> Dumped:
    """Dump one database and read in the same snapshot what the dump must hold; then let go of it."""
    begun = datetime.now(UTC)
    name = snapshot.database.name
    file = draft / f"{name}.dump"
    archive.dump(settings, snapshot.database, file, snapshot.snapshot_id)
    holds = facts.read(snapshot.conn)
    postgres.execute(snapshot.conn, "rollback")
    rows = sum(table.rows for table in holds.tables.values())
    say(f"{name}: {len(holds.tables)} tables, {rows:,} rows, {_since(begun):.1f} s")
    return Dumped(name, file.name, archive.schema_digest(archive.schema_of(settings, file)), holds)


def _store(settings: Settings, draft: Path, say: Say) -> Stored:
    begun = datetime.now(UTC)
    packed = packing.pack(settings.storage, draft)
    size = sum(entry.size for entry in packed.entries)
    say(f"storage: {len(packed.entries):,} files, {size / 1e6:,.1f} MB, {_since(begun):.1f} s")
    for name in packed.vanished + packed.changed:
        say(f"storage: {name} vanished or changed while it was read")
    files = len(packed.entries)
    return Stored(storage.TAR, storage.LISTING, files, size, packed.vanished, packed.changed)


def _refuse_a_full_disk(settings: Settings) -> None:
    """A dump is smaller than its database; so what databases and storage take is enough."""
    if not settings.check_space:
        return
    need = storage.size(settings.storage)
    for database in settings.databases:
        with postgres.connected(settings, database.name, database.owner) as conn:
            need += facts.size(conn)
    free = folder.free_bytes(settings.folder)
    if free < need:
        raise BackupError(
            f"{settings.folder} has {free / 1e6:,.0f} MB free and the backup may take {need / 1e6:,.0f} MB. "
            "Free space, lower KEEP_BACKUPS, or give --no-space-check."
        )


def _versions(settings: Settings, dumped: list[Dumped]) -> dict[str, str]:
    return {
        "opsflows": os.environ.get("OPSFLOWS_VERSION") or _own_version(),
        "kestra": os.environ.get("KESTRA_VERSION", "unknown"),
        "pg_dump": postgres.run(settings, "pg_dump", "--version").split()[-1],
        "server": dumped[0].facts.server,
    }


def _own_version() -> str:
    project = Path(__file__).resolve().parents[2] / "pyproject.toml"
    if not project.exists():
        return "unknown"
    return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])


def _since(begun: datetime) -> float:
    return (datetime.now(UTC) - begun).total_seconds()
