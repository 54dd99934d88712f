"""The ETL's figures as Prometheus reads them. Their names are an agreement with dashboards and rules elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from console.etl import book

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from kit.db import Connection, Row

MEDIA_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
DAYS: Final = 30
# Metric, what it says, and the column that it comes from.
LATEST: Final = (
    ("etl_latest_total_rows", "Rows that the newest ended run accepted.", "total_rows"),
    ("etl_latest_expected_rows", "Rows that it extracted.", "expected_rows"),
    ("etl_latest_ratio", "Share of its rows that it accepted, 0 to 1.", "ratio"),
    ("etl_latest_num_chunks", "Transactions with a checkpoint that it made.", "num_chunks"),
    ("etl_latest_run_age_seconds", "Seconds since it ended.", "age_s"),
    ("etl_latest_dry_run", "1 when it was a rehearsal, else 0.", "dry_run"),
)
DAILY: Final = (
    ("etl_daily_runs", "Runs that succeeded, failed or were refused, by the day (UTC) on which they began.", "runs"),
    ("etl_daily_total_rows", "Rows that they accepted.", "total_rows"),
    ("etl_daily_ratio_avg", "Mean of their ratios.", "ratio_avg"),
    ("etl_daily_low_ratio_count", f"Those that accepted less than {book.LOW_RATIO}.", "low_ratio_runs"),
)
ALL_TIME: Final = (
    ("etl_total_runs_all_time", "Runs that ever succeeded, failed or were refused; retention takes none away.", "runs"),
    ("etl_low_ratio_runs_all_time", f"Those that accepted less than {book.LOW_RATIO}.", "low_ratio_runs"),
    ("etl_avg_ratio_all_time", "Mean of all their ratios.", "ratio_avg"),
)
ALERTS: Final = ("etl_alerts_24h_count", "Alerts of the ETL runs in the last 24 hours, by kind.")


class _Figures(Collector):
    """The figures of one moment."""

    def __init__(self, conn: Connection) -> None:
        latest = book.latest(conn)
        self._latest: Row = latest[0] if latest else {}
        self._days = book.days(conn, DAYS)
        self._alerts = book.sql.every(conn, "alerts_by_kind")
        self._all_time = book.sql.one(conn, "all_time") or {}

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, text, column in LATEST:
            yield _gauge(name, text, self._latest, column)
        for name, text, column in DAILY:
            family = GaugeMetricFamily(name, text, labels=["day"])
            for row in self._days:
                if row[column] is not None:
                    family.add_metric([row["day"].isoformat()], float(row[column]))
            yield family
        alerts = GaugeMetricFamily(*ALERTS, labels=["kind"])
        for row in self._alerts:
            alerts.add_metric([row["kind"]], row["alerts"])
        yield alerts
        for name, text, column in ALL_TIME:
            yield _gauge(name, text, self._all_time, column)


def text(conn: Connection) -> bytes:
    """All of them in the text format; what nothing is known of has no sample."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(conn))
    return generate_latest(registry)


def _gauge(name: str, about: str, row: Mapping[str, Any], column: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, about)
    if row.get(column) is not None:
        family.add_metric([], float(row[column]))
    return family
