"""Rate limits that hold across processes: GCRA in Postgres, one statement a call.

A call reserves its slot and sleeps until it comes up, so waiting callers go in order and nobody polls.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kit import db
from kit.errors import RateLimitedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.db import Connection


@dataclass(frozen=True, slots=True)
class Standing:
    """How a limit stands: calls that may come at once, seconds until the next may, and until all of the burst may."""

    remaining: int
    next_s: float
    reset_s: float


class Limiter:
    """At most `calls` per `per_s` seconds in the long run, and at most `burst` at once.

    Args:
        conn_factory: opens the limiter's own connection, at the first call.
        key: the same in every process that shares the limit, e.g. `google:sheets:write`.
        calls: calls per `per_s`.
        per_s: seconds.
        burst: calls that may come at once; default `calls`.
        sleep: waits; tests inject their own.
    """

    def __init__(
        self,
        conn_factory: Callable[[], Connection],
        key: str,
        calls: int,
        per_s: float,
        burst: int | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Compute the interval; nothing is connected yet."""
        self._factory, self._key, self._sleep = conn_factory, key, sleep
        self._interval_s = per_s / calls
        self._burst_s = self._interval_s * (burst or calls)
        self._conn: Connection | None = None

    def acquire(self, cost: int = 1, deadline_s: float = 30.0) -> None:
        """Wait until `cost` calls may be made.

        Raises:
            RateLimitedError: it would take longer, `retry_after` seconds; nothing is reserved.
        """
        if self._conn is None or self._conn.closed:
            self._conn = self._factory()
        wait_s = self.reserve(self._conn, cost, deadline_s)
        if wait_s > 0:
            self._sleep(wait_s)

    def reserve(self, conn: Connection, cost: int = 1, deadline_s: float = 30.0) -> float:
        """Reserve `cost` calls and return the seconds until they may be made, without waiting for them.

        Raises:
            RateLimitedError: it would take longer than `deadline_s`; nothing is reserved.
        """
        params = {
            "key": self._key,
            "cost_s": self._interval_s * cost,
            "burst_s": max(self._burst_s, self._interval_s * cost),
            "max_wait_s": float(deadline_s),
        }
        row = db.fetch_one(conn, db.own_sql("rate_limit"), params) or {"wait_s": 0.0}
        wait_s = float(row["wait_s"])
        if wait_s > deadline_s:
            raise RateLimitedError(
                f"Our own limit for {self._key} is used up for {wait_s:.1f} s.",
                retry_after=wait_s,
                provider=self._key,
                details={"own_limit": self._key},
            )
        return wait_s

    def standing(self, conn: Connection) -> Standing:
        """How the limit stands now; reserves nothing."""
        row = db.fetch_one(conn, db.own_sql("rate_limit_read"), {"key": self._key})
        ahead_s = float(row["ahead_s"]) if row else 0.0
        # A hair's breadth, because the seconds went through a division.
        remaining = math.floor((self._burst_s - ahead_s) / self._interval_s + 1e-6)
        next_s = max(0.0, ahead_s + self._interval_s - self._burst_s)
        return Standing(max(0, remaining), next_s, ahead_s)
