"""The fixtures of the toolkit's tests."""

from tests.kit_support import conn, dsn, no_waits, pg_server, server

__all__ = ["conn", "dsn", "no_waits", "pg_server", "server"]
