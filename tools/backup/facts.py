"""What a database holds: rows and a digest of each table, its sequences, and how it was created."""

from dataclasses import dataclass
from typing import Any

from psycopg2 import sql

from tools.backup.postgres import Connection, rows

# Views and materialised views hold nothing of their own; partitions count, the tables above them do not. An
# extension's tables come with the extension.
_TABLES = """
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
  and not exists (
    select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by 1, 2
"""
# The sum does not depend on the order of rows. sha256 rather than PostgreSQL's own hash functions, which may change
# from one major version to the next; 64 bits of it are plenty against chance.
_DIGEST = """
select count(*), coalesce(sum(
    ('x' || left(encode(sha256(convert_to((t.*)::text, 'UTF8')), 'hex'), 16))::bit(64)::bigint::numeric), 0)::text
from only {} t
"""
_SEQUENCES = (
    "select schemaname || '.' || sequencename, last_value from pg_sequences where last_value is not null order by 1"
)
_SHAPE = """
select pg_encoding_to_char(encoding), datlocprovider, datcollate, datctype, to_jsonb(d)->>'datlocale',
       (select jsonb_agg(jsonb_build_array(
            case when a.grantee = 0 then 'public' else pg_get_userbyid(a.grantee) end, a.privilege_type) order by 1, 2)
        from aclexplode(d.datacl) a)
from pg_database d where datname = current_database()
"""
# The tables in which migrations are recorded: ours, and Flyway's of Kestra.
_MIGRATIONS = {
    "ops.schema_migrations": "select max(version)::text from ops.schema_migrations",
    "public.flyway_schema_history": """
        select version from public.flyway_schema_history order by installed_rank desc limit 1""",
}


@dataclass(frozen=True, slots=True)
class Table:
    """Number of rows, and the sum of all rows' digests."""

    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Shape:
    """How `create database` must be called to get the like; `grants` is None when nobody changed them."""

    encoding: str
    provider: str
    collate: str
    ctype: str
    locale: str | None
    grants: list[list[str]] | None


@dataclass(frozen=True, slots=True)
class Facts:
    """Contents of one database; keys are `schema.name`. `migration` is its last one, when it has any."""

    tables: dict[str, Table]
    sequences: dict[str, int]
    shape: Shape
    server: str
    migration: str | None


def read(conn: Connection) -> Facts:
    """Read everything in the transaction of `conn`; takes about as long as reading all tables."""
    names = rows(conn, _TABLES)
    return Facts(
        tables={f"{schema}.{name}": _table(conn, schema, name) for schema, name in names},
        sequences=dict(rows(conn, _SEQUENCES)),
        shape=Shape(*rows(conn, _SHAPE)[0]),
        server=str(_value(conn, "show server_version")),
        migration=_migration(conn),
    )


def size(conn: Connection) -> int:
    """Bytes that the database takes on the server's disk, indexes included."""
    return int(_value(conn, "select pg_database_size(current_database())"))


def is_empty(conn: Connection) -> bool:
    """Whether it holds no table."""
    return not rows(conn, _TABLES)


def _table(conn: Connection, schema: str, name: str) -> Table:
    return Table(*rows(conn, sql.SQL(_DIGEST).format(sql.Identifier(schema, name)))[0])


def _migration(conn: Connection) -> str | None:
    for table, query in _MIGRATIONS.items():
        if _value(conn, "select to_regclass(%s)", [table]) is not None:
            found = _value(conn, query)
            return None if found is None else str(found)
    return None


def _value(conn: Connection, query: str, params: Any = None) -> Any:
    return rows(conn, query, params)[0][0]
