"""A connection for the parts that stand before every call of a provider: one a thread, opened when it is needed.

Limits and breakers protect providers; they must not be what stops the work. So their statements have short time-outs,
a lost connection is opened once more, and who asks with `attempt` goes on without an answer while Postgres is away.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final, TypeVar

from kit import db, logging
from kit.errors import OpsflowsError, RateLimitedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.db import Connection

    T = TypeVar("T")

CONNECT_S: Final = 3
# Who could not connect does not try again at once: each try may cost the call those seconds.
PAUSE_S: Final = 5.0
STATEMENT_S: Final = 10.0


def opened() -> Connection:
    """A connection whose statements are short."""
    return db.connect(connect_s=CONNECT_S, statement_s=STATEMENT_S)


class Lasting:
    """One connection a thread.

    Args:
        factory: opens it; default: to OPSFLOWS_PG_DSN.
    """

    def __init__(self, factory: Callable[[], Connection] = opened) -> None:
        """Nothing is connected yet."""
        self._factory = factory
        self._own = threading.local()
        self._quiet_until = 0.0

    def run(self, work: Callable[[Connection], T]) -> T:
        """Do the work; when the connection turns out to be lost, once more on a new one.

        Raises:
            OpsflowsError: as `kit.db` does.
        """
        kept: Connection | None = getattr(self._own, "conn", None)
        if kept is not None and not kept.closed:
            try:
                return work(kept)
            except OpsflowsError:
                if not kept.closed:
                    raise
        self._own.conn = self._connected()
        return work(self._own.conn)

    def attempt(self, work: Callable[[Connection], T], what: str) -> T | None:
        """Do the work, or log that it could not be done and return None; our own limit's refusal is raised.

        Raises:
            RateLimitedError: the work is a limit that is used up.
        """
        if time.monotonic() < self._quiet_until:
            return None
        try:
            return self.run(work)
        except RateLimitedError:
            raise
        except OpsflowsError as error:
            logging.get(__name__).warning("guard.postgres_away", what=what, code=error.code)
            return None

    def _connected(self) -> Connection:
        try:
            return self._factory()
        except OpsflowsError:
            self._quiet_until = time.monotonic() + PAUSE_S
            raise
