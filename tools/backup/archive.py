"""An archive of one database: made by pg_dump, looked into and loaded by pg_restore (custom format)."""

import difflib
import hashlib
from pathlib import Path

from tools.backup import postgres
from tools.backup.settings import Database, Login, Settings


def dump(settings: Settings, database: Database, file: Path, snapshot: str) -> None:
    """Dump a database as its owner, at a snapshot that another session holds.

    Raises:
        BackupError: it failed; the file is incomplete.
    """
    flags = ("--format=custom", f"--snapshot={snapshot}", "--lock-wait-timeout=60s", f"--file={file}")
    postgres.run(settings, "pg_dump", *flags, f"--dbname={database.name}", login=database.owner)


def tables(settings: Settings, file: Path) -> str:
    """The archive's table of contents; it names every table that has data as `TABLE DATA <schema> <name> <owner>`.

    Raises:
        BackupError: it is no archive, or is cut off before its end of contents.
    """
    return postgres.run(settings, "pg_restore", "--list", str(file))


def load(settings: Settings, file: Path, database: str, owner: Login) -> None:
    """Load it into an empty database, everything owned by `owner`; the first error ends it.

    Raises:
        BackupError: it failed; the database is incomplete.
    """
    flags = ("--exit-on-error", "--no-owner", f"--role={owner.user}", f"--dbname={database}")
    postgres.run(settings, "pg_restore", *flags, str(file), login=settings.admin)


def schema_of(settings: Settings, file: Path) -> list[str]:
    """The statements of an archive's schema."""
    return _statements(postgres.run(settings, "pg_restore", "--schema-only", "--no-owner", "--file=-", str(file)))


def schema_in(settings: Settings, database: str) -> list[str]:
    """The same of a living database."""
    flags = ("--schema-only", "--no-owner", f"--dbname={database}")
    return _statements(postgres.run(settings, "pg_dump", *flags, login=settings.admin))


def schema_digest(statements: list[str]) -> str:
    """SHA-256 of the statements."""
    return hashlib.sha256("\n".join(statements).encode()).hexdigest()


def schema_differences(wanted: list[str], there: list[str]) -> list[str]:
    """The lines that differ, at most 20."""
    lines = difflib.unified_diff(wanted, there, "backup", "restored", lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))][:20]


def _statements(text: str) -> list[str]:
    """Without comments and blank lines, the random key around the whole, and what an archive does after its data."""
    skipped = ("--", "\\restrict", "\\unrestrict", "REFRESH MATERIALIZED VIEW ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith(skipped)]
