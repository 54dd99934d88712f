"""Postgres: connection, version, migrations, rights and the difference of the clocks. Reads only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from kit import db, files
from platform_tasks import migrate
from tools.doctor.model import Finding, absent, attention, ok, wrong
from tools.doctor.trouble import Advice, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.doctor.surroundings import Surroundings

NAME = "postgres"
TITLE = "Postgres"
LEAST_VERSION: Final = 15
_SKEW_S: Final = 5.0
_DEPLOY = "Deploy (it migrates first), or run the flow schema_migrate."
_NO_ANSWER = "setup/postgres.md#no-answer"
ADVICE: Mapping[str, Advice] = {
    Trouble.DNS: Advice(
        "The host in OPSFLOWS_PG_DSN is unknown here.",
        "A name such as postgres exists inside compose's network only: run the doctor there, or the flow deploy_smoke.",
        "setup/postgres.md#name-unknown",
    ),
    Trouble.REFUSED: Advice(
        "Nothing answers at the host and port of OPSFLOWS_PG_DSN.",
        "Start Postgres, and check host, port and firewall.",
        _NO_ANSWER,
    ),
    Trouble.TIMEOUT: Advice(
        "Postgres does not answer in time.",
        "Look for a firewall that drops packets, and whether the server is overloaded.",
        _NO_ANSWER,
    ),
    Trouble.TLS: Advice(
        "The connection cannot be encrypted as OPSFLOWS_PG_DSN demands: {error}",
        "Correct sslmode and sslrootcert in OPSFLOWS_PG_DSN, or the server's certificate.",
        "setup/postgres.md#encryption",
    ),
    Trouble.AUTHENTICATION: Advice(
        "Postgres does not accept user and password.",
        "Check the user in OPSFLOWS_PG_DSN and the password in secrets/OPSFLOWS_DB_PASSWORD.",
        "setup/postgres.md#password-refused",
    ),
    Trouble.SETTING: Advice(
        "OPSFLOWS_PG_DSN cannot be used: {error}",
        "Create the database and user that it names, or correct it.",
        "setup/postgres.md#database",
    ),
    Trouble.PERMISSION: Advice(
        "The database user may not read our tables: {error}",
        "Make it the owner of the schemas ops, tickets and leads.",
        "setup/postgres.md#rights",
    ),
    Trouble.DOWN: Advice(
        "Postgres is starting, stopping or out of connections: {error}",
        "Wait a moment; if it persists, look at its log and at max_connections.",
        _NO_ANSWER,
    ),
}
_ABOUT: Final = """
    select current_setting('server_version_num')::int as number, current_setting('server_version') as version,
           pg_is_in_recovery() or current_setting('default_transaction_read_only')::bool as read_only,
           current_user as "user", current_database() as database,
           has_database_privilege(current_database(), 'CREATE') as may_create,
           extract(epoch from clock_timestamp())::float8 as clock
"""
_FORBIDDEN: Final = """
    select n.nspname || '.' || c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('ops', 'tickets', 'leads') and c.relkind in ('r', 'p')
      and not (has_schema_privilege(n.oid, 'USAGE')
               and has_table_privilege(c.oid, 'SELECT') and has_table_privilege(c.oid, 'INSERT')
               and has_table_privilege(c.oid, 'UPDATE') and has_table_privilege(c.oid, 'DELETE'))
    order by 1
"""
_COUNTED: Final = """
    select to_regclass('pg_stat_statements') is not null as made,
           exists (select from pg_available_extensions where name = 'pg_stat_statements') as available,
           current_setting('pg_stat_statements.max', true) is not null as loaded
