"""Putting what a restore built into its place, keeping what was there, and dropping that later."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import psycopg2.errors
from psycopg2 import sql

from tools.backup import copies, postgres, storage
from tools.backup.create import Say
from tools.backup.errors import BackupError
from tools.backup.postgres import Connection
from tools.backup.settings import Database, Settings

STAMP = r"\d{14}"


@dataclass(frozen=True, slots=True)
class Target:
    """A database that will be replaced: its new and its old name, whether it is there, and whether it holds tables."""

    database: Database
    new: str
    old: str
    exists: bool
    empty: bool


def databases(server: Connection, targets: list[Target]) -> None:
    """Change all names in one transaction.

    Raises:
        BackupError: somebody connected meanwhile; no name was changed.
    """
    pairs = [(target.database.name, target.old) for target in targets if target.exists]
    pairs += [(target.new, target.database.name) for target in targets]
    try:
        postgres.execute(server, "begin")
        for old, new in pairs:
            rename = sql.SQL("alter database {} rename to {}").format(sql.Identifier(old), sql.Identifier(new))
            postgres.execute(server, rename)
        postgres.execute(server, "commit")
    except psycopg2.errors.ObjectInUse as error:
        postgres.execute(server, "rollback")
        raise BackupError(
            f"{error}Somebody connected meanwhile. Stop it and run restore again; nothing changed."
        ) from None


def storage_root(root: Path, fresh: Path) -> None:
    """Move what is there aside and what is new into its place. The root itself may be a mount point.

    Raises:
        BackupError: a folder cannot be moved.
    """
    there = storage.ours(root)
    old = fresh.with_name(fresh.name.replace(".restore-", ".before-"))
    try:
        if there:
            old.mkdir(mode=0o700)
        for path in there:
            path.rename(old / path.name)
        for path in sorted(fresh.iterdir()):
            path.rename(root / path.name)
        fresh.rmdir()
    except OSError as error:
        raise BackupError(
            f"The databases are restored, the storage is not ({error}). Mend that and run restore again with --yes."
        ) from None


def drop_empty(settings: Settings, targets: list[Target]) -> None:
    """Drop the old databases that held nothing, such as those of a new server."""
    with postgres.connected(settings, copies.MAINTENANCE, settings.admin) as server:
        copies.drop(server, [target.old for target in targets if target.exists and target.empty])


def drop_old(settings: Settings, say: Say) -> None:
    """Drop what earlier restores kept: databases `<name>_before_<time>` and folders `.before-<time>` of the storage."""
    with postgres.connected(settings, copies.MAINTENANCE, settings.admin) as server:
        names = [name for database in settings.databases for name in _kept(server, database)]
        copies.drop(server, names)
    folders = sorted(settings.storage.glob(".before-*"))
    for path in folders:
        shutil.rmtree(path)
    kept = [*names, *(str(path) for path in folders)]
    say(f"dropped {', '.join(kept)}" if kept else "nothing was kept by an earlier restore")


def _kept(server: Connection, database: Database) -> list[str]:
    return copies.named(server, f"{re.escape(database.name)}_before_{STAMP}")
