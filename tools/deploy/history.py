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
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from tools.deploy.lock import Held, LockError
from tools.deploy.server import Server, ServerError

KEY = "deploy.history"
KEPT = 50


@dataclass(frozen=True)
class Entry:
    """One deploy or rollback."""

    release: str
    digest: str  # of the manifest: two contents of one development version differ in it
    at: str  # ISO 8601, UTC
    by: str
    kind: Literal["deploy", "rollback"]
    state: Literal["started", "done", "failed"]
    previous: str | None = None


class History:
    """The entries, oldest first."""

    def __init__(self, entries: list[Entry]) -> None:
        """Take the entries as they are."""
        self.entries = entries

    @classmethod
    def read(cls, server: Server) -> "History":
        """Read the history of a server; an empty one where nothing was deployed yet."""
        return cls([_entry(item) for item in server.read_value(KEY) or []])

    @property
    def current(self) -> Entry | None:
        """The last deploy or rollback that ended well."""
        return next((entry for entry in reversed(self.entries) if entry.state == "done"), None)

    @property
    def unfinished(self) -> Entry | None:
        """The newest entry, when it did not end well: its flows may be on the server, in part."""
        newest = self.entries[-1] if self.entries else None
        return newest if newest and newest.state != "done" else None

    @property
    def before(self) -> Entry | None:
        """What a rollback returns to: the release before the current one, passing over what was rolled back."""
        stack: list[Entry] = []
        for entry in self.entries:
            if entry.state != "done":
                continue
            known = [index for index, under in enumerate(stack) if _same(under, entry)]
            if known and (entry.kind == "rollback" or known[-1] == len(stack) - 1):
                del stack[known[-1] :]
            stack.append(entry)
        return stack[-2] if len(stack) > 1 else None

    def last_of(self, release: str) -> Entry | None:
        """The newest entry of a release that ended well."""
        return next((entry for entry in reversed(self.entries) if _is_done(entry, release)), None)

    def since(self, release: str) -> set[str]:
        """The releases that came after the newest entry of one, that one left out."""
        known = [index for index, entry in enumerate(self.entries) if _is_done(entry, release)]
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
    kept = history.entries[:-1] if history.unfinished and _same(history.unfinished, entry) else history.entries
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
    if state == "done" and kept and kept[-1].state == "done" and _same(kept[-1], ended):
        _write(server, kept)
    else:
        _write(server, [*kept, ended])


def who() -> str:
    """Who deploys, from where. Kestra's open source edition has one user, whose name would tell nothing."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def _write(server: Server, entries: list[Entry]) -> None:
    server.write_value(KEY, [dataclasses.asdict(entry) for entry in entries[-KEPT:]])


def _entry(item: dict[str, Any]) -> Entry:
    return Entry(**{field.name: item.get(field.name) for field in dataclasses.fields(Entry)})  # type: ignore[arg-type]


def _same(one: Entry, other: Entry) -> bool:
    return (one.release, one.digest) == (other.release, other.digest)


def _is_done(entry: Entry, release: str) -> bool:
    return entry.state == "done" and entry.release == release
