"""CSV to Parquet, snappy, in memory that does not grow; the same rows give the same bytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_BLOCK: Final = 16 << 20  # bytes of CSV in memory, and in a row group; a row has at most one mebibyte
_NUMERIC: Final = re.compile(r"numeric\((\d+),(\d+)\)")
_MOST_DIGITS: Final = 38  # of Parquet's decimals in sixteen bytes


def write(csv_path: Path, path: Path, columns: Mapping[str, str]) -> int:
    """Write a file of CSV without a header as Parquet and return the number of rows.

    Args:
        csv_path: as Postgres writes it: null is nothing, the empty text is in quotes.
        path: where to.
        columns: names with Postgres' types, in the order of the file.
    """
    import pyarrow as pa
    from pyarrow import csv, parquet

    schema = pa.schema([(name, _type(kind)) for name, kind in columns.items()])
    rows = 0
    with parquet.ParquetWriter(path, schema, compression="snappy", write_statistics=True) as writer:
        if csv_path.stat().st_size:
            reader = csv.open_csv(
                csv_path,
                read_options=csv.ReadOptions(column_names=schema.names, block_size=_BLOCK, use_threads=False),
                parse_options=csv.ParseOptions(newlines_in_values=True),
                convert_options=csv.ConvertOptions(
                    column_types=schema,
                    null_values=[""],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=False,
                    true_values=["t"],
                    false_values=["f"],
                ),
            )
            for batch in reader:
                writer.write_batch(batch)
                rows += batch.num_rows
    return rows


def _type(kind: str) -> Any:
    """Arrow's type for one of Postgres; text for what has no like."""
    import pyarrow as pa

    plain = {
        "boolean": pa.bool_(),
        "smallint": pa.int16(),
        "integer": pa.int32(),
        "bigint": pa.int64(),
        "real": pa.float32(),
        "double precision": pa.float64(),
        "date": pa.date32(),
    }
    if kind.startswith("timestamp"):
        return pa.timestamp("us", tz="UTC") if kind.endswith("with time zone") else pa.timestamp("us")
    if (found := _NUMERIC.fullmatch(kind)) and int(found[1]) <= _MOST_DIGITS:
        return pa.decimal128(int(found[1]), int(found[2]))
    return plain.get(kind, pa.string())
