"""Rows as a table that reads well in a terminal; times as ages, durations as people say them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_WIDEST: Final = 60


def table(rows: Sequence[dict[str, Any]], empty: str) -> str:
    """The rows under their titles, columns aligned; `empty` when there are none."""
    if not rows:
        return empty
    titles = list(rows[0])
    cells = [[_title(name) for name in titles], *([_cell(name, row[name]) for name in titles] for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(titles))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)
    return "\n".join(line.rstrip() for line in lines)


def sections(parts: Mapping[str, tuple[Sequence[dict[str, Any]], str]]) -> str:
    """Several tables, each under its heading."""
    return "\n\n".join(f"{heading.upper()}\n{table(rows, empty)}" for heading, (rows, empty) in parts.items())


def duration(seconds: float) -> str:
    """Seconds as people say them: `4 s`, `12 min`, `3 h`, `5 d`."""
    for unit, size in (("d", _DAY), ("h", _HOUR), ("min", _MINUTE)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 1 or seconds == 0 else f"{seconds:.2f} s"


def _title(name: str) -> str:
    return name.removesuffix("_s").removesuffix("_at").replace("_", " ").upper()


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name.endswith("_s"):
        return duration(float(value))
    if name.endswith("_at") or name == "oldest":
        ago = (datetime.now(UTC) - datetime.fromisoformat(str(value))).total_seconds()
        return f"{duration(max(0.0, ago))} ago"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # One line a row: what other systems wrote must not draw over the terminal.
    text = "".join(char if char.isprintable() else " " for char in text)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
