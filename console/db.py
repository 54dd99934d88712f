"""The console's connections: one bounded pool for the process (docs/database.md).

    with db.connect() as conn:
        rows = lookups.tickets(conn, …)

When all are in use the caller gets 503 with `Retry-After` after a second, as for any trouble that may pass.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from kit import db, settings
from kit.pool import Pool

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from kit.db import Connection

# A page is asked for now, or not at all: no statement of one may run as long as those of a task.
STATEMENT_S: Final = 15.0
_lock: Final = threading.Lock()
_pools: Final[dict[str, Pool]] = {}


def connect() -> AbstractContextManager[Connection]:
    """Lend a connection to the business database; it is in autocommit, and goes back at the end of the block.

    Raises:
        UnavailableError: all connections are in use (`pool_exhausted`).
        OpsflowsError: the database does not answer, or the settings are wrong.
    """
    return pool().connection()


def pool() -> Pool:
    """The pool of this process for the database that the settings name now."""
    config = settings.get()
    dsn = settings.require(config.pg_dsn, "OPSFLOWS_PG_DSN")
    with _lock:
        if dsn not in _pools:
            _pools[dsn] = Pool(lambda: db.connect(dsn, connect_s=3, statement_s=STATEMENT_S), size=config.console_pool)
        return _pools[dsn]
