"""Figures of runs against their baselines: take what is new, judge it, tell of the newest of each series."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

from psycopg2.extras import Json

from kit import db
from platform_tasks.watch import baseline, queries
from platform_tasks.watch.baseline import Sample
from platform_tasks.watch.findings import Changes, Finding, settle

if TYPE_CHECKING:
    from kit.db import Connection
    from platform_tasks.watch.config import Config, Series

EVENT: Final = "metric_unusual"
_NAMESPACE: Final = "opsflows.etl"
# A year of one weekday is 52 samples of a daily run.
_DAYS: Final = 400
_UNUSUAL: Final = ("low", "high")


@dataclass(slots=True)
class Taken:
    """What a run took: `samples` new or measured again, `series` and weekdays judged anew."""

    samples: int = 0
    series: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)


def watch(conn: Connection, config: Config) -> tuple[Taken, Changes]:
    """Take, judge and tell. Run again it changes nothing, and a run that died is made up for.

    Raises:
        OpsflowsError: Postgres does not answer.
    """
    taken = take(conn, config)
    return taken, settle(conn, [EVENT], _findings(conn, config))


def take(conn: Connection, config: Config) -> Taken:
    """Take what is new, and judge the series and weekdays that it belongs to; all of it or nothing."""
    taken = Taken()
    with db.transaction(conn):
        db.lock_until_commit(conn, "watch:baselines")
        new = queries.every(conn, "samples_take", names=list(config.series), days=_DAYS)
        taken.samples = len(new)
        for series, weekday in sorted({(row["series"], row["weekday"]) for row in new}):
            _judge(conn, series, weekday, config, taken)
    return taken


def _judge(conn: Connection, series: str, weekday: int, config: Config, taken: Taken) -> None:
    samples = _samples(conn, series, weekday)
    base, judged = baseline.fold(samples, _kind(series, config))
    rows = [{"key": found.sample.key, "verdict": found.verdict} for found in judged]
    queries.run(conn, "samples_judged", series=series, rows=Json(rows))
    queries.run(conn, "baseline_put", series=series, weekday=weekday, **asdict(base))
    taken.series += 1
    taken.verdicts.update(found.verdict for found in judged)


def _samples(conn: Connection, series: str, weekday: int) -> list[Sample]:
    rows = queries.every(conn, "samples_of", series=series, weekday=weekday, days=_DAYS)
    return [Sample(row["at"], row["key"], row["value"]) for row in rows]


def _findings(conn: Connection, config: Config) -> list[Finding]:
    newest = queries.every(conn, "samples_newest", names=list(config.series))
    found = [_finding(conn, row, config) for row in newest if row["verdict"] in _UNUSUAL]
    return [one for one in found if one]


def _finding(conn: Connection, row: queries.Row, config: Config) -> Finding | None:
    """What is told of a sample; None when it is usual by now, because what counts as normal was changed."""
    _, judged = baseline.fold(_samples(conn, row["series"], row["weekday"]), _kind(row["series"], config))
    found = next(one for one in judged if one.sample.key == row["key"])
    if found.verdict not in _UNUSUAL:
        return None
    values = {
        "value": _written(row["value"]),
        "low": _written(found.low),
        "high": _written(found.high),
        "samples": len(judged),
        "run": row["key"],
    }
    return Finding(EVENT, row["series"], _NAMESPACE, row["series"].split("/", 2)[1], values)


def _kind(series: str, config: Config) -> Series:
    return config.series[series.split("/", maxsplit=1)[0]]


def _written(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"  # noqa: PLR2004 - four digits say enough of a small one
