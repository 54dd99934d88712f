"""What a figure is used to be: a rolling mean and deviation that one outlier does not move far. Pure.

Exponential moving averages, of the value and of its absolute difference from the mean, with one rule for outliers: a
value outside the bounds counts no further than `_CLIP` deviations (it is winsorised), or as large a part of the bound
where there is hardly any deviation, so that a series that was constant learns to vary. `_ADOPT` of them in a row on the
same side are the new truth, and the baseline begins anew from those. The baseline is a fold over the samples in the
order of their time, so it is the same however they came, and however often.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Final, Literal

from etl import volume

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from platform_tasks.watch.config import Series

Verdict = Literal["learning", "normal", "low", "high"]
FEWEST: Final = 5  # samples before anything is said, and of which a baseline begins
_ADOPT: Final = 5  # in a row outside, on the same side
_WEIGHT: Final = 0.1  # of a new sample
_BOUND: Final = 5.0  # mean absolute deviations; four standard deviations, where values are spread normally
_CLIP: Final = 3.0
# Of the median absolute deviation to the mean one, where values are spread normally.
_FROM_MEDIAN: Final = 1.18


@dataclass(frozen=True, slots=True, order=True)
class Sample:
    """A figure of one run; ordered by time, then by the run's key."""

    at: datetime
    key: str
    value: float


@dataclass(frozen=True, slots=True)
class Baseline:
    """Of one series and weekday; `beyond`: samples in a row outside, negative when they were below."""

    samples: int = 0
    mean: float = 0.0
    deviation: float = 0.0
    beyond: int = 0
    last_key: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A sample, what was thought of it, and within what it would have been normal."""

    sample: Sample
    verdict: Verdict
    low: float
    high: float


def fold(samples: Iterable[Sample], series: Series) -> tuple[Baseline, list[Judged]]:
    """Judge samples by those before them, in the order of time; each key counts once, its last value.

    Args:
        samples: of one series and weekday, in any order.
        series: what is normal all the same.
    """
    unique = sorted({sample.key: sample for sample in sorted(samples)}.values())
    base, judged = Baseline(), []
    for number, sample in enumerate(unique):
        if number < FEWEST:
            judged.append(Judged(sample, "learning", sample.value, sample.value))
            base = _begun([one.value for one in unique[: number + 1]], sample.key)
            continue
        found = judge(base, sample, series)
        judged.append(found)
        base = _moved(base, found, [one.value for one in unique[max(0, number + 1 - _ADOPT) : number + 1]])
    return base, judged


def judge(base: Baseline, sample: Sample, series: Series) -> Judged:
    """Judge a sample by the baseline; sides that nobody wants to be told of are normal."""
    least = max(series.least, series.least_share * abs(base.mean))
    if series.counts:
        least = max(least, volume.least_bound(abs(base.mean)))
    bound = max(_BOUND * base.deviation, least)
    low, high = base.mean - bound, base.mean + bound
    verdict: Verdict = "normal"
    if sample.value < low and series.sides != "high":
        verdict = "low"
    elif sample.value > high and series.sides != "low":
        verdict = "high"
    return Judged(sample, verdict, low, high)


def latest(judged: Sequence[Judged]) -> Iterator[Judged]:
    """The newest sample, when it is unusual."""
    yield from (found for found in judged[-1:] if found.verdict in ("low", "high"))


def _begun(values: Sequence[float], key: str) -> Baseline:
    middle = median(values)
    spread = _FROM_MEDIAN * median(abs(value - middle) for value in values)
    return Baseline(len(values), middle, spread, 0, key)


def _moved(base: Baseline, found: Judged, newest: Sequence[float]) -> Baseline:
    value = found.sample.value
    side = (value > found.high) - (value < found.low)
    beyond = (base.beyond + side if base.beyond * side >= 0 else side) if side else 0
    if abs(beyond) >= _ADOPT:
        return replace(_begun(newest, found.sample.key), samples=base.samples + 1)
    clip = _CLIP / _BOUND * (found.high - base.mean)
    inside = min(max(value, base.mean - clip), base.mean + clip) if side else value
    return Baseline(
        base.samples + 1,
        base.mean + _WEIGHT * (inside - base.mean),
        base.deviation + _WEIGHT * (abs(inside - base.mean) - base.deviation),
        beyond,
        found.sample.key,
    )
