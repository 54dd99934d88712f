"""Made-up tickets: shops that do not exist, with tax numbers whose checksums hold, drawn by a seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from tools.samples.trades import TRADES

if TYPE_CHECKING:
    import random

_CENT = Decimal("0.01")
_HUNDRED = Decimal(100)
_FIRST_DAY = date(2026, 1, 2)
_DAYS = 318


@dataclass(frozen=True)
class Item:
    """An article: ``price`` is that of one unit, tax included; ``rate`` in percent."""

    name: str
    quantity: int
    price: Decimal
    rate: int

    @property
    def amount(self) -> Decimal:
        """What the line costs."""
        return self.price * self.quantity


@dataclass(frozen=True)
class Ticket:
    """A whole ticket; ``paid`` is cash handed over, or ``None`` for a card."""

    kind: str
    country: str
    currency: str
    merchant: str
    tax_id: str
    address: tuple[str, str]
    phone: str
    number: str
    issued_on: date
    issued_time: time
    items: tuple[Item, ...]
    paid: Decimal | None

    @property
    def total(self) -> Decimal:
        """Sum of the lines."""
        return sum((item.amount for item in self.items), Decimal(0))

    def taxes(self) -> list[tuple[int, Decimal, Decimal]]:
        """Rate, base and tax, from the highest rate down."""
        rows = []
        for rate in sorted({item.rate for item in self.items}, reverse=True):
            gross = sum((item.amount for item in self.items if item.rate == rate), Decimal(0))
            base = (gross * _HUNDRED / (_HUNDRED + rate)).quantize(_CENT, ROUND_HALF_UP)
            rows.append((rate, base, gross - base))
        return rows


KINDS = tuple(TRADES)
_STREETS = (
    "C/ Mayor, 14",
    "Avda. de la Constitución, 7",
    "Plaza de España, 3",
    "C/ Cervantes, 22 bajo",
    "Paseo del Río, 101",
)
_TOWNS = ("28013 Madrid", "41004 Sevilla", "50001 Zaragoza", "15003 A Coruña", "46002 Valencia", "33201 Gijón")
_MEXICO = (("Av. Juárez 145, Col. Centro", "36000 Guanajuato, Gto."), ("Calle Hidalgo 78", "44100 Guadalajara, Jal."))


def make_ticket(kind: str, random: random.Random) -> Ticket:
    """Draw a ticket of a kind (one of ``KINDS``)."""
    trade = TRADES[kind]
    count = random.randint(*trade.lines)
    articles = random.sample(trade.articles, min(count, len(trade.articles)))
    items = tuple(
        Item(
            name,
            random.choice((1, 1, 1, 2, 3)) if kind != "fuel" else 1,
            Decimal(random.randint(low, high)) / 100,
            rate,
        )
        for name, low, high, rate in articles
    )
    mexican = kind == "convenience"
    total = sum((item.amount for item in items), Decimal(0))
    note = Decimal(50 if mexican else 10)
    return Ticket(
        kind=kind,
        country="MX" if mexican else "ES",
        currency="MXN" if mexican else "EUR",
        merchant=random.choice(trade.names),
        tax_id=_rfc(random) if mexican else _nif(random),
        address=random.choice(_MEXICO) if mexican else (random.choice(_STREETS), random.choice(_TOWNS)),
        phone=f"9{random.randint(10, 88)} {random.randint(100, 999)} {random.randint(100, 999)}",
        number=f"{random.choice('ABFT')}{random.randint(1, 9)}-{random.randint(1000, 99999):06d}",
        issued_on=_FIRST_DAY + timedelta(days=random.randrange(_DAYS)),
        issued_time=time(random.randint(8, 22), random.randint(0, 59)),
        items=items,
        paid=(total // note + 1) * note if random.random() < 0.4 else None,  # noqa: PLR2004 share of cash
    )


def _nif(random: random.Random) -> str:
    """A Spanish company's number with its right control digit."""
    from stdnum.es import cif

    body = f"B{random.randint(10, 52):02d}{random.randint(10000, 99999)}"
    return f"{body}{cif.calc_check_digits(body)[0]}"


def _rfc(random: random.Random) -> str:
    """A Mexican company's number with its right control character."""
    from stdnum.mx import rfc

    initials = "".join(random.choice("ABCDEGHJLMNPRSTV") for _ in range(3))
    founded = f"{random.randint(1, 22):02d}{random.randint(1, 12):02d}{random.randint(1, 28):02d}"
    body = f"{initials}{founded}{random.choice('ABCD123')}{random.choice('XYZ789')}"
    return body + rfc.calc_check_digit(body)
