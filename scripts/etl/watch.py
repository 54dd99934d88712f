"""What about a run people should look at: it failed, accepted too little, or less than its kind is used to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from etl.record import Level

_FEWEST: Final = 5  # runs before a trend is one
_RATIO_DROP: Final = 0.02  # below the median of the runs before


@dataclass(frozen=True, slots=True)
class Found:
    """An alert to be raised: its kind names its text, `values` fill it."""

    kind: str
    level: Level
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on something is told.

    Attributes:
        min_ratio: a smaller share of accepted rows is low.
        drop: rows fewer by this share than the median of the runs before are a drop.
    """

    min_ratio: float = 0.98
    drop: float = 0.5


def look(run: Mapping[str, Any], before: Sequence[Mapping[str, Any]], limits: Limits) -> list[Found]:
    """Look at a run that has ended, and at those before it (newest first, without this one)."""
    found = []
    if run["status"] in ("failed", "refused"):
        outcome = run["outcome"] or {}
        values = {"code": outcome.get("code", run["status"]), "message": outcome.get("message", "")}
        found.append(Found("run_failed", "critical", values))
    ratio = None if run["ratio"] is None else float(run["ratio"])
    if ratio is not None and ratio < limits.min_ratio:
        found.append(Found("low_ratio", "warning", {"ratio": f"{ratio:.2%}", "least": f"{limits.min_ratio:.2%}"}))
    if run["status"] == "succeeded" and len(before) >= _FEWEST:
        found += _trends(run, ratio, before, limits)
    return found


def _trends(
    run: Mapping[str, Any], ratio: float | None, before: Sequence[Mapping[str, Any]], limits: Limits
) -> list[Found]:
    found = []
    usual = median(row["total_rows"] or 0 for row in before)
    if (run["total_rows"] or 0) < (1 - limits.drop) * usual:
        found.append(Found("rows_drop", "warning", {"rows": run["total_rows"] or 0, "usual": round(usual)}))
    ratios = [row["ratio"] for row in before if row["ratio"] is not None]
    if ratio is not None and ratios and ratio < median(ratios) - _RATIO_DROP:
        values = {"ratio": f"{ratio:.2%}", "usual": f"{median(ratios):.2%}"}
        found.append(Found("ratio_drop", "warning", values))
    return found
