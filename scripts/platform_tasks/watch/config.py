"""From when on something is unusual: namespace_files/config/watch.json; docs/watch.md explains each key."""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from kit import configs

FILE: Final = "config/watch.json"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Times(_Part):
    """Seconds of a run, against those of the runs before.

    Attributes:
        factor: times the median of those.
        samples: of them at least.
        history: of them at most.
        least_s: what is shorter is never told.
    """

    factor: float = Field(gt=1)
    samples: int = Field(ge=3)
    history: int = Field(ge=3, le=200)
    least_s: float = Field(ge=0)


class Series(_Part):
    """Figures of runs, against their baseline.

    Attributes:
        sides: what is told: too low, too high, or both.
        least: differences from the mean up to this are normal.
        least_share: the same as a share of the mean.
        counts: whole numbers of things, whose spread is never below that of chance.
    """

    sides: Literal["low", "high", "both"] = "both"
    least: float = Field(0.0, ge=0)
    least_share: float = Field(0.0, ge=0, le=1)
    counts: bool = False


class Config(_Part):
    """The whole file.

    Attributes:
        collector_stale_s: without a good end of runs_collect for so long nothing is said about runs but that.
        duration: for run time.
        queue: for waiting.
        grace_s: how late flows may begin, instead of what their schedule says, by `namespace.flow`.
        series: by name; figures that are not here are not watched.
    """

    collector_stale_s: float = Field(gt=0)
    duration: Times
    queue: Times
    grace_s: dict[str, float]
    series: dict[str, Series]


@cache
def load() -> Config:
    """Read the file.

    Raises:
        ConfigurationError: it is missing or wrong.
    """
    return configs.read(Config, FILE)
