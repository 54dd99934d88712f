"""The console over HTTP, with a real Postgres."""

from tests.book_support import book
from tests.console_support import console_url, desk
from tests.kit_support import conn, dsn, migrated

__all__ = ["book", "conn", "console_url", "desk", "dsn", "migrated"]
