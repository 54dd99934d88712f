"""Who guesses: wrong tokens and wrong passwords, counted for each client over a minute."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MOST: Final = 20
WINDOW_S: Final = 60.0
_CLIENTS: Final = 10_000


class Guesses:
    """Counts what was wrong; memory stays bounded however many clients come.

    Args:
        most: wrong ones that a client may have within the window.
        window_s: seconds that each of them counts.
        clock: monotonic seconds.
    """

    def __init__(
        self, most: int = MOST, window_s: float = WINDOW_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin with nobody."""
        self._most, self._window_s, self._clock = most, window_s, clock
        self._lock = threading.Lock()
        self._seen: dict[str, deque[float]] = {}

    def wrong(self, client: str) -> None:
        """Take note of a wrong guess."""
        with self._lock:
            if client not in self._seen and len(self._seen) >= _CLIENTS:
                self._seen.pop(next(iter(self._seen)))
            # More than `most` need not be kept to know that there were too many.
            self._seen.setdefault(client, deque(maxlen=self._most)).append(self._clock())

    def too_many(self, client: str) -> bool:
        """Whether a client has used up its guesses."""
        with self._lock:
            seen = self._seen.get(client)
            return seen is not None and len(seen) >= self._most and self._clock() - seen[0] < self._window_s
