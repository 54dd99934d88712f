"""Where made rows go: a table, an API, a bucket. Each takes rows as a whole and replaces what it had of them."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
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
_BLOCK: Final = 8 << 20  # of CSV: one group of rows


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
        """Write both files, each as a whole; `rows` is not asked for, because the file has them."""
        del rows
        with tempfile.TemporaryDirectory(prefix="etl-producer-") as folder:
            csv, parquet = Path(folder, "csv"), Path(folder, "parquet")
            count = _bare(made, csv)
            _as_parquet(made, parquet)
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


def _bare(made: Made, path: Path) -> int:
    """The file without numbers and times, which hold no comma; returns how many rows it has."""
    count = -1
    with made.path.open("rb") as source, path.open("wb") as file:
        for row in source:
            file.write(row.split(b",", 2)[2])
            count += 1
    return count


def _as_parquet(made: Made, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    kinds = {SEQ: pa.int64(), RECORDED: pa.timestamp("us", "UTC"), **dict.fromkeys(made.columns, pa.string())}
    convert = pa_csv.ConvertOptions(
        column_types=kinds, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    reading = pa_csv.ReadOptions(block_size=_BLOCK)
    with (
        pa_csv.open_csv(made.path, read_options=reading, convert_options=convert) as source,
        pq.ParquetWriter(path, source.schema, compression="snappy") as writer,
    ):
        for batch in source:
            writer.write_batch(batch)


def _batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    left = iter(rows)
    while batch := list(islice(left, size)):
        yield batch
