"""What a sync did, row by row: into leads.sync_log, or, when it only shows what it would do, into a CSV file."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from kit import logging

if TYPE_CHECKING:
    from collections.abc import Sequence

# What happened to a row; docs/leads-sync.md explains each word.
COLUMNS = ("action", "lead_id", "hubspot_id", "properties", "code")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: names of properties, never their values."""

    action: str
    lead_id: str | None = None
    hubspot_id: str | None = None
    properties: tuple[str, ...] = ()
    code: str | None = None

    def as_row(self) -> dict[str, Any]:
        """The line as leads.sync_log takes it."""
        return {name: getattr(self, name) for name in COLUMNS} | {"properties": list(self.properties)}


@dataclass(slots=True)
class Journal:
    """Counts what is done, and writes the plan of a dry run.

    Args:
        plan: where a dry run writes its lines; None when the run is real.
    """

    plan: IO[str] | None = None
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Begin the file."""
        self._write([COLUMNS])

    def note(self, entries: Sequence[Entry]) -> None:
        """Count, and plan."""
        self.counts.update(entry.action for entry in entries)
        self._write([tuple(_cell(getattr(entry, name)) for name in COLUMNS) for entry in entries])
        for entry in entries:
            if entry.code:
                logging.get(__name__).info("sync.row", **entry.as_row())

    def _write(self, lines: Sequence[Sequence[str]]) -> None:
        if self.plan:
            csv.writer(self.plan).writerows(lines)


def _cell(value: Any) -> str:
    return " ".join(value) if isinstance(value, tuple) else value or ""
