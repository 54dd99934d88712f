"""A table of Postgres: all of a window in one snapshot by COPY, or page by page from key to key.

COPY is the faster one and sees one moment. Keyset paging holds no snapshot for long and goes on at its last page when
the connection is lost; rows that are committed while it reads may be in it or come with the next overlap. Either
connects again at once, twice; waiting longer is for Kestra.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from psycopg2 import sql

from etl.sources import shape
from etl.sources.model import Checkpoint, Extracted, digest
from kit import dates, db, settings
from kit.errors import ConfigurationError, TransientError, UncertainError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path
    from typing import BinaryIO

    from etl.load.contract import Contract
    from etl.sources.config import PostgresTable
    from etl.sources.model import KeyPart, Window
    from kit.db import Connection

_TRIES: Final = 3
# As the loader's fast expression likes it; `::text` would leave the zone as +00.
_INSTANT: Final = sql.SQL("""to_char({} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""")
Values = tuple[Any, ...]


class PostgresSource:
    """Reads a table."""

    def __init__(
        self,
        name: str,
        config: PostgresTable,
        contract: Contract,
        checkpoint: Checkpoint | None = None,
        dsn: str | None = None,
    ) -> None:
        """Keep what is to be read.

        Args:
            name: of the source.
            config: the table.
            contract: the columns that are wanted.
            checkpoint: where the last reading ended.
            dsn: libpq DSN; default: OPSFLOWS_ETL_SOURCE_DSN, else OPSFLOWS_PG_DSN.
        """
        self.name = name
        self._config, self._contract, self._checkpoint, self._dsn = config, contract, checkpoint, dsn
        self._table = sql.Identifier(config.schema_name, config.table)
        time = (config.window_column,) if config.window_column else ()
        self._key = (*time, *(column for column in config.key if column not in time))

    def extract(self, window: Window, path: Path) -> Extracted:
        """Write the rows of a window to a file; see `etl.sources.model.Source`."""
        with self._connect() as conn:
            types = self._types(conn)
        names = shape.columns(self._contract, types, self._key)
        copied = sql.SQL(", ").join(_as_text(name, types[name]) for name in names)
        bounded = window.after(self._checkpoint, self._config.overlap_s, dates.utcnow())
        rows = self._window(bounded)
        with path.open("w+b") as file:
            file.write((",".join(names) + "\n").encode())
            read = self._pages if self._config.read == "keyset" else self._at_once
            count, last = read(file, copied, rows)
        kept = tuple(_plain(value) for value in last) if last else self._checkpoint.key if self._checkpoint else ()
        watermark = bounded.until if self._config.window_column else None
        return Extracted(path, count, digest(path), Checkpoint(watermark, kept), self.name)

    def _types(self, conn: Connection) -> dict[str, str | None]:
        regclass = self._table.as_string(conn)
        found = db.fetch_all(conn, db.load_sql("etl/target_columns.sql"), {"target": regclass})
        if not found:
            raise ConfigurationError(
                f"The source {self.name} has no table {regclass}.",
                code="source_missing",
                next_action="Run source_producer, or correct namespace_files/config/sources.json.",
            )
        types = {row["name"]: shape.postgres_type(row["type"]) for row in found}
        time = self._config.window_column
        if lacking := [name for name in self._key if name not in types]:
            raise ConfigurationError(f"{regclass} has no column {', '.join(lacking)}.", code="source_key_missing")
        if time and types[time] != "timestamptz":
            raise ConfigurationError(f"{regclass}.{time} is no timestamptz.", code="source_key_missing")
        return dict(types)

    def _window(self, window: Window) -> sql.Composed:
        """The condition of the rows that are wanted."""
        time = self._config.window_column
        if time:
            since = (
                [sql.SQL("{} >= {}").format(sql.Identifier(time), sql.Literal(window.since))] if window.since else []
            )
            until = sql.SQL("{} < {}").format(sql.Identifier(time), sql.Literal(window.until))
            return sql.SQL(" and ").join([*since, until])
        if self._checkpoint and self._checkpoint.key:
            return self._after(self._checkpoint.key)
        return sql.Composed([sql.SQL("true")])

    def _after(self, key: Sequence[Any], sign: str = ">") -> sql.Composed:
        values = sql.SQL(", ").join(map(sql.Literal, key))
        return sql.SQL("({}) {} ({})").format(_names(self._key), sql.SQL(sign), values)

    def _at_once(self, file: BinaryIO, columns: sql.Composed, rows: sql.Composed) -> tuple[int, Values | None]:
        start = file.tell()
        for left in reversed(range(_TRIES)):
            try:
                with self._connect() as conn, _snapshot(conn):
                    last = self._row(conn, "source_last_key", rows)
                    return self._copy(conn, file, columns, rows), last
            except (TransientError, UncertainError):
                if not left:
                    raise
                _cut(file, start)
        raise AssertionError("it returns or raises")  # pragma: no cover

    def _pages(self, file: BinaryIO, columns: sql.Composed, rows: sql.Composed) -> tuple[int, Values | None]:
        count, last, left = 0, None, _TRIES
        while True:
            start = file.tell()
            try:
                with self._connect() as conn:
                    while end := self._row(conn, "source_page_end", self._rest(rows, last)):
                        start = file.tell()
                        page = sql.SQL("{} and {}").format(self._rest(rows, last), self._after(end, "<="))
                        count += self._copy(conn, file, columns, page)
                        last, left = end, _TRIES
                    return count, last
            except (TransientError, UncertainError):
                left -= 1
                if not left:
                    raise
                _cut(file, start)

    def _rest(self, rows: sql.Composed, last: Values | None) -> sql.Composed:
        return sql.SQL("{} and {}").format(rows, self._after(last)) if last else rows

    def _row(self, conn: Connection, name: str, rows: sql.Composed) -> Values | None:
        last_first = sql.SQL(", ").join(sql.SQL("{} desc").format(sql.Identifier(column)) for column in self._key)
        statement = sql.SQL(db.load_sql(f"etl/{name}.sql")).format(
            key=_names(self._key),
            table=self._table,
            rows=rows,
            order=_names(self._key),
            last_first=last_first,
            page_rows=sql.Literal(self._config.page_rows),
        )
        found = db.fetch_one(conn, statement)
        return tuple(found.values()) if found else None

    def _copy(self, conn: Connection, file: BinaryIO, columns: sql.Composed, rows: sql.Composed) -> int:
        statement = sql.SQL(db.load_sql("etl/source_copy.sql")).format(
            columns=columns, table=self._table, rows=rows, order=_names(self._key)
        )
        with db.errors_mapped(), conn.cursor() as cursor:
            cursor.copy_expert(statement, file)
            return cursor.rowcount

    def _connect(self) -> Connection:
        # A COPY of everything takes as long as it takes; a lost connection is noticed by its keepalives.
        return db.connect(self._dsn or settings.get().etl_source_dsn, statement_s=0)


@contextmanager
def _snapshot(conn: Connection) -> Iterator[None]:
    with db.transaction(conn):
        db.execute(conn, "set transaction isolation level repeatable read, read only")
        yield


def _cut(file: BinaryIO, size: int) -> None:
    file.seek(size)
    file.truncate()


def _as_text(name: str, kind: str | None) -> sql.Composed:
    column = sql.Identifier(name)
    return _INSTANT.format(column) if kind == "timestamptz" else sql.SQL("{}::text").format(column)


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _plain(value: Any) -> KeyPart:
    moment: datetime | None = value if hasattr(value, "isoformat") else None
    return moment.isoformat() if moment else value if isinstance(value, int) else str(value)
