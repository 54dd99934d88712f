"""A clock that tests can push forward, so that expiries and quotas need no waiting."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """The wall clock plus an offset in seconds."""

    def __init__(self) -> None:
        """Start without an offset."""
        self.offset_s = 0.0

    def now(self) -> float:
        """Unix seconds."""
        return time.time() + self.offset_s

    def stamp(self) -> str:
        """The time as ISO 8601 in UTC with milliseconds."""
        return datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def advance(self, seconds: float) -> None:
        """Push the clock forward; it never goes back."""
        self.offset_s += max(0.0, seconds)
