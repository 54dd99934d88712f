"""Bytes as people of the language write them."""

from __future__ import annotations

from typing import Final

from kit import locales

_UNITS: Final = ("B", "kB", "MB", "GB", "TB")
_STEP: Final = 1000.0


def text(count: float) -> str:
    """Such as `1,2 GB`, in powers of a thousand; the space does not break."""
    from babel.numbers import format_decimal

    left, unit = float(count), 0
    while left >= _STEP and unit < len(_UNITS) - 1:
        left, unit = left / _STEP, unit + 1
    pattern = "#,##0.0" if unit else "#,##0"
    return f"{format_decimal(left, format=pattern, locale=locales.current())}\xa0{_UNITS[unit]}"
