"""Files as a source: one file, or a folder with a folder a day (`date=2026-11-20/part-00000.csv`).

A day's folder holds what was recorded on that day in UTC. Where the rows tell when they were recorded, a window may
cut through a day; where they do not, it must have whole days. One file is one window, whatever it holds.
"""

from __future__ import annotations

import re
import tempfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from etl.buckets import opening
from etl.buckets.folder import FolderBucket
from etl.sources import shape
from etl.sources.model import Checkpoint, Extracted, Window, digest
from kit import dates
from kit.errors import NotFoundError, RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from etl.buckets.model import Bucket
    from etl.load.contract import Contract
    from etl.sources.config import Files

_DAY: Final = re.compile(r"(?:^|/)date=([0-9]{4}-[0-9]{2}-[0-9]{2})/")


class Part(Protocol):
    """One file: its columns, with types where the file tells them."""

    types: dict[str, str | None]

    def append(self, file: BinaryIO, columns: list[str], time_column: str | None, window: Window | None) -> int:
        """Write its rows, those of the window where one is given; returns how many."""


class FolderSource:
    """Reads files of CSV or Parquet."""

    def __init__(self, name: str, config: Files, contract: Contract, checkpoint: Checkpoint | None = None) -> None:
        """Keep what is to be read; no bucket is opened yet."""
        self.name = name
        self._config, self._contract, self._checkpoint = config, contract, checkpoint
        self._own = (*config.key, *([config.window_column] if config.window_column else []))

    def extract(self, window: Window, path: Path) -> Extracted:
        """Write the rows of a window to a file; see `etl.sources.model.Source`."""
        bucket, where = opening.located(self._config.uri)
        bounded = self._bounded(window)
        columns = [column.name for column in self._contract.columns]
        count = 0
        with tempfile.TemporaryDirectory(prefix="etl-source-") as folder, path.open("wb") as file:
            for number, (key, inside) in enumerate(self._chosen(bucket, where, bounded)):
                part = self._open(_local(bucket, key, Path(folder)))
                found = shape.columns(self._contract, part.types, self._own)
                if number and found != columns:
                    raise RefusedInputError(f"{key} has other columns than the files before.", code="columns_unknown")
                columns = found
                if not number:
                    file.write((",".join(columns) + "\n").encode())
                count += part.append(file, columns, self._config.window_column, self._cut(part, key, inside, bounded))
            if not file.tell():
                file.write((",".join(columns) + "\n").encode())
        return Extracted(path, count, digest(path), Checkpoint(bounded.until), self.name)

    def _bounded(self, window: Window) -> Window:
        """The window; bounds that nobody gave are those of whole days, and today is not yet one."""
        now = dates.utcnow()
        found = window.after(self._checkpoint, self._config.overlap_s, now)
        since = found.since if window.since or not found.since else _midnight(found.since)
        until = window.until or _midnight(now)
        return Window(min(since, until) if since else None, until)

    def _chosen(self, bucket: Bucket, where: str, window: Window) -> Iterator[tuple[str, bool]]:
        """The keys of the files that have rows of the window, and whether all of a file's rows are within it."""
        if where and not where.endswith("/"):
            yield where, True
            return
        there = False
        for entry in bucket.entries(where):
            there = True
            day = _DAY.search(entry.key)
            if not entry.key.endswith(f".{self._config.kind}") or not day:
                continue
            first = datetime.combine(date.fromisoformat(day[1]), time(), UTC)
            after = first + timedelta(days=1)
            begins, ends = window.since or first, window.until or after
            if begins < after and ends > first:
                yield entry.key, begins <= first and ends >= after
        if not there:
            raise NotFoundError(f"There is nothing at {bucket.uri}/{where}.", code="source_missing")

    def _cut(self, part: Part, key: str, inside: bool, window: Window) -> Window | None:  # noqa: FBT001 - of one file
        """The window by which rows are chosen; None when all of the file's are wanted."""
        if inside:
            return None
        time_column = self._config.window_column
        if time_column not in part.types or part.types[time_column] not in (None, "timestamptz"):
            raise RefusedInputError(
                f"The window has only a part of the day of {key}, whose rows do not tell when they were recorded.",
                code="window_not_whole_days",
                next_action="Ask for whole days in UTC.",
            )
        return window

    def _open(self, path: Path) -> Part:
        if self._config.kind == "csv":
            from etl.sources.csv_part import CsvPart

            return CsvPart(path)
        from etl.sources.parquet_part import ParquetPart

        return ParquetPart(path)


def _local(bucket: Bucket, key: str, folder: Path) -> Path:
    """The file on this machine: where it lies, or a copy that the next one replaces."""
    if isinstance(bucket, FolderBucket):
        return bucket.path(key)
    path = folder / "part"
    bucket.fetch(key, path)
    return path


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
