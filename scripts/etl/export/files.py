"""The files of an export: one a day, named by their content, written once, noted in Postgres; and the manifest.

A key holds the first digits of its content's checksum, so a file is never written over: a day that changed gets another
file, and the manifest and `etl_export_files` say which one is valid.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from etl import queries
from etl.export import days, parquet
from kit import db
from kit.errors import InvalidResponseError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from etl.buckets.model import Bucket
    from etl.export.days import Day, Table
    from kit.db import Connection


@dataclass(frozen=True)
class Place:
    """Where an export goes: `number` is the export's own."""

    bucket: Bucket
    table: Table
    number: int

    def values(self) -> dict[str, Any]:
        """As parameters of the statements."""
        return {"bucket": self.bucket.uri, "source_table": self.table.full_name}


def make(reader: Connection, place: Place, day: Day, folder: Path) -> dict[str, Any]:
    """Bring a day into the bucket and return what is to be noted of its file.

    Raises:
        InvalidResponseError: the file has other rows than the table (code `export_differs`).
    """
    rows, path = folder / "day.csv", folder / "day.parquet"
    with rows.open("wb") as file:
        days.copy(reader, place.table, day.day, file)
    written = parquet.write(rows, path, place.table.columns)
    if written != day.rows:
        raise InvalidResponseError(
            f"The file of {day.day} has {written} rows, the table {day.rows}.",
            code="export_differs",
            next_action="Tell the maintainers: a value of the table is not understood.",
        )
    digest = sha256(path)
    key = f"{root(place.table)}/{_partition(day.day)}/{place.table.name}-{digest[:16]}.parquet"
    place.bucket.put(key, path, once=True)  # false: it is there, with this very content
    named = {"key": key, "rows": written, "bytes": path.stat().st_size, "sha256": digest}
    return {**named, "day": day.day, "fingerprint": day.fingerprint}


def note(conn: Connection, place: Place, found: dict[str, Any]) -> None:
    """Note a file as the valid one of its day."""
    with db.transaction(conn):
        queries.run(conn, "export_supersede", **place.values(), day=found["day"])
        queries.run(conn, "export_file", **place.values(), **found, export_id=place.number)


def gone(conn: Connection, place: Place, day: date) -> None:
    """Note that a day has no row any more."""
    queries.run(conn, "export_supersede", **place.values(), day=day)


def publish(conn: Connection, place: Place, dataset: str, written: int) -> dict[str, Any]:
    """Write the manifest of all valid files, once, and note it; returns its key, checksum and sums."""
    valid = queries.every(conn, "export_valid", **place.values())
    listed = [{**row, "day": row["day"].isoformat()} for row in valid]
    for row in listed:
        del row["fingerprint"]
    made = {
        "dataset": dataset,
        "table": place.table.full_name,
        "export": place.number,
        "columns": place.table.columns,
        "partitions": ["year", "month", "day"],
        "rows": sum(row["rows"] for row in valid),
        "files": listed,
    }
    text = json.dumps(made, indent=1).encode()
    digest = hashlib.sha256(text).hexdigest()
    key = f"{root(place.table)}/_manifests/{place.number:08}-{digest[:16]}.json"
    place.bucket.put(key, text, once=True)
    sums = {"days": written, "files": len(valid), "rows": made["rows"], "bytes": sum(row["bytes"] for row in valid)}
    noted = {**sums, "manifest": key, "manifest_sha256": digest}
    queries.run(conn, "export_finish", **noted, export_id=place.number)
    return noted


def verify(place: Place, found: dict[str, Any], folder: Path) -> None:
    """Read a file back and compare its checksum.

    Raises:
        InvalidResponseError: it is not what was written (code `export_damaged`).
    """
    path = folder / "back.parquet"
    place.bucket.fetch(found["key"], path)
    if sha256(path) != found["sha256"]:
        raise InvalidResponseError(
            f"{found['key']} is not what was written.",
            code="export_damaged",
            next_action="Delete the file, and its row in etl_export_files; the next export writes it again.",
        )


def root(table: Table) -> str:
    """What all keys of a table begin with."""
    return f"exports/{table.full_name}"


def sha256(path: Path) -> str:
    """The checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _partition(day: date) -> str:
    return f"year={day.year:04}/month={day.month:02}/day={day.day:02}"
