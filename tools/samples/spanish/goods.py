"""What the made-up shops of the Spanish set are called and sell (`goods.json`), and what a customer buys."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from tools.samples.spanish.bill import EURO, Money, Sold

if TYPE_CHECKING:
    import random

_DATA = json.loads((Path(__file__).parent / "goods.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Shop:
    """A kind of shop.

    Attributes:
        names: What it may be called.
        goods: Article, lowest and highest price in hundredths (or whole pesos), tax rate in percent.
        lines: How many different things a customer buys, at least and at most.
    """

    names: tuple[str, ...]
    goods: tuple[tuple[str, int, int, str], ...]
    lines: tuple[int, int]


@dataclass(frozen=True)
class Basket:
    """How a customer buys: in which money, and how many of one thing."""

    money: Money = EURO
    counts: tuple[int, ...] = (1, 1, 1, 2, 3)


_USUAL = Basket()


def shop(kind: str) -> Shop:
    """A kind of shop by its name in `goods.json`."""
    data = _DATA["shops"][kind]
    low, high = data["lines"]
    return Shop(tuple(data["names"]), tuple(tuple(good) for good in data["goods"]), (low, high))


def names(kind: str) -> tuple[str, ...]:
    """A list of names in `goods.json`."""
    return tuple(_DATA["lists"][kind])


def place(country: str, chance: random.Random) -> tuple[str, str]:
    """Street and town of an address."""
    if country == "spain":
        return chance.choice(names("streets")), chance.choice(names("towns"))
    street, town = chance.choice(_DATA["lists"][country])
    return street, town


def fruit(chance: random.Random) -> tuple[str, int, int]:
    """Fruit or vegetables, with the lowest and highest price of a kilogramme in cents."""
    name, low, high = chance.choice(_DATA["lists"]["fruit"])
    return name, low, high


def buy(kind: Shop, chance: random.Random, basket: Basket = _USUAL) -> tuple[Sold, ...]:
    """Draw what a customer buys."""
    goods = chance.sample(kind.goods, min(chance.randint(*kind.lines), len(kind.goods)))
    lines = []
    for name, low, high, rate in goods:
        price = Decimal(chance.randint(low, high))
        price = price / 100 if basket.money.places else price // 10 * 10
        count = Decimal(chance.choice(basket.counts))
        lines.append(Sold(name, count, price, price * count, Decimal(rate)))
    return tuple(lines)
