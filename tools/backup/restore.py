"""`restore`: both databases and the storage from a backup.

Everything is built and compared beside what is there: new databases under names of their own, the storage in a folder
of its own. Then all databases change names in one transaction, and the storage's folders are moved. Until then nothing
in use is touched; afterwards the old ones are still there, under a dated name.
"""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from tools.backup import copies, facts, folder, postgres, storage, swap, verify
from tools.backup.create import Say
from tools.backup.errors import BackupError
from tools.backup.manifest import Manifest
from tools.backup.postgres import Connection
from tools.backup.settings import Database, Settings
from tools.backup.swap import Target


def restore(
    settings: Settings, name: str, say: Say, *, confirmed: bool, drop_old_ones: bool, only: str | None = None
) -> None:
    """Put a backup in the place of what is there; with `only`, one database of it and nothing else.

    Raises:
        BackupError: refused or failed; what is in use was not changed.
    """
    with folder.locked(settings.folder):
        path = folder.choose(settings.folder, name)
        made = verify.checked(settings, path)
        say(f"{path.name} is good: made {made.created_at} by opsflows {made.versions.get('opsflows')}")
        stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        targets = _targets(settings, made, stamp, only)
        fresh = None if only else settings.storage / f".restore-{stamp}"
        _refuse(settings, targets, with_storage=fresh is not None, confirmed=confirmed)
        _clear_leftovers(settings)
        _replace(settings, path, made, targets, fresh, say)
        if drop_old_ones:
            swap.drop_old(settings, say)


def _targets(settings: Settings, made: Manifest, stamp: str, only: str | None) -> list[Target]:
    """What will be replaced: every database of the backup, or the one that was asked for.

    Raises:
        BackupError: settings and backup do not name the same databases, or none of that name.
    """
    ours, theirs = {database.name for database in settings.databases}, {entry.name for entry in made.databases}
    if ours != theirs:
        raise BackupError(
            f"The backup holds {sorted(theirs)}, the settings name {sorted(ours)}. Give --databases to fit."
        )
    with postgres.connected(settings, copies.MAINTENANCE, settings.admin) as server:
        chosen = [database for database in settings.databases if only in (None, database.name)]
        if not chosen:
            raise BackupError(f"There is no database {only} in the backup. Name one of: {', '.join(sorted(theirs))}.")
        return [_target(settings, server, database, stamp) for database in chosen]


def _target(settings: Settings, server: Connection, database: Database, stamp: str) -> Target:
    exists = bool(copies.named(server, database.name))
    new, old = f"{database.name}_restore_{stamp}", f"{database.name}_before_{stamp}"
    return Target(database, new, old, exists, empty=not exists or _is_empty(settings, database.name))


def _is_empty(settings: Settings, name: str) -> bool:
    with postgres.connected(settings, name, settings.admin) as conn:
        return facts.is_empty(conn)


def _refuse(settings: Settings, targets: list[Target], *, with_storage: bool, confirmed: bool) -> None:
    with postgres.connected(settings, copies.MAINTENANCE, settings.admin) as server:
        used = [f"{target.database.name} ({who})" for target in targets if (who := _sessions(server, target))]
    if used:
        raise BackupError(
            f"In use: {', '.join(used)}. Stop Kestra and whatever else is connected; nothing was changed."
        )
    full = [target.database.name for target in targets if not target.empty]
    full += [str(settings.storage)] if with_storage and storage.ours(settings.storage) else []
    if full and not confirmed:
        raise BackupError(f"Not empty: {', '.join(full)}. Give --yes to replace them; the old ones are kept.")


def _sessions(server: Connection, target: Target) -> str:
    """Who is connected; our own sessions, closed a moment ago, may still be listed."""
    found = postgres.rows(
        server,
        "select string_agg(distinct coalesce(nullif(application_name, ''), usename, 'somebody'), ', ')"
        " from pg_stat_activity where datname = %s and backend_type = 'client backend' and application_name <> %s",
        [target.database.name, postgres.APPLICATION],
    )
    return str(found[0][0] or "")


def _clear_leftovers(settings: Settings) -> None:
    """Remove what a killed restore had prepared; nobody uses it."""
    with postgres.connected(settings, copies.MAINTENANCE, settings.admin) as server:
        for database in settings.databases:
            copies.drop(server, copies.named(server, f"{re.escape(database.name)}_restore_{swap.STAMP}"))
    for path in settings.storage.glob(".restore-*"):
        shutil.rmtree(path)


def _replace(
    settings: Settings, path: Path, made: Manifest, targets: list[Target], fresh: Path | None, say: Say
) -> None:
    try:
        _build(settings, path, made, targets, fresh, say)
        with postgres.connected(settings, copies.MAINTENANCE, settings.admin) as server:
            swap.databases(server, targets)
    except BaseException:
        _clear_leftovers(settings)
        raise
    if fresh:
        swap.storage_root(settings.storage, fresh)
    swap.drop_empty(settings, targets)
    kept = [target.old for target in targets if target.exists and not target.empty]
    say(f"restored {path.name}" + (f"; kept {', '.join(kept)}: restore --drop-old removes them" if kept else ""))


def _build(settings: Settings, path: Path, made: Manifest, targets: list[Target], fresh: Path | None, say: Say) -> None:
    found = []
    wanted = {entry.name: entry for entry in made.databases}
    for target in targets:
        found += copies.build(settings, target.database, wanted[target.database.name], path, target.new)
        say(f"{target.database.name}: loaded")
    if fresh:
        storage.unpack(path, fresh)
        found += storage.differences(path, fresh)
        say(f"storage: {made.storage.files:,} files unpacked")
    if found:
        raise BackupError(f"What was restored differs from the backup; nothing was changed: {'; '.join(found[:10])}")