"""
_MIGRATED: Final = "select to_regclass('ops.schema_migrations') is not null as there"


def examine(where: Surroundings) -> Iterator[Finding]:
    """Connect once, then ask the catalogue."""
    if not where.settings.pg_dsn:
        text = "OPSFLOWS_PG_DSN is not set here; Docker Compose gives it to the containers only."
        action = "There, each deploy's smoke check looks at it. For a server of your own, set the variable."
        yield absent("dsn", text, action, "setup/postgres.md")
        return
    seconds = where.remaining_s
    with db.connect(where.settings.pg_dsn, connect_s=max(2, int(seconds / 2)), statement_s=seconds / 2) as conn:
        before = time.time()
        about = db.fetch_one(conn, _ABOUT) or {}
        yield _version(about)
        yield from _writable(about)
        yield from _clock(about, before, time.time())
        yield _migrations(conn)
        yield from _rights(conn, about)
        yield from _counted(conn)


def _version(about: Mapping[str, Any]) -> Finding:
    text = f"Version {about['version']}, database {about['database']}, user {about['user']}."
    if about["number"] < LEAST_VERSION * 10_000:
        action = f"Upgrade to version {LEAST_VERSION} or newer; docker-compose starts 18."
        return wrong("version", text, action, "setup/postgres.md#version")
    return ok("version", text)


def _writable(about: Mapping[str, Any]) -> Iterator[Finding]:
    if about["read_only"]:
        action = "Point OPSFLOWS_PG_DSN to the primary (target_session_attrs=read-write with several hosts)."
        yield wrong("read_only", "The server takes no writes: it is a standby.", action, "setup/postgres.md#read-only")


def _counted(conn: db.Connection) -> Iterator[Finding]:
    """Nothing is said of a server that cannot count statements, as the embedded one."""
    found = db.fetch_one(conn, _COUNTED) or {}
    if found.get("made") and found.get("loaded"):
        yield ok("statements", "pg_stat_statements counts what statements cost.")
    elif found.get("available"):
        action = "Preload it, restart Postgres, and run 10-databases.sh again."
        text = "pg_stat_statements is not on, so slow_queries has nothing to report."
        yield attention("statements", text, action, "setup/postgres.md#statements")


def _clock(about: Mapping[str, Any], before: float, after: float) -> Iterator[Finding]:
    """The server read its clock between the two moments, so what lies outside of them is a difference."""
    clock = float(about["clock"])
    skew = max(before - clock, clock - after, 0.0)
    if skew > _SKEW_S:
        text = f"The clocks of this machine and of Postgres differ by {skew:.0f} s: leases end early or late."
        yield attention("clock", text, "Let both machines keep their time by NTP.", "setup/postgres.md#clock")


def _migrations(conn: db.Connection) -> Finding:
    page = "setup/postgres.md#migrations"
    wanted = migrate.read(files.namespace_folder("sql/migrations"))
    there = db.fetch_one(conn, _MIGRATED) or {}
    if not there.get("there"):
        return wrong("migrations", "The database is empty: no migration was applied.", _DEPLOY, page)
    recorded = {row["version"]: row["sha256"] for row in db.fetch_all(conn, db.own_sql("migrations_read"))}
    if missing := [migration.name for migration in wanted if migration.version not in recorded]:
        return wrong("migrations", f"Not applied: {', '.join(missing)}.", _DEPLOY, page)
    if edited := [m.name for m in wanted if recorded[m.version] != m.sha256]:
        action = "Restore the file as it was released, and put the change into a new migration."
        return wrong("migrations", f"Edited after it was applied: {', '.join(edited)}.", action, page)
    newest, ours = max(recorded), wanted[-1].version
    if newest > ours:
        text = f"The schema is at {newest}, of a newer release; this checkout knows {ours}. Older code runs on it."
        return attention("migrations", text, "Nothing, during a rollback; else check the newer release out.", page)
    return ok("migrations", f"All {len(wanted)} migrations are applied.")


def _rights(conn: db.Connection, about: Mapping[str, Any]) -> Iterator[Finding]:
    page = "setup/postgres.md#rights"
    if forbidden := [row["name"] for row in db.fetch_all(conn, _FORBIDDEN)]:
        text = f"The user {about['user']} may not read and write {', '.join(forbidden[:5])}."
        yield wrong("rights", text, "Make it the owner of the schemas ops, tickets and leads.", page)
    elif not about["may_create"]:
        text = f"The user {about['user']} may not create schemas: a migration that needs one will fail."
        yield attention("rights", text, f"grant create on database {about['database']} to the user.", page)
    else:
        yield ok("rights", "The user may read, write and migrate.")
