"""The shop's customers and products: whole lists, of which some rows are other than a month before."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from etl.producer.model import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from etl.producer.model import Order

CUSTOMERS: Final = ("customer_id", "name", "email", "country", "segment")
PRODUCTS: Final = ("sku", "name", "price", "currency")
_NAMES: Final = ("Ana", "Luis", "Íñigo", "Noa", "Zoë", "Björn", "Mª José", "O'Neil")
_FAMILIES: Final = ("García", "Peña", "Muñoz", "López", "Ferrer", "Smith", "Çelik")
_COUNTRIES: Final = ("ES", "ES", "ES", "PT", "FR", "GB")
_SEGMENTS: Final = ("new", "regular", "vip")
_THINGS: Final = ("Mesa", "Silla", "Lámpara", "Cojín", "Estantería", "Jarrón")


def customers(order: Order) -> Iterator[Row]:
    """All customers, as of the day; in a hundred one is in another segment than the month before."""
    for number in range(1, order.customers + 1):
        chance = random.Random(f"{order.seed}/customer/{number}")  # noqa: S311 - repeatable on purpose
        name = f"{chance.choice(_NAMES)} {chance.choice(_FAMILIES)}"
        moved = order.day.toordinal() // 30 if chance.random() < 0.01 else 0  # noqa: PLR2004
        segment = _SEGMENTS[(chance.randrange(3) + moved) % 3]
        values = (str(number), name, f"customer{number}@example.com", chance.choice(_COUNTRIES), segment)
        yield Row(number, order.midnight, values)


def products(order: Order) -> Iterator[Row]:
    """All products, as of the day; prices rise by a cent a month."""
    for number in range(order.products):
        chance = random.Random(f"{order.seed}/product/{number}")  # noqa: S311 - repeatable on purpose
        cents = chance.randrange(100, 90_000) + order.day.toordinal() // 30
        values = (f"P-{number:05}", f"{chance.choice(_THINGS)} {number}", f"{cents / 100:.2f}", "EUR")
        yield Row(number + 1, order.midnight, values)
