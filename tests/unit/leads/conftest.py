"""A migrated database for each test."""

from tests.kit_support import conn, dsn, migrated, pg_server

__all__ = ["conn", "dsn", "migrated", "pg_server"]
