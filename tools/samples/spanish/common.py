"""What the layouts share: chance for dates and numbers, heads, ways of paying, tables of taxes."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tools.samples.spanish.bill import Bill

if TYPE_CHECKING:
    import random

    from tools.samples.spanish.sheet import Sheet

_FIRST_DAY = date(2026, 1, 2)
_DAYS = 318  # until the middle of November
_CASH = 0.35  # share of those who pay in cash
_PERSON_NAMES = ("Lucía", "Marta", "Íñigo", "Javier", "Rosa", "Paco", "Noelia", "Andrés")
MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip


def bill(chance: random.Random, layout: str, **facts: Any) -> Bill:
    """A bill with a date, a time, a number and a way of paying drawn by chance, unless given."""
    drawn: dict[str, Any] = {
        "country": "ES",
        "currency": "EUR",
        "day": _FIRST_DAY + timedelta(days=chance.randrange(_DAYS)),
        "clock": time(chance.randint(7, 22), chance.randint(0, 59)),
        "number": f"{chance.choice('ABFT')}{chance.randint(1, 9)}-{chance.randint(1000, 99999):06d}",
        "payment": "cash" if chance.random() < _CASH else "card",
    }
    return Bill(layout=layout, **(drawn | facts))


def phone(chance: random.Random) -> str:
    """A Spanish telephone number."""
    return f"9{chance.randint(10, 88)} {chance.randint(100, 999)} {chance.randint(100, 999)}"


def name(chance: random.Random) -> str:
    """Who served."""
    return chance.choice(_PERSON_NAMES)


def rate(value: Decimal) -> str:
    """A tax rate as printed, without needless zeros."""
    return f"{value.normalize():f}".replace(".", ",")


def day(sold: Bill, chance: random.Random) -> str:
    """A date in one of the forms that Spanish tills print."""
    return chance.choice(
        (f"{sold.day:%d/%m/%Y}", f"{sold.day:%d-%m-%Y}", f"{sold.day:%d/%m/%y}", f"{sold.day:%d.%m.%Y}")
    )


def head(sheet: Sheet, sold: Bill, place: tuple[str, str], tax: str, *more: str) -> None:
    """Name, address and tax number in the middle."""
    sheet.centre(sold.merchant, scale=1.15, bold=True)
    sheet.centre(*place, tax, *more)
    sheet.gap()


def paid(sheet: Sheet, sold: Bill, chance: random.Random, *, cash: str = "EFECTIVO", change: str = "CAMBIO") -> None:
    """Card, or cash and change."""
    write = sold.money.write
    if sold.payment == "card":
        sheet.pair(chance.choice(("TARJETA", "TARJETA BANCARIA", "VISA ****4821", "TARJ. CREDITO")), write(sold.total))
        return
    note = Decimal(10) if sold.money.places else Decimal(10000)
    handed = (sold.total // note + 1) * note
    sheet.pair(cash, write(handed))
    sheet.pair(change, write(handed - sold.total))


def tax_table(sheet: Sheet, sold: Bill, titles: tuple[str, str, str], *, sums: bool = False, prefix: str = "") -> None:
    """Rate, base and tax in three columns; ``sums`` adds a row with the sums."""
    write = sold.money.write
    sheet.cells((titles[0], 0.0, "left"), (titles[1], 0.62, "right"), (titles[2], 1.0, "right"))
    for tax in sold.taxes:
        sheet.cells(
            (f"{prefix}{rate(tax.rate)}%", 0.0, "left"),
            (write(tax.base), 0.62, "right"),
            (write(tax.amount), 1.0, "right"),
        )
    if sums:
        base = sum((tax.base for tax in sold.taxes), Decimal(0))
        tax_sum = sum((tax.amount for tax in sold.taxes), Decimal(0))
        sheet.cells(("TOTAL", 0.0, "left"), (write(base), 0.62, "right"), (write(tax_sum), 1.0, "right"))
