"""What every source does: it brings a window of rows into one local file of CSV, which is what the loader reads."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from kit.errors import RefusedInputError

if TYPE_CHECKING:
    from pathlib import Path

KeyPart = str | int


@dataclass(frozen=True, slots=True)
class Window:
    """The rows that are asked for: recorded by their source from `since` on, and before `until`; both know their zone.

    A bound that is None is open: `since` then comes from the checkpoint, `until` is the moment of the reading.
    """

    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse a window that cannot be meant.

        Raises:
            RefusedInputError: a bound without a zone (`window_no_zone`), or the end before the beginning
                (`window_reversed`).
        """
        bounds = [bound for bound in (self.since, self.until) if bound]
        if any(bound.tzinfo is None for bound in bounds):
            raise RefusedInputError(
                "A bound of the window has no zone.", code="window_no_zone", next_action="Write it with Z or +01:00."
            )
        if self.since and self.until and self.since > self.until:
            raise RefusedInputError(
                f"The window ends ({self.until.isoformat()}) before it begins ({self.since.isoformat()}).",
                code="window_reversed",
                next_action="Exchange its bounds.",
            )

    def after(self, checkpoint: Checkpoint | None, overlap_s: float, now: datetime) -> Window:
        """The same with its bounds: from the checkpoint, less an overlap for rows that were committed late."""
        since = self.since
        if since is None and checkpoint and checkpoint.watermark:
            since = checkpoint.watermark - timedelta(seconds=overlap_s)
        until = self.until or now
        return Window(min(since, until) if since else None, until)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a source has been read.

    Attributes:
        watermark: the end of the last window.
        key: the key of the last row; for tables without a time it is what the next reading begins after.
    """

    watermark: datetime | None = None
    key: tuple[KeyPart, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For a column of jsonb, or an output of a task."""
        return {"watermark": self.watermark.isoformat() if self.watermark else None, "key": list(self.key)}

    @classmethod
    def of_json(cls, data: dict[str, Any] | None) -> Checkpoint | None:
        """What `as_json` made."""
        if not data:
            return None
        watermark = data.get("watermark")
        return cls(datetime.fromisoformat(watermark) if watermark else None, tuple(data.get("key") or ()))


@dataclass(frozen=True, slots=True)
class Extracted:
    """A window of rows on the local disk.

    Attributes:
        path: CSV with a header, UTF-8 but for what the source itself has broken, line feeds.
        rows: their number; rows of several lines count once.
        checksum: SHA-256 of the file.
        checkpoint: to be kept once the rows are where they belong.
        source_name: who gave them.
        is_fallback: whether that was not the first choice; `problem` says why not.
        notes: what was survived on the way, by kind: `pages_again`, `rows_again`, `sweeps`.
    """

    path: Path
    rows: int
    checksum: str
    checkpoint: Checkpoint
    source_name: str
    is_fallback: bool = False
    problem: str | None = None
    notes: dict[str, int] = field(default_factory=dict)

    def instead_of(self, problem: str) -> Extracted:
        """The same, as the fallback for one that had a problem."""
        return replace(self, is_fallback=True, problem=problem)


class Source(Protocol):
    """Where rows come from."""

    name: str

    def extract(self, window: Window, path: Path) -> Extracted:
        """Write the rows of a window to a file; what was there is replaced.

        Raises:
            RefusedInputError: its columns are not the contract's (`columns_missing`, `columns_unknown`,
                `columns_retyped`), or it cannot give this window.
            ConfigurationError, NotFoundError, AuthenticationError: it is not there, or not for us.
            TransientError: it is away, or told things that contradict each other (`source_inconsistent`).
        """


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def utc(moment: datetime) -> datetime:
    """The same moment in UTC."""
    return moment.astimezone(UTC)
