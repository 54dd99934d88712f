"""What a made-up receipt says: the truth that its picture is read against."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date, time

_HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Money:
    """How a country prints amounts: decimal places, sign of the thousands, sign of the cents."""

    places: int = 2
    thousands: str = "."
    point: str = ","

    def write(self, value: Decimal) -> str:
        """An amount as printed: "1.234,56"."""
        text = f"{value:,.{self.places}f}"
        return text.replace(",", "\0").replace(".", self.point).replace("\0", self.thousands)

    def rounded(self, value: Decimal) -> Decimal:
        """An amount with as many places as the currency has."""
        return value.quantize(Decimal(1).scaleb(-self.places), ROUND_HALF_UP)


EURO = Money()
DOLLAR_LIKE = Money(2, ",", ".")
WHOLE = Money(0)


@dataclass(frozen=True)
class Sold:
    """A line: ``amount`` as printed at its end, ``unit`` the price of one, ``rate`` of tax in percent."""

    name: str
    quantity: Decimal
    unit: Decimal
    amount: Decimal
    rate: Decimal


@dataclass(frozen=True)
class Tax:
    """A rate in percent with its base and its tax."""

    rate: Decimal
    base: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Bill:
    """All that a receipt says.

    ``net`` when its lines are without tax; ``tip`` is charged on top. ``shows_time`` and ``shows_taxes`` tell whether
    the time and the amounts of tax are printed at all.
    """

    layout: str
    country: str
    currency: str
    merchant: str
    tax_id: str
    day: date
    clock: time
    number: str
    lines: tuple[Sold, ...]
    payment: str
    money: Money = EURO
    net: bool = False
    discount: Decimal = Decimal(0)
    tip: Decimal = Decimal(0)
    shows_time: bool = True
    shows_taxes: bool = True
    taxes: tuple[Tax, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Work the taxes out."""
        object.__setattr__(self, "taxes", tuple(self._taxes()))

    @property
    def line_sum(self) -> Decimal:
        """Sum of the lines' amounts."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def total(self) -> Decimal:
        """What is to be paid."""
        tax = sum((tax.amount for tax in self.taxes), Decimal(0)) if self.net else Decimal(0)
        return self.line_sum - self.discount + tax + self.tip

    def _taxes(self) -> list[Tax]:
        """Taxes by rate, the highest first; a discount lowers the base of the highest rate."""
        found: list[Tax] = []
        for rate in sorted({line.rate for line in self.lines}, reverse=True):
            amount = sum((line.amount for line in self.lines if line.rate == rate), Decimal(0))
            amount -= Decimal(0) if found else self.discount
            if self.net:
                base, tax = amount, self.money.rounded(amount * rate / _HUNDRED)
            else:
                base = self.money.rounded(amount * _HUNDRED / (_HUNDRED + rate))
                tax = amount - base
            found.append(Tax(rate, base, tax))
        return found

    def label(self) -> dict[str, Any]:
        """The truth as JSON: amounts are strings with a point, dates ISO 8601."""
        return {
            "layout": self.layout,
            "country": self.country,
            "merchant": self.merchant,
            "tax_id": self.tax_id,
            "date": self.day.isoformat(),
            "time": self.clock.isoformat("minutes") if self.shows_time else None,
            "document_number": self.number,
            "currency": self.currency,
            "total": str(self.total),
            "discount": str(self.discount) if self.discount else None,
            "tip": str(self.tip) if self.tip else None,
            "payment_method": self.payment,
            "lines": [
                {"description": line.name, "quantity": str(line.quantity), "amount": str(line.amount)}
                for line in self.lines
            ],
            "line_sum": str(self.line_sum),
            "taxes": [
                {"rate": str(tax.rate), "base": str(tax.base), "amount": str(tax.amount)}
                for tax in self.taxes
                if self.shows_taxes
            ],
        }
