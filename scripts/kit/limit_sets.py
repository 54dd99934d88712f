"""Several limits that one call takes of: all of them give their slots, or none does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kit import db

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kit.db import Connection
    from kit.lasting import Lasting
    from kit.limits import Limiter


class LimitSet:
    """What a kind of call takes of which limits, as `kit.http.Client(limiter=…)` expects it.

    While Postgres is away calls go through, and the provider's own 429 is the limit.

    Args:
        parts: each limit with what one call takes of it, by name.
        lasting: the connections to use.
        sleep: waits; tests inject their own.
    """

    def __init__(
        self,
        parts: Mapping[str, tuple[Limiter, int]],
        lasting: Lasting,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Nothing is connected yet."""
        # Always in one order, or two callers could each hold the row that the other waits for.
        self._parts = [parts[name] for name in sorted(parts)]
        self._lasting, self._sleep = lasting, sleep

    def acquire(self, cost: int = 1, deadline_s: float = 30.0) -> None:
        """Wait until `cost` calls may be made.

        Raises:
            RateLimitedError: it would take longer, `retry_after` seconds; nothing is reserved.
        """
        if not self._parts:
            return
        wait_s = self._lasting.attempt(lambda conn: self._reserve(conn, cost, deadline_s), "limits")
        if wait_s:
            self._sleep(wait_s)

    def _reserve(self, conn: Connection, cost: int, deadline_s: float) -> float:
        if len(self._parts) == 1:
            limiter, own = self._parts[0]
            return limiter.reserve(conn, cost * own, deadline_s)
        with db.transaction(conn):
            return max(limiter.reserve(conn, cost * own, deadline_s) for limiter, own in self._parts)
