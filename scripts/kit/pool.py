"""A bounded pool of Postgres connections, for a process that serves many callers at once; a task opens its one itself.

`size` is a hard bound: the next caller waits for `wait_s` and is then refused (`UnavailableError`, code
`pool_exhausted`), so that a slow database makes refusals at once instead of a queue that nobody waits for. A connection
that rested longer than `rest_s` is asked for life before it is handed out, one that is broken, or older than `age_s`,
is replaced. What a caller leaves open is rolled back; one that left something wrong loses its connection.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from kit import db
from kit.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kit.db import Connection

EXHAUSTED: Final = "pool_exhausted"


@dataclass(slots=True)
class _Rested:
    """A connection that nobody uses, when it was opened and when it was last used (monotonic seconds)."""

    conn: Connection
    opened: float
    used: float


class Pool:
    """Connections for the threads of one process.

    Args:
        open_one: opens a connection; it maps its own errors.
        size: connections at most, lent ones included.
        wait_s: seconds that a caller waits for one to be given back.
        rest_s: seconds of rest after which a connection is asked for life before it is lent.
        age_s: seconds after which a connection is not lent again, so that a new password or server is noticed.
    """

    def __init__(
        self,
        open_one: Callable[[], Connection] = db.connect,
        *,
        size: int = 8,
        wait_s: float = 1.0,
        rest_s: float = 5.0,
        age_s: float = 1800.0,
    ) -> None:
        """Nothing is opened yet."""
        self._open, self._wait_s, self._rest_s, self._age_s = open_one, wait_s, rest_s, age_s
        self.size = size
        self._places = threading.BoundedSemaphore(size)
        self._resting: deque[_Rested] = deque()
        self._lent = 0
        self._lock = threading.Lock()

    @property
    def lent(self) -> int:
        """How many are in use now."""
        return self._lent

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection in autocommit, as `kit.db.connect` opens it.

        Raises:
            UnavailableError: all are in use (`pool_exhausted`).
            OpsflowsError: a new one cannot be opened.
        """
        if not self._places.acquire(timeout=self._wait_s):
            raise UnavailableError(
                f"All {self.size} connections to the database are in use.",
                code=EXHAUSTED,
                next_action="Try again in a few seconds.",
                provider=db.PROVIDER,
            )
        self._count(1)
        try:
            lent = self._take()
            try:
                yield lent.conn
            finally:
                self._give_back(lent)
        finally:
            self._count(-1)
            self._places.release()

    def close(self) -> None:
        """Close the connections that rest; lent ones are closed by nobody but their caller's end."""
        while lent := self._pop():
            _close(lent.conn)

    def _count(self, change: int) -> None:
        with self._lock:
            self._lent += change

    def _pop(self) -> _Rested | None:
        """The one that was used last, so that those which are not needed rest long."""
        try:
            return self._resting.pop()
        except IndexError:
            return None

    def _take(self) -> _Rested:
        while found := self._pop():
            if self._is_good(found):
                return found
            _close(found.conn)
        now = time.monotonic()
        return _Rested(self._open(), now, now)

    def _is_good(self, found: _Rested) -> bool:
        now = time.monotonic()
        if found.conn.closed or now - found.opened >= self._age_s:
            return False
        return now - found.used < self._rest_s or _lives(found.conn)

    def _give_back(self, lent: _Rested) -> None:
        conn = lent.conn
        if conn.closed or conn.info.transaction_status != TRANSACTION_STATUS_IDLE or not conn.autocommit:
            _close(conn)  # rolled back by the server
            return
        lent.used = time.monotonic()
        self._resting.append(lent)


def _lives(conn: Connection) -> bool:
    try:
        with conn.cursor() as cursor:
            cursor.execute("select 1")
    except psycopg2.Error:
        return False
    return True


def _close(conn: Connection) -> None:
    with suppress(psycopg2.Error):
        conn.close()
