"""A file of Parquet, turned into CSV column by column, some ten thousand rows at a time.

pyarrow is imported when a file is opened; that takes 0.4 s.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kit.errors import RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from etl.sources.model import Window

_ROWS: Final = 16_384
_QUOTED: Final = '[",\r\n]'
_INTEGER_BITS: Final = 32


class ParquetPart:
    """One file."""

    def __init__(self, path: Path) -> None:
        """Read the footer.

        Raises:
            RefusedInputError: it is no Parquet, or was cut off (code `file_broken`).
        """
        self._path = path
        with _errors_mapped(path):
            schema = pq.read_schema(path)
        self.types: dict[str, str | None] = {field.name: type_name(field.type) for field in schema}

    def append(self, file: BinaryIO, columns: list[str], time_column: str | None, window: Window | None) -> int:
        """Write its rows; see `etl.sources.folders.Part`."""
        needed = [*columns, *([time_column] if window and time_column and time_column not in columns else [])]
        count = 0
        with _errors_mapped(self._path), pq.ParquetFile(self._path, pre_buffer=False) as source:
            for batch in source.iter_batches(batch_size=_ROWS, columns=needed):
                wanted = _within(batch, time_column, window) if window and time_column else batch
                count += wanted.num_rows
                if wanted.num_rows:
                    file.write(as_csv([wanted.column(name) for name in columns]))
        return count


def type_name(kind: Any) -> str | None:
    """Arrow's type in the contract's words; its own where there is none, None where nothing is in the column."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    tests = (
        (pa.types.is_null, None),
        (lambda found: pa.types.is_string(found) or pa.types.is_large_string(found), "text"),
        (lambda found: pa.types.is_signed_integer(found) and found.bit_width <= _INTEGER_BITS, "integer"),
        (pa.types.is_integer, "bigint"),
        (pa.types.is_decimal, "numeric"),
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_date, "date"),
        (lambda found: pa.types.is_timestamp(found) and found.tz, "timestamptz"),
        (lambda found: pa.types.is_struct(found) or pa.types.is_map(found), "jsonb"),
    )
    return next((name for test, name in tests if test(kind)), str(kind))


def as_csv(columns: list[Any]) -> memoryview:
    """The rows of some columns as CSV, each with its line feed; the bytes are Arrow's own."""
    fields = [_field(column) for column in columns]
    fields[-1] = pc.binary_join_element_wise(fields[-1], _bytes(b"\n"), _bytes(b""))
    rows = pc.binary_join_element_wise(*fields, _bytes(b","))
    ends = memoryview(rows.buffers()[1]).cast("q")
    return memoryview(rows.buffers()[2])[ends[rows.offset] : ends[rows.offset + len(rows)]]


def _field(column: Any) -> Any:
    """A column as fields of CSV."""
    text = _text(column)
    escaped = pc.replace_substring(text, pattern=b'"', replacement=b'""')
    quoted = pc.binary_join_element_wise(_bytes(b'"'), escaped, _bytes(b'"'), _bytes(b""))
    bare = pc.and_(pc.invert(pc.match_substring_regex(text, _QUOTED)), pc.greater(pc.binary_length(text), 0))
    return pc.fill_null(pc.if_else(bare, text, quoted), _bytes(b""))


def _text(column: Any) -> Any:
    """A column as bytes, null where it is; text is not looked into, so that broken UTF-8 reaches the loader."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(column.dictionary_decode())
    if pa.types.is_nested(kind):
        return pa.array([_json(value) for value in column.to_pylist()], pa.large_binary())
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", "UTC"), safe=False).cast(pa.string())
    elif not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        column = column.cast(pa.string())
    small = pa.types.is_string(column.type)
    return column.cast(pa.binary() if small else pa.large_binary()).cast(pa.large_binary())


def _within(batch: Any, column: str, window: Window) -> Any:
    times = batch.column(column)
    chosen = pc.is_valid(times)
    for bound, test in ((window.since, pc.greater_equal), (window.until, pc.less)):
        if bound is not None:
            chosen = pc.and_(chosen, test(times, pa.scalar(bound, times.type)))
    return batch.filter(chosen)


def _json(value: Any) -> bytes | None:
    if value is None:
        return None
    found = dict(value) if isinstance(value, list) else value  # a map comes as pairs
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def _bytes(text: bytes) -> Any:
    return pa.scalar(text, pa.large_binary())


@contextmanager
def _errors_mapped(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        raise RefusedInputError(
            f"{path.name} is no Parquet that can be read: {str(error).splitlines()[0][:200]}",
            code="file_broken",
            next_action="Let the file be complete before it is read, or make it again.",
        ) from error
