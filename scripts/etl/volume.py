"""Is it as much as on other days? The rows of an extract against the last runs of the same weekday and window.

Median and median absolute deviation, so that one broken day in the history does not widen what counts as normal.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Final, Literal

from etl import queries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from etl.window import Window
    from kit.db import Connection

Verdict = Literal["unknown", "normal", "low", "high"]
RUNS: Final = 20
_FEWEST: Final = 5  # runs before anything is said
_DEVIATIONS: Final = 5.0
_SIGMA: Final = 1.4826  # median absolute deviation to standard deviation, where values are spread normally
_ALWAYS: Final = 0.1  # of the median: days that were all equal do not make the next row an anomaly
_COUNTING: Final = 3.0  # and counts are never surer than this many of their square roots


@dataclass(frozen=True, slots=True)
class Volume:
    """The verdict, and what it rests on: `low` to `high` are normal; both 0 while the history is too short."""

    verdict: Verdict
    rows: int
    runs: int
    median: float = 0.0
    low: float = 0.0
    high: float = 0.0

    @property
    def anomalous(self) -> bool:
        """Whether a person should look."""
        return self.verdict in ("low", "high")

    def detail(self) -> dict[str, Any]:
        """For alerts and outputs."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Extract:
    """What was extracted, when, by which run, from which source."""

    run_name: str
    dataset: str
    window: Window
    at: datetime

    def values(self) -> dict[str, Any]:
        """For the statements; the weekday is that of the window's beginning, else of the run (UTC, Monday is 1)."""
        return {
            "run_name": self.run_name,
            "dataset": self.dataset,
            "window": self.window.name,
            "seconds": self.window.seconds or 0,
            "weekday": (self.window.since or self.at).isoweekday(),
        }


def judge(rows: int, history: Sequence[int]) -> Volume:
    """Compare a number of rows with those of earlier runs. Pure."""
    if len(history) < _FEWEST:
        return Volume("unknown", rows, len(history))
    middle = median(history)
    spread = median(abs(value - middle) for value in history)
    bound = max(_DEVIATIONS * _SIGMA * spread, least_bound(middle))
    low, high = max(0.0, middle - bound), middle + bound
    verdict: Verdict = "low" if rows < low else "high" if rows > high else "normal"
    return Volume(verdict, rows, len(history), float(middle), round(low, 1), round(high, 1))


def least_bound(middle: float) -> float:
    """How far from what is usual a number of things may be in any case. Pure."""
    return max(_ALWAYS * middle, _COUNTING * math.sqrt(middle))


def check(conn: Connection, extract: Extract, rows: int) -> Volume:
    """Judge a number of rows by the last runs of its weekday and length of window, of each window the latest."""
    found = queries.every(conn, "volume_recent", most=RUNS, **extract.values())
    return judge(rows, [row["rows"] for row in found])


def remember(conn: Connection, extract: Extract, volume: Volume) -> None:
    """Enter what a run saw; a run that is tried again replaces its own entry."""
    queries.run(conn, "volume_remember", rows=volume.rows, verdict=volume.verdict, **extract.values())
