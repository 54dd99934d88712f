"""Rows that only Postgres can refuse: found, taken out of their chunk and quarantined, so that the rest goes on."""

from __future__ import annotations

import re
from itertools import compress, count
from typing import TYPE_CHECKING, Final

import psycopg2
from psycopg2 import errors

from etl.load.rows import Bad, kept, lines_of_row, without
from kit import db
from kit.errors import RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from etl.load.publish import Chunk
    from etl.load.target import Target
    from kit.db import Connection
    from kit.errors import ConflictError

_AT_LINE: Final = re.compile(r"^COPY \S+, line ([0-9]+)", re.MULTILINE)
_MOST_REFUSED: Final = 100  # rows of one chunk that only Postgres refuses: each costs one more COPY


class NotUniqueError(Exception):
    """Rows of a stage share a value that only one may have; caught where it is raised for."""

    def __init__(self, rows: Sequence[int], field: str | None) -> None:
        """Name the rows by their number from 1, and the column, when it is one."""
        super().__init__(rows, field)
        self.rows, self.field = rows, field


def leave_out(chunk: Chunk, error: Exception) -> bool:
    """Take the row that Postgres refuses out of the chunk; False when the error is about no single row."""
    if isinstance(error, NotUniqueError):
        _drop(chunk, _lines_of_rows(chunk, error.rows), "not_unique", error.field)
        return True
    cause = error if isinstance(error, psycopg2.Error) else error.__cause__
    if not isinstance(cause, errors.DataError | errors.IntegrityError) or isinstance(cause, errors.UniqueViolation):
        return False
    place = _AT_LINE.search(cause.diag.context or "")
    if place is None:
        return False
    if len(chunk.refused) >= _MOST_REFUSED:
        raise RefusedInputError(
            f"Postgres refuses more than {_MOST_REFUSED} rows of chunk {chunk.number}.",
            code="too_many_refused",
            next_action="Let the contract say what the table demands.",
        ) from error
    _drop(chunk, [_row_around(chunk.data.split(b"\n"), int(place[1]) - 1)], "refused", cause.diag.column_name)
    return True


def _drop(chunk: Chunk, rows: Sequence[tuple[int, int]], code: str, name: str | None) -> None:
    """Take rows, named by their first and last line, out of the chunk and into its quarantine."""
    lines = chunk.data.split(b"\n")
    # Which lines of the source's chunk these are.
    numbers = list(compress(count(), kept(len(lines) + len(chunk.left_out), chunk.left_out)))
    for first, last in rows:
        chunk.refused.append(Bad(numbers[first], code, name, b"\n".join(lines[first : last + 1])))
        chunk.left_out = [*chunk.left_out, *numbers[first : last + 1]]
    chunk.data = without(lines, [line for first, last in rows for line in range(first, last + 1)])
    chunk.rows -= len(rows)


def not_unique(conn: Connection, target: Target, error: ConflictError) -> NotUniqueError | None:
    """The rows of the stage that a unique index beyond the key does not let in; None when it is about none of them."""
    if error.details.get("sqlstate") != "23505":
        return None
    values = {"name": error.details.get("constraint"), "target": target.identifier.as_string(conn)}
    found = db.fetch_one(conn, db.load_sql("etl/unique_columns.sql"), values)
    if not found or not found["columns"]:
        return None
    rows = [row["n"] for row in db.fetch_all(conn, target.not_unique(found["columns"]))]
    return NotUniqueError(rows, found["columns"][0] if len(found["columns"]) == 1 else None) if rows else None


def _lines_of_rows(chunk: Chunk, rows: Sequence[int]) -> list[tuple[int, int]]:
    """First and last line of rows that are named by their number from 1."""
    wanted, at = set(rows), 0
    found: list[tuple[int, int]] = []
    lines = chunk.data.split(b"\n")
    for number in count(1):
        if at >= len(lines) - 1:
            return found
        size = lines_of_row(lines, at)
        if number in wanted:
            found.append((at, at + size - 1))
        at += size
    raise AssertionError("the count has no end")


def _row_around(lines: list[bytes], at: int) -> tuple[int, int]:
    """First and last line of the row that a line belongs to; COPY names the last one it had read."""
    first = at
    quotes = lines[at].count(b'"')
    while quotes % 2 and first > 0:
        first -= 1
        quotes += lines[first].count(b'"')
    return first, at
