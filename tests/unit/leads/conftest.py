"""A migrated database for each test."""

from tests.kit_support import conn, dsn, migrated

__all__ = ["conn", "dsn", "migrated"]
