"""What was deployed, when and by whom: the key `deploy.history` in Kestra's key-value store, newest last.

An entry is written before a deploy changes anything (`started`) and again at its end (`done`, `failed`); so whoever
comes next knows of a deploy that was interrupted, and a rollback knows which flows it may have added.
"""

import dataclasses
import getpass
import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Literal

from platform_tasks.upkeep.history import KEY, Entries, Entry, is_done
from tools.deploy.lock import Held, LockError
from tools.deploy.server import Server, ServerError

KEPT = 50


class History(Entries):
    """The entries of a server, oldest first."""

    @classmethod
    def read(cls, server: Server) -> "History":
        """Read the history of a server; an empty one where nothing was deployed yet."""
        return cls([Entry.of(item) for item in server.read_value(KEY) or []])

    def since(self, release: str) -> set[str]:
        """The releases that came after the newest entry of one, that one left out."""
        known = [index for index, entry in enumerate(self.entries) if is_done(entry, release)]
        return {entry.release for entry in self.entries[known[-1] + 1 :]} - {release} if known else set()


def begin(server: Server, release: str, manifest: bytes, kind: Literal["deploy", "rollback"]) -> Entry:
    """Write down that a deploy begins; an attempt at the same that was interrupted is replaced."""
    history = History.read(server)
    current = history.current
    entry = Entry(
        release=release,
        digest=hashlib.sha256(manifest).hexdigest(),
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        by=who(),
        kind=kind,
        state="started",
        previous=current.release if current else None,
    )
    kept = history.entries[:-1] if history.unfinished and history.unfinished.is_same(entry) else history.entries
    _write(server, [*kept, entry])
    return entry


@contextmanager
def recorded(
    server: Server, lock: Held, release: str, manifest: bytes, kind: Literal["deploy", "rollback"]
) -> Iterator[None]:
    """Write down the beginning and the end of what is done inside, unless the lock is lost: then another one writes."""
    lock.check()
    entry = begin(server, release, manifest, kind)
    try:
        yield
        lock.check()
    except LockError:
        raise
    except Exception:
        with suppress(ServerError):  # the server is away; the entry stays `started`, which says as much
            finish(server, entry, "failed")
        raise
    finish(server, entry, "done")


def finish(server: Server, entry: Entry, state: Literal["done", "failed"]) -> None:
    """Write down how it ended; a deploy of what is current anyway leaves no entry."""
    kept = [known for known in History.read(server).entries if known != entry]
    ended = dataclasses.replace(entry, state=state)
    if state == "done" and kept and kept[-1].state == "done" and kept[-1].is_same(ended):
        _write(server, kept)
    else:
        _write(server, [*kept, ended])


def who() -> str:
    """Who deploys, from where. Kestra's open source edition has one user, whose name would tell nothing."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def _write(server: Server, entries: list[Entry]) -> None:
    server.write_value(KEY, [dataclasses.asdict(entry) for entry in entries[-KEPT:]])
