"""New databases from archives, under names of their own: what a restore swaps in, and what a drill compares."""

from collections.abc import Sequence
from pathlib import Path

from psycopg2 import sql

from tools.backup import after, archive, facts, postgres
from tools.backup.errors import BackupError
from tools.backup.facts import Shape
from tools.backup.manifest import Dumped
from tools.backup.postgres import Connection
from tools.backup.settings import Database, Settings

MAINTENANCE = "postgres"
_PROVIDERS = {"b": ("builtin", "builtin_locale"), "c": ("libc", None), "i": ("icu", "icu_locale")}


def build(settings: Settings, database: Database, wanted: Dumped, folder: Path, name: str) -> list[str]:
    """Create database `name` from a backup; returns how it differs from what the manifest says.

    Raises:
        BackupError: it could not be made; what there is of it is dropped.
    """
    with postgres.connected(settings, MAINTENANCE, settings.admin) as server:
        _refuse_missing_role(server, database)
        _create(server, name, database.owner.user, wanted.facts.shape)
        try:
            archive.load(settings, folder / wanted.file, name, database.owner)
            after.run(settings, database, name)
            return differences(settings, wanted, folder, name)
        except BaseException:
            drop(server, [name])
            raise


def differences(settings: Settings, wanted: Dumped, folder: Path, name: str) -> list[str]:
    """How database `name` differs from the manifest: tables, rows, contents, sequences, schema."""
    with postgres.connected(settings, name, settings.admin) as conn:
        there = facts.read(conn)
    found = _tables(wanted.facts.tables, there.tables) + _sequences(wanted.facts.sequences, there.sequences)
    schema = archive.schema_in(settings, name)
    if archive.schema_digest(schema) != wanted.schema_sha256:
        found += archive.schema_differences(archive.schema_of(settings, folder / wanted.file), schema) or [
            "its schema is not that of the manifest"
        ]
    return [f"{wanted.name}: {difference}" for difference in found]


def drop(server: Connection, names: Sequence[str]) -> None:
    """Drop databases, also when somebody looks at them."""
    for name in names:
        postgres.execute(server, sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def named(server: Connection, pattern: str) -> list[str]:
    """Databases whose whole name matches a regular expression."""
    found = postgres.rows(server, "select datname from pg_database where datname ~ %s order by 1", [f"^(?:{pattern})$"])
    return [str(name) for (name,) in found]


def _refuse_missing_role(server: Connection, database: Database) -> None:
    user = database.owner.user
    if not postgres.rows(server, "select 1 from pg_roles where rolname = %s", [user]):
        raise BackupError(
            f"The server has no role {user}. Start it once as docs/backup.md says, which makes the roles."
        )


def _create(server: Connection, name: str, owner: str, shape: Shape) -> None:
    provider, option = _PROVIDERS[shape.provider]
    clauses: list[sql.Composable] = [
        sql.SQL("create database {} owner {} template template0").format(sql.Identifier(name), sql.Identifier(owner)),
        sql.SQL("encoding {} locale_provider {}").format(sql.Literal(shape.encoding), sql.Identifier(provider)),
        sql.SQL("lc_collate {} lc_ctype {}").format(sql.Literal(shape.collate), sql.Literal(shape.ctype)),
    ]
    if option:
        clauses.append(sql.SQL("{} {}").format(sql.SQL(option), sql.Literal(shape.locale)))
    postgres.execute(server, sql.SQL(" ").join(clauses))
    for statement in _grants(sql.Identifier(name), shape.grants):
        postgres.execute(server, statement)


def _grants(name: sql.Identifier, grants: list[list[str]] | None) -> list[sql.Composable]:
    """Who may connect, as before; a new database is open to every role."""
    if grants is None:
        return []
    revoke = sql.SQL("revoke all on database {} from public").format(name)
    return [revoke, *(_grant(name, grantee, privilege) for grantee, privilege in grants)]


def _grant(name: sql.Identifier, grantee: str, privilege: str) -> sql.Composable:
    whom = sql.SQL("public") if grantee == "public" else sql.Identifier(grantee)
    return sql.SQL("grant {} on database {} to {}").format(sql.SQL(privilege), name, whom)


def _tables(wanted: dict[str, facts.Table], there: dict[str, facts.Table]) -> list[str]:
    found = [f"table {name} is missing" for name in sorted(wanted.keys() - there.keys())]
    found += [f"table {name} is too much" for name in sorted(there.keys() - wanted.keys())]
    return found + [
        f"table {name} has {there[name].rows:,} rows instead of {wanted[name].rows:,}"
        if there[name].rows != wanted[name].rows
        else f"table {name} has other contents"
        for name in sorted(wanted.keys() & there.keys())
        if there[name] != wanted[name]
    ]


def _sequences(wanted: dict[str, int], there: dict[str, int]) -> list[str]:
    """A sequence is dumped a little later than it was looked at, so it may be ahead, and never behind."""
    behind = [name for name, value in sorted(wanted.items()) if there.get(name, value - 1) < value]
    return [f"sequence {name} is at {there.get(name)} instead of {wanted[name]}" for name in behind]
