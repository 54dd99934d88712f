"""The load that is asked about, checked."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, Final


class LoadError(ValueError):
    """A figure of the load makes no sense; the message names it and what it may be."""


# name -> (least, most). More than the most is a slip of the unit rather than a load.
_BOUNDS: Final = {
    "executions_per_minute": (0, 100_000),
    "tasks": (1, 100),
    "task_cpu_seconds": (0, 86_400),
    "task_wait_seconds": (0, 86_400),
    "task_memory_mb": (1, 1_000_000),
    "peak_factor": (1, 100),
    "rows_per_day": (0, 1e11),
    "bytes_per_row": (0, 1e6),
    "row_days": (1, 36_500),
    "bytes_per_execution": (0, 1e10),
    "file_days": (1, 36_500),
    "execution_days": (1, 36_500),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is to be borne.

    Attributes:
        executions_per_minute: on average over a day.
        tasks: Python tasks of one execution, one after the other.
        task_cpu_seconds: processor seconds of one task beyond its start.
        task_wait_seconds: seconds that it waits for others (providers, Postgres) and holds its thread.
        task_memory_mb: of a task's process; a reading by OCR takes 500.
        peak_factor: the busiest quarter of an hour against the average.
        rows_per_day: rows that come into our own tables.
        bytes_per_row: with indexes; 0 takes what was measured on the table of sales events.
        row_days: how long rows stay.
        bytes_per_execution: files in the internal storage; a receipt has about 500 kB.
        file_days: how long files stay.
        execution_days: how long Kestra's own rows of an execution stay.
    """

    executions_per_minute: float
    tasks: int = 1
    task_cpu_seconds: float = 0.1
    task_wait_seconds: float = 0.0
    task_memory_mb: float = 80
    peak_factor: float = 3.0
    rows_per_day: float = 0
    bytes_per_row: float = 0
    row_days: float = 365
    bytes_per_execution: float = 20_000
    file_days: float = 90
    execution_days: float = 90

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            LoadError: a figure is no number, or out of its bounds.
        """
        for field in fields(self):
            _check(field.name, getattr(self, field.name))

    @property
    def executions_per_day(self) -> float:
        """On average."""
        return self.executions_per_minute * 1440

    @property
    def peak_per_second(self) -> float:
        """Executions a second in the busiest quarter of an hour."""
        return self.executions_per_minute * self.peak_factor / 60


def _check(name: str, value: Any) -> None:
    least, most = _BOUNDS[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise LoadError(f"{name} must be a number, not {value!r}.")
    if not least <= value <= most:
        raise LoadError(f"{name} must be from {least:g} to {most:g}, not {value:g}.")
