"""Where things lie and who may log in, from flags and environment."""

import argparse
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.backup.errors import BackupError

# In the order in which they are backed up; docs/backup.md says why Kestra's comes first.
DATABASES = "kestra:kestra:KESTRA_DB_PASSWORD,opsflows:opsflows:OPSFLOWS_DB_PASSWORD"
# Leaves room for "_restore_" and a time within PostgreSQL's 63 bytes.
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,38}")


@dataclass(frozen=True, slots=True)
class Login:
    """A role of the server and the secret that holds its password."""

    user: str
    secret: str


@dataclass(frozen=True, slots=True)
class Database:
    """A database and its owner."""

    name: str
    owner: Login


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a command needs to know; `keep` counts backups, `port` may be blank for libpq's own."""

    folder: Path
    storage: Path
    databases: tuple[Database, ...]
    host: str
    port: str
    admin: Login
    secrets: Path
    keep: int
    pg_bin: Path | None
    check_space: bool = True

    def password(self, login: Login) -> str:
        """The password of a role: file of the secrets folder, else environment variable of the same name.

        Raises:
            BackupError: there is none.
        """
        file = self.secrets / login.secret
        try:
            found = file.read_text(encoding="utf-8").rstrip("\r\n")
        except FileNotFoundError:
            found = os.environ.get(login.secret, "")
        except OSError as error:
            raise BackupError(f"{file} cannot be read ({error.strerror}). Let this user read it.") from None
        if not found:
            raise BackupError(f"The password of role {login.user} is missing. Put it into {file}.")
        return found

    def program(self, name: str) -> str:
        """Path of one of PostgreSQL's programs.

        Raises:
            BackupError: it is not there.
        """
        found = shutil.which(name, path=str(self.pg_bin) if self.pg_bin else None)
        if not found:
            raise BackupError(f"{name} was not found. Name PostgreSQL's folder of programs with --pg-bin.")
        return found


def add_flags(parser: argparse.ArgumentParser, env: Mapping[str, str]) -> None:
    """Add the flags that every command has; each has a variable of the environment as its default."""
    add = parser.add_argument
    add("--folder", type=Path, default=env.get("OPSFLOWS_BACKUP_DIR", "/backups"), help="where the backups lie")
    add("--storage", type=Path, default=env.get("OPSFLOWS_STORAGE_DIR", "/storage"), help="Kestra's internal storage")
    add("--databases", default=env.get("OPSFLOWS_BACKUP_DATABASES", DATABASES), help="name:owner:secret, in order")
    add("--host", default=env.get("PGHOST", "postgres"), help="PostgreSQL's host")
    add("--port", default=env.get("PGPORT", "5432"), help="PostgreSQL's port")
    add("--admin", default=env.get("OPSFLOWS_BACKUP_ADMIN", "postgres:POSTGRES_PASSWORD"), help="superuser:secret")
    add("--secrets", type=Path, default=env.get("OPSFLOWS_SECRETS_DIR", "/run/secrets"), help="folder of secret files")
    add("--keep", type=int, default=env.get("KEEP_BACKUPS", "7"), help="how many backups stay")
    add("--pg-bin", type=Path, default=env.get("OPSFLOWS_PG_BIN") or None, help="folder of pg_dump and pg_restore")
    add("--no-space-check", action="store_true", help="begin even when the disk looks too small")


def from_flags(flags: argparse.Namespace) -> Settings:
    """The settings that the flags say.

    Raises:
        BackupError: one of them makes no sense.
    """
    if flags.keep < 1:
        raise BackupError(f"KEEP_BACKUPS is {flags.keep}; at least one backup must stay. Set it to 1 or more.")
    return Settings(
        folder=flags.folder,
        storage=flags.storage,
        databases=_databases(flags.databases),
        host=flags.host,
        port=flags.port,
        admin=_login(flags.admin),
        secrets=flags.secrets,
        keep=flags.keep,
        pg_bin=flags.pg_bin,
        check_space=not flags.no_space_check,
    )


def _databases(text: str) -> tuple[Database, ...]:
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, login = part.partition(":")
        if not _NAME.fullmatch(name):
            raise BackupError(f"{name!r} is no name of a database here. Use a-z, 0-9 and _, at most 39 characters.")
        found.append(Database(name, _login(login)))
    if not found or len({database.name for database in found}) < len(found):
        raise BackupError("The list of databases is empty or names one twice. Write it as name:owner:secret, …")
    return tuple(found)


def _login(text: str) -> Login:
    user, _, secret = text.partition(":")
    if not user or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", secret):
        raise BackupError(f"{text!r} does not name a role and its secret. Write it as role:SECRET_NAME.")
    return Login(user, secret)
