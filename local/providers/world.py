"""Everything that the routes of the sandbox share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from local.providers.calls import CallLog
from local.providers.clock import Clock
from local.providers.config import Config
from local.providers.faults import FaultBook
from local.providers.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.providers.credentials import Credentials

# Access tokens survive a reset: a client that holds one should not notice.
TOKENS = "tokens"
POSTS_AT_ONCE = 32


class World:
    """One sandbox: credentials, clock, configuration, state, faults, log.

    The routes run on one event loop and change state without awaiting in between, so each request is atomic.
    """

    def __init__(self, credentials: Credentials, directory: Path | None = None) -> None:
        """A sandbox in memory, or kept in a directory."""
        self.credentials = credentials
        self.clock = Clock()
        self.config = Config()
        self.store = Store(directory)
        self.store.register("calls", CallLog, CallLog, kept=False)
        self.store.register("faults", FaultBook, FaultBook)
        self.pictures: dict[str, bytes] = {}  # the last that the model was shown, by SHA-256
        self.on_reset: list[Callable[[], None]] = []
        self.workers = ThreadPoolExecutor(max_workers=POSTS_AT_ONCE, thread_name_prefix="sandbox")
        self.ocr_worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ocr")

    @property
    def calls(self) -> CallLog:
        """The log of calls."""
        return self.store.part("calls", CallLog)

    @property
    def faults(self) -> FaultBook:
        """The faults that are set."""
        return self.store.part("faults", FaultBook)

    def reset(self, names: list[str] | None = None) -> None:
        """Forget what was received (and the faults, the configuration and the clock's offset when all is reset)."""
        for forget in self.on_reset:
            forget()
        self.pictures.clear()
        self.store.reset(names or [name for name in self.store.names() if name != TOKENS])
        if not names:
            self.config = Config()
            self.clock = Clock()
