"""Waiting for what another process does."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(look: Callable[[], T | None], what: str, within_s: float = 90, story: Callable[[], str] = lambda: "") -> T:
    """Look until there is something to see; `story` tells what there is instead."""
    ends = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < ends, f"waited {within_s:.0f} s for {what}\n{story()}"
        time.sleep(0.05)
