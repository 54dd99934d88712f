"""The fixtures of the toolkit's tests."""

from tests.kit_support import bare_dsn, conn, dsn, migrated, no_waits, server

__all__ = ["bare_dsn", "conn", "dsn", "migrated", "no_waits", "server"]
