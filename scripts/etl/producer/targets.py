"""Where made rows go: a table, an API, a bucket. Each takes rows as a whole and replaces what it had of them."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import UTC
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from psycopg2 import sql

from etl.buckets import opening as buckets
from etl.load.target import statement
from etl.producer.model import RECORDED, SEQ, stamp
from etl.sources import api, lines
from kit import db, settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from etl.producer.model import Row

_BATCH: Final = 20_000
_CALL: Final = 2_000
_ROW_GROUP: Final = 50_000


@dataclass(frozen=True, slots=True)
class Made:
    """The rows of a dataset on the local disk, with their numbers and times.

    Attributes:
        dataset: its name.
        columns: without number and time.
        path: CSV with a header.
        numbers: the first and the last number that these rows may have; what else a target has stays.
        day: as in the name of a folder.
    """

    dataset: str
    columns: tuple[str, ...]
    path: Path
    numbers: tuple[int, int]
    day: str


class Target(Protocol):
    """One of them."""

    name: str

    def take(self, made: Made, rows: Iterable[Row]) -> dict[str, Any]:
        """Take the rows of a dataset, and tell what was written."""


class TableTarget:
    """Tables of the schema `source`, in one transaction a dataset."""

    name = "postgres"

    def take(self, made: Made, rows: Iterable[Row]) -> dict[str, Any]:
        """Replace the rows by COPY; `rows` is not asked for, because the file has them."""
        del rows
        table = sql.Identifier("source", made.dataset)
        names = sql.SQL(", ").join(map(sql.Identifier, (SEQ, RECORDED, *made.columns)))
        first, last = map(sql.Literal, made.numbers)
        with db.connect(settings.get().etl_source_dsn, statement_s=0) as conn, db.transaction(conn):
            db.lock_until_commit(conn, "etl:source_producer")
            db.execute(conn, db.load_sql("etl/source_tables.sql"))
            db.execute(conn, statement("source_forget", table=table, first=first, last=last))
            with made.path.open("rb") as file, conn.cursor() as cursor:
                file.readline()
                cursor.copy_expert(statement("copy_in", table=table, columns=names), file)
                return {"table": f"source.{made.dataset}", "rows": cursor.rowcount}


class ApiTarget:
    """Lists of the shop's API, some thousand rows a call; readers see them come."""

    name = "api"

    def __init__(self) -> None:
        """Make the client; nothing is connected yet."""
        self._client = api.client()

    def take(self, made: Made, rows: Iterable[Row]) -> dict[str, Any]:
        """Replace the rows."""
        replace: dict[str, int] | None = dict(zip(("first", "last"), made.numbers, strict=True))
        count = 0
        for batch in _batches(rows, _CALL):
            body = {"rows": [row.as_json(made.columns) for row in batch], "replace": replace}
            self._client.request("PUT", f"/v1/{made.dataset}/rows", json=body)
            replace, count = None, count + len(batch)
        return {"path": f"/v1/{made.dataset}", "rows": count}


@dataclass
class BucketTarget:
    """Files of CSV and Parquet in a folder a day.

    CSV has the dataset's columns only, so that it can be read as it is; Parquet has number and time too.
    """

    name: str = "bucket"
    _bucket: Any = field(default_factory=buckets.open_bucket)

    def take(self, made: Made, rows: Iterable[Row]) -> dict[str, Any]:
        """Write both files, each as a whole."""
        with tempfile.TemporaryDirectory(prefix="etl-producer-") as folder:
            csv, parquet = Path(folder, "csv"), Path(folder, "parquet")
            count = _write_files(made, rows, csv, parquet)
            keys = []
            for path in (csv, parquet):
                key = f"{made.dataset}/{path.name}/date={made.day}/part-00000.{path.name}"
                self._bucket.put(key, path)
                keys.append(key)
        return {"uri": self._bucket.uri, "keys": keys, "rows": count}


def write(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Write the rows of a dataset with their numbers and times; returns how many."""
    count = 0
    with path.open("wb") as file:
        file.write((",".join((SEQ, RECORDED, *columns)) + "\n").encode())
        for batch in _batches(rows, _BATCH):
            file.writelines(lines.line((row.seq, stamp(row.recorded_at), *row.values)) for row in batch)
            count += len(batch)
    return count


def _write_files(made: Made, rows: Iterable[Row], csv: Path, parquet: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    fields = [(SEQ, pa.int64()), (RECORDED, pa.timestamp("us", UTC.tzname(None)))]
    schema = pa.schema([*fields, *((name, pa.string()) for name in made.columns)])
    count = 0
    with csv.open("wb") as file, pq.ParquetWriter(parquet, schema, compression="snappy") as writer:
        file.write((",".join(made.columns) + "\n").encode())
        for batch in _batches(rows, _ROW_GROUP):
            file.writelines(lines.line(row.values) for row in batch)
            columns = zip(*((row.seq, row.recorded_at, *row.values) for row in batch), strict=True)
            arrays = [pa.array(values, kind.type) for values, kind in zip(columns, schema, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            count += len(batch)
    return count


def _batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield batch
