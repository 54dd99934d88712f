"""Money: a Decimal with its currency; amounts as people of different countries write them.

babel is imported by the functions that write text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from kit import locales
from kit.errors import RefusedInputError

# ISO 4217: currencies whose minor unit is not a hundredth.
_MINOR_DIGITS: Final = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV"), 0),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_AMOUNT: Final = re.compile(r"\d+(?:[.,'\u2019 \u00a0\u202f]\d+)*")
_THOUSANDS_DIGITS: Final = 3
_SYMBOLS: Final = re.compile(r"[€$£¥₡₱]|\b[A-Za-z]{1,3}\b\$?")


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in a currency (ISO 4217). Amounts of two currencies do not add up."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        """Refuse binary floats, NaN and infinity, and anything but an ISO code."""
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise TypeError(f"an amount is a finite Decimal, not {self.amount!r}")
        if not _CURRENCY.fullmatch(self.currency):
            raise ValueError(f"{self.currency!r} is no ISO 4217 code")

    def __add__(self, other: Money) -> Money:
        """Add an amount of the same currency."""
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        """Subtract an amount of the same currency."""
        return Money(self.amount - self._same(other), self.currency)

    def rounded(self) -> Money:
        """Round half up to the currency's minor unit."""
        unit = Decimal(1).scaleb(-minor_digits(self.currency))
        return Money(self.amount.quantize(unit, ROUND_HALF_UP), self.currency)

    def minor_units(self) -> int:
        """The amount in minor units (cents), rounded half up."""
        return int(self.rounded().amount.scaleb(minor_digits(self.currency)))

    def format(self, locale: str | None = None) -> str:
        """Write it as people of the locale do, e.g. `1.234,50 €`; default: the setting OPSFLOWS_LOCALE."""
        from babel.numbers import format_currency

        return format_currency(self.amount, self.currency, locale=locale or locales.current())

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return other.amount


def minor_digits(currency: str) -> int:
    """Digits after the decimal sign of a currency."""
    return _MINOR_DIGITS.get(currency, 2)


def from_minor_units(units: int, currency: str) -> Money:
    """Return the money that `units` minor units (cents) are."""
    return Money(Decimal(units).scaleb(-minor_digits(currency)), currency)


def format_number(value: Decimal, locale: str | None = None) -> str:
    """Write a number as people of the locale do, e.g. `1.234,5`, with all its digits."""
    from babel.numbers import format_decimal

    return format_decimal(value, locale=locale or locales.current(), decimal_quantization=False)


def parse_amount(text: str, *, decimal_sign: str = ",") -> Decimal:
    """Read an amount as people write it: `1.234,56`, `1,234.56`, `1 234,56`, `1'234.56`, `-3,50 €`, `(3.50)`.

    Args:
        text: the amount, with or without a currency.
        decimal_sign: `,` or `.`; decides where the text does not: `1.234` is a thousand for `,`.

    Raises:
        RefusedInputError: it is no amount (code `amount_unreadable`).
    """
    bare = _SYMBOLS.sub("", text).strip()
    negative = bare.startswith(("-", "\u2212", "(")) or bare.endswith("-")
    digits = bare.strip("-+\u2212() \u00a0")
    if not _AMOUNT.fullmatch(digits):
        raise RefusedInputError(f"{text[:40]!r} is no amount.", code="amount_unreadable")
    plain = re.sub(r"['\u2019 \u00a0\u202f]", "", digits)
    value = Decimal(_with_point(plain, decimal_sign))
    return -value if negative else value


def _with_point(digits: str, decimal_sign: str) -> str:
    """Find out which sign is the decimal one, drop the other, and write a point."""
    signs = re.findall(r"[.,]", digits)
    if not signs:
        return digits
    last = signs[-1]
    if len(set(signs)) == 1:
        after = len(digits) - digits.rindex(last) - 1
        grouping = len(signs) > 1 or (last != decimal_sign and after == _THOUSANDS_DIGITS and digits[0] != "0")
        return digits.replace(last, "" if grouping else ".")
    return digits.replace("," if last == "." else ".", "").replace(last, ".")
