"""Numbers as people of the language write them; nothing is a dash."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from kit import locales, sizes

if TYPE_CHECKING:
    from collections.abc import Callable

NOTHING: Final = "\u2013"  # an en dash
_CENT: Final = Decimal("0.01")
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


def number(value: float | Decimal | None, digits: int = 0) -> str:
    """A number, such as `1.234`, or `1.234,50` with two digits."""
    from babel.numbers import format_decimal

    if value is None:
        return NOTHING
    pattern = "#,##0" + (f".{'0' * digits}" if digits else "")
    return str(format_decimal(value, format=pattern, locale=locales.current()))


def percent(value: float | None) -> str:
    """A share of 0 to 1, such as `97,25 %`. It is cut off, not rounded: 99.997 is not 100."""
    return NOTHING if value is None else f"{number(int(value * 10_000 + 1e-6) / 100, 2)}\xa0%"


def size(value: float | None) -> str:
    """Bytes, such as `1,2 GB`."""
    return NOTHING if value is None else sizes.text(value)


def span(seconds: float | None) -> str:
    """A length of time, such as `2 min 5 s`; the two largest units of it."""
    if seconds is None:
        return NOTHING
    if seconds < _MINUTE_S:
        return f"{number(seconds, 1 if seconds < 10 else 0)}\xa0s"  # noqa: PLR2004 - one digit where it says something
    whole = int(seconds)
    for unit, name, lower, lower_name in ((_DAY_S, "d", _HOUR_S, "h"), (_HOUR_S, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= unit:
            rest = whole % unit // lower
            return f"{whole // unit}\xa0{name}" + (f" {rest}\xa0{lower_name}" if rest else "")
    return NOTHING


def dollars(value: Decimal | float | None) -> str:
    """An amount in US dollars, with more digits the less it is."""
    if value is None:
        return NOTHING
    digits = 2 if value >= 1 or not value else 4 if value >= _CENT else 6
    return f"{number(value, digits)}\xa0USD"


FILTERS: Final[dict[str, Callable[..., str]]] = {
    "number": number,
    "percent": percent,
    "size": size,
    "span": span,
    "dollars": dollars,
}
