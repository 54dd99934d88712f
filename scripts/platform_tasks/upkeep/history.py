"""Which releases the history of deploys still needs: the key `deploy.history` in Kestra's key-value store."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

KEY = "deploy.history"


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

    @classmethod
    def of(cls, item: dict[str, Any]) -> Entry:
        """An entry as the store has it."""
        return cls(**{field.name: item.get(field.name) for field in dataclasses.fields(cls)})  # type: ignore[arg-type]

    def is_same(self, other: Entry) -> bool:
        """Whether both are of the same content."""
        return (self.release, self.digest) == (other.release, other.digest)


class Entries:
    """The entries, oldest first."""

    def __init__(self, entries: list[Entry]) -> None:
        """Take the entries as they are."""
        self.entries = entries

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
            known = [index for index, under in enumerate(stack) if under.is_same(entry)]
            if known and (entry.kind == "rollback" or known[-1] == len(stack) - 1):
                del stack[known[-1] :]
            stack.append(entry)
        return stack[-2] if len(stack) > 1 else None

    def last_of(self, release: str) -> Entry | None:
        """The newest entry of a release that ended well."""
        return next((entry for entry in reversed(self.entries) if is_done(entry, release)), None)

    def role(self, release: str) -> str:
        """Why a release is kept, whatever runs on it: `current`, `before`, `unfinished`, or empty."""
        for name in ("current", "before", "unfinished"):
            entry: Entry | None = getattr(self, name)
            if entry and entry.release == release:
                return name
        return ""


def is_done(entry: Entry, release: str) -> bool:
    """Whether an entry is of a release and ended well."""
    return entry.state == "done" and entry.release == release
