"""Watching with a real Postgres, and executions as Kestra's API tells them."""

from tests.kit_support import conn, dsn, migrated, no_waits, server

__all__ = ["conn", "dsn", "migrated", "no_waits", "server"]
