"""What a check finds, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """How a part stands.

    Attributes:
        state: `warning` works today and will not for long.
        detail: what was seen, without secrets.
        value: the figure that it was judged by.
    """

    state: State
    detail: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """A part and how it is looked at.

    Attributes:
        name: in snake_case, stable: alerts and dashboards go by it.
        look: returns what was found; None when the part is not set up here. An error that leaves it is a failure.
        critical: nothing works without it, so that its first failure is told, and loudly.
    """

    name: str
    look: Callable[[], Finding | None]
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found (None: not set up), and how long it took."""

    check: Check
    finding: Finding | None
    took_ms: int


def graded(value: float, warn: float, fail: float, detail: str) -> Finding:
    """Judge a figure: the larger, the worse."""
    return Finding("failed" if value >= fail else "warning" if value >= warn else "ok", detail, value)
