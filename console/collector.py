"""Reads the metrics of namespace_files/config/metrics.json from Postgres, each query bounded in time and in rows.

A query has a column for each label and one for each of its metrics, named without `opsflows_`; a null is no sample.
What goes wrong with one query costs its own metrics only and is told by `opsflows_collector_up`.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Final

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.core import Metric as Family
from pydantic import BaseModel, ConfigDict

from kit import db, files, logging
from kit.errors import OpsflowsError

if TYPE_CHECKING:
    from kit.db import Connection, Row

FILE: Final = "config/metrics.json"
PREFIX: Final = "opsflows_"
UP: Final = "opsflows_collector_up"
SECONDS: Final = "opsflows_collector_seconds"
DROPPED: Final = "opsflows_collector_dropped_series"
AT: Final = "opsflows_collected_timestamp_seconds"
STATEMENT_S: Final = 2.0
# Of all queries together: below Prometheus' scrape_timeout.
TOTAL_S: Final = 7.0
CONNECT_S: Final = 2
MOST_ROWS: Final = 300
# A value of a label is a name, never a text: what is longer is cut.
LONGEST: Final = 100


class Metric(BaseModel):
    """One metric of the registry; `query` is blank for what the collector itself tells."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    type: str
    help: str
    unit: str
    labels: tuple[str, ...]
    query: str

    @property
    def column(self) -> str:
        """Its column in the query's rows."""
        return self.name.removeprefix(PREFIX)


@cache
def registry() -> tuple[Metric, ...]:
    """All metrics, in the order of the file."""
    return tuple(Metric.model_validate(one) for one in json.loads(files.read_text(FILE)))


def collect(connect: db.ConnectionFactory | None = None) -> list[Family]:
    """Ask every query once; never raises for the database's sake."""
    reading = _Reading()
    try:
        with (connect or _connect)() as conn:
            for query in dict.fromkeys(one.query for one in registry() if one.query):
                reading.ask(conn, query)
    except OpsflowsError as error:
        reading.away(error)
    return reading.families()


def _connect() -> Connection:
    return db.connect(connect_s=CONNECT_S, statement_s=STATEMENT_S)


class _Reading:
    """What one collection found."""

    def __init__(self) -> None:
        self._found = {one.name: GaugeMetricFamily(one.name, one.help, labels=one.labels) for one in registry()}
        self._by_query: dict[str, list[Metric]] = defaultdict(list)
        for one in registry():
            if one.query:
                self._by_query[one.query].append(one)
        self._ends = time.monotonic() + TOTAL_S

    def ask(self, conn: Connection, query: str) -> None:
        """Run a query and keep its samples."""
        began = time.monotonic()
        try:
            rows = db.fetch_all(conn, db.load_sql(f"metrics/{query}.sql")) if began < self._ends else None
        except OpsflowsError as error:
            logging.get(__name__).warning("metrics.query_failed", query=query, code=error.code, error=str(error))
            rows = None
        self._tell(UP, query, 0 if rows is None else 1)
        self._tell(SECONDS, query, time.monotonic() - began)
        if rows is not None:
            self._tell(DROPPED, query, max(0, len(rows) - MOST_ROWS))
            for row in rows[:MOST_ROWS]:
                self._keep(query, row)

    def away(self, error: OpsflowsError) -> None:
        """The database cannot be asked: what has not been is down."""
        logging.get(__name__).warning("metrics.database_away", code=error.code, error=str(error))
        asked = {sample.labels["query"] for sample in self._found[UP].samples}
        for query in self._by_query.keys() - asked:
            self._tell(UP, query, 0)

    def families(self) -> list[Family]:
        """Every metric with its samples."""
        self._found[AT].add_metric([], time.time())
        return [one for one in self._found.values() if one.samples]

    def _keep(self, query: str, row: Row) -> None:
        for one in self._by_query[query]:
            value = row[one.column]
            if value is not None:
                labels = [str(row[name])[:LONGEST] for name in one.labels]
                self._found[one.name].add_metric(labels, float(value))

    def _tell(self, name: str, query: str, value: float) -> None:
        self._found[name].add_metric([query], value)
