"""Apply the numbered migrations of namespace_files/sql/migrations, each in one transaction.

An advisory lock lets one run at a time; each file's SHA-256 is recorded, and a file that was edited after it was
applied is refused before anything runs. Applying twice is a no-op.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from kit import db, files, task
from kit.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from kit.db import Connection

_NAME: Final = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, name, text and checksum."""

    version: int
    name: str
    sql: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did: names applied now, and the version that the schema has afterwards (0 when empty)."""

    applied: list[str] = field(default_factory=list)
    version: int = 0


def apply(dsn: str | None = None, folder: Path | None = None) -> Report:
    """Apply what is missing, in order.

    Args:
        dsn: libpq DSN; default: the setting OPSFLOWS_PG_DSN.
        folder: the migrations; default: those of this release.

    Raises:
        ConfigurationError: an applied file was edited or removed, a name is wrong, or numbers repeat.
    """
    migrations = read(folder or files.namespace_folder("sql/migrations"))
    with closing(db.connect(dsn, statement_s=0)) as conn, db.advisory_lock(conn, "kit:migrations", wait_s=300):
        db.execute(conn, db.own_sql("migrations_table"))
        recorded = {row["version"]: row for row in db.fetch_all(conn, db.own_sql("migrations_read"))}
        _check(migrations, recorded)
        missing = [migration for migration in migrations if migration.version not in recorded]
        for migration in missing:
            _apply_one(conn, migration)
    versions = [*recorded, *(migration.version for migration in missing)]
    return Report([migration.name for migration in missing], max(versions, default=0))


def missing(dsn: str | None = None, folder: Path | None = None) -> list[str]:
    """The names of the migrations that the database lacks; changes nothing.

    Raises:
        ConfigurationError: as `apply`, or nothing was ever applied there.
    """
    migrations = read(folder or files.namespace_folder("sql/migrations"))
    with closing(db.connect(dsn)) as conn:
        recorded = {row["version"]: row for row in db.fetch_all(conn, db.own_sql("migrations_read"))}
    _check(migrations, recorded)
    return [migration.name for migration in migrations if migration.version not in recorded]


def read(folder: Path) -> list[Migration]:
    """Read the migrations of a folder, in order.

    Raises:
        ConfigurationError: a file is not named `NNNN_name.sql`, or a number repeats.
    """
    migrations: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.fullmatch(path.name)
        if not match or int(match[1]) in migrations:
            raise ConfigurationError(
                f"{path.name} is not named NNNN_name.sql with a number of its own.", next_action="Rename the file."
            )
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        migrations[int(match[1])] = Migration(int(match[1]), path.name, content.decode(), digest)
    return list(migrations.values())


def _check(migrations: list[Migration], recorded: dict[int, db.Row]) -> None:
    """Refuse to go on from a history that differs from the files.

    A recorded version that has no file here is a newer release's, and left alone: a rollback keeps the schema.
    """
    for migration in migrations:
        row = recorded.get(migration.version)
        if row and row["sha256"] != migration.sha256:
            raise ConfigurationError(
                f"The migration {migration.name} was edited after it was applied (as {row['name']}).",
                code="migration_edited",
                next_action="Restore the file, and put the change into a new migration.",
            )
    newest = max(recorded, default=0)
    late = [m.name for m in migrations if m.version not in recorded and m.version < newest]
    if late:
        raise ConfigurationError(
            f"The migration {late[0]} comes before one that was already applied.",
            code="migration_out_of_order",
            next_action="Give it the next free number.",
        )


def _apply_one(conn: Connection, migration: Migration) -> None:
    with db.transaction(conn):
        db.execute(conn, migration.sql)
        params = {"version": migration.version, "name": migration.name, "sha256": migration.sha256}
        db.execute(conn, db.own_sql("migrations_record"), params)


class Inputs(task.TaskInputs):
    """The task has no inputs; the database is the setting OPSFLOWS_PG_DSN."""


def run(_inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Migrate and report: `applied` (names), `version`."""
    report = apply()
    ctx.counter("migrations_applied", len(report.applied))
    return {"applied": report.applied, "version": report.version}


if __name__ == "__main__":
    task.main(Inputs, run)
