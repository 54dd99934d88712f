r"""Regular expressions for whole numbers and days of a range, digit by digit.

`numbers(7, 123)` accepts exactly 7 … 123, without leading zeros; `days(first, last)` the days of the range.
The shapes are those of the textbook: a common prefix, the ragged ends, and full blocks `[0-9]{n}` between them.
"""

from __future__ import annotations

import calendar
from datetime import date
from typing import Final

NOTHING: Final = r"(?!)"


def numbers(low: int, high: int) -> str:
    """A pattern of the whole numbers from `low` to `high`, both included; of nothing when low > high."""
    if low > high:
        return NOTHING
    parts = []
    if low < 0:
        parts.append("-" + numbers(max(1, -high), -low))
    if high >= 0:
        parts += _naturals(max(0, low), high)
    return _any(parts)


def fixed(low: int, high: int, width: int) -> str:
    """A pattern of the numbers from `low` to `high`, written with `width` digits."""
    if low > high:
        return NOTHING
    return _fixed(f"{low:0{width}}", f"{high:0{width}}")


def days(first: date, last: date) -> str:
    """A pattern of the days YYYY-MM-DD from `first` to `last`, both included."""
    whole = [first.year + (first > date(first.year, 1, 1)), last.year - (last < date(last.year, 12, 31))]
    # The latest year comes first: an expression tries its alternatives in order, and most events are recent.
    parts = [_year(year, first, last) for year in _ragged(first, last, whole)]
    if whole[0] <= whole[1]:
        parts.append(fixed(whole[0], whole[1], 4) + "-" + _DAY_OF_ANY_YEAR)
        # The 29th of February exists in some of these years only; 40 of them are enough for the likely.
        leap = [year for year in range(whole[1], whole[0] - 1, -1) if calendar.isleap(year)]
        parts += [f"{year:04}-02-29" for year in leap[:40]]
    return _any([part for part in parts if part != NOTHING])


_DAY_OF_ANY_YEAR: Final = (
    r"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)


def _ragged(first: date, last: date, whole: list[int]) -> list[int]:
    """The years that are not whole, the latest first."""
    return [year for year in sorted({first.year, last.year}, reverse=True) if not whole[0] <= year <= whole[1]]


def _year(year: int, first: date, last: date) -> str:
    months = [_month(year, month, first, last) for month in range(12, 0, -1)]
    return f"{year:04}-{_any([month for month in months if month != NOTHING])}"


def _month(year: int, month: int, first: date, last: date) -> str:
    ends = calendar.monthrange(year, month)[1]
    low = max(first, date(year, month, 1))
    high = min(last, date(year, month, ends))
    return NOTHING if low > high else f"{month:02}-{fixed(low.day, high.day, 2)}"


def _fixed(low: str, high: str) -> str:
    if not low:
        return ""
    if low[0] == high[0]:
        return low[0] + _fixed(low[1:], high[1:])
    rest = len(low) - 1
    parts, bottom, top = [], int(low[0]), int(high[0])
    if low[1:] != "0" * rest:
        parts.append(low[0] + _fixed(low[1:], "9" * rest))
        bottom += 1
    tail = []
    if high[1:] != "9" * rest:
        tail.append(high[0] + _fixed("0" * rest, high[1:]))
        top -= 1
    if bottom <= top:
        digit = f"[{bottom}-{top}]" if bottom < top else str(bottom)
        parts.append(digit + (f"[0-9]{{{rest}}}" if rest else ""))
    return _any(parts + tail)


def _naturals(low: int, high: int) -> list[str]:
    """The ragged first and last width apart, and all full widths between them as one alternative, the likeliest."""
    ragged, full = [], []
    for digits in range(len(str(low)), len(str(high)) + 1):
        least, top = max(low, 10 ** (digits - 1) if digits > 1 else 0), min(high, 10**digits - 1)
        if digits > 1 and (least, top) == (10 ** (digits - 1), 10**digits - 1):
            full.append(digits)
        else:
            ragged.append(fixed(least, top, digits))
    return [*([f"[1-9][0-9]{{{full[0] - 1},{full[-1] - 1}}}+"] if full else []), *ragged]


def _any(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})" if parts else NOTHING
