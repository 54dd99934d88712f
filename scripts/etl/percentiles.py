"""p50, p95 and p99 of some durations, by the nearest rank."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

SHARES: Final = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


def of(values: Sequence[float]) -> dict[str, float]:
    """The three, to the microsecond; nothing of nothing."""
    ordered = sorted(values)
    return {name: round(ordered[ceil(share * len(ordered)) - 1], 6) for name, share in SHARES.items() if ordered}
