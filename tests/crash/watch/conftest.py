"""A real Postgres for what is killed here."""

from tests.kit_support import conn, dsn, migrated

__all__ = ["conn", "dsn", "migrated"]
