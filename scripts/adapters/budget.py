"""One total time for several requests that belong together; `kit.http` bounds each request by itself."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from kit.errors import DeadlineError

if TYPE_CHECKING:
    from kit import http


class Budget:
    """The seconds of a policy, shared by every request that is bounded with it.

    Args:
        policy: its `total_s` is what there is from `restart` on.
    """

    def __init__(self, policy: http.RetryPolicy) -> None:
        """Start the clock."""
        self._policy = policy
        self.restart()

    def restart(self) -> None:
        """Start the clock anew."""
        self._ends = time.monotonic() + self._policy.total_s

    def bound(self, client: http.Client) -> http.Client:
        """Returns the client, its next request bounded by what is left.

        Raises:
            DeadlineError: nothing is left.
        """
        remaining = self._ends - time.monotonic()
        if remaining <= 0:
            raise DeadlineError("No time is left.", next_action="It is tried again.", provider=client.provider)
        client.policy = replace(self._policy, total_s=remaining)
        return client
