"""Sales events of a day: most are right, some late, some sent twice, some corrected, some broken.

late       2 %   happened up to three weeks before it was recorded
duplicate  1 %   an event of the last few, word by word
changed    1 %   an event of the last few, or of the day before, with another amount and a later time
malformed  dirt  one field that breaks the contract, of each kind that a source can hold
"""

from __future__ import annotations

import random
from collections import Counter, deque
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from etl.producer.model import Row, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from etl.producer.model import Order

DATASET: Final = "sales_events"
COLUMNS: Final = (
    "event_id",
    "customer_id",
    "event_type",
    "occurred_at",
    "amount",
    "currency",
    "quantity",
    "payload",
)
LATE: Final = 0.02
DUPLICATE: Final = 0.01
CHANGED: Final = 0.01
_RECENT: Final = 200
_TYPES: Final = ("sale", "sale", "sale", "sale", "sale", "refund", "visit", "signup")
_CURRENCIES: Final = ("EUR", "EUR", "EUR", "USD", "GBP")
_CHANNELS: Final = ("web", "shop", "app")
# A field, and what is wrong in it.
_DIRT: Final[tuple[tuple[str, str | None], ...]] = (
    ("amount", None),
    ("amount", "1.234,56"),
    ("amount", "-5.00"),
    ("occurred_at", "20/11/2026 10:00"),
    ("occurred_at", "2026-11-20T10:00:00"),
    ("occurred_at", "2999-01-01T00:00:00Z"),
    ("event_type", "purchase"),
    ("customer_id", "0"),
    ("customer_id", ""),
    ("quantity", "many"),
    ("quantity", "0"),
    ("currency", "XXX"),
    ("payload", "{broken"),
    ("event_id", "evt-" + "9" * 80),
)
Values = tuple[str | None, ...]


def make(order: Order, kinds: Counter[str]) -> Iterator[Row]:
    """Make the events of a day in the order in which they are recorded.

    Args:
        order: which, and how many.
        kinds: counts what was made: `normal`, `late`, `duplicate`, `changed`, `malformed`.
    """
    chance = random.Random(f"{order.seed}/{order.day}")  # noqa: S311 - repeatable on purpose
    recent: deque[Values] = deque(maxlen=_RECENT)
    count, first = order.events, order.numbers[0]
    step = timedelta(days=1) / count
    for number in range(count):
        recorded = order.midnight + number * step
        kind = _kind(chance.random(), order.dirt, has_recent=bool(recent))
        kinds[kind] += 1
        if kind == "duplicate":
            values = recent[_below(chance, len(recent))]
        elif kind == "changed":
            values = _changed(chance, order, recent, recorded)
        else:
            values = _event(chance, order, number, _occurred(chance, recorded, late=kind == "late"))
            recent.append(values)
        if kind == "malformed":
            recent.pop()
            values = _broken(chance, values)
        yield Row(first + number, recorded, values)


def event_id(day: date, number: int) -> str:
    """Name of a day's event."""
    return f"evt-{day:%Y%m%d}-{number:07}"


def _below(chance: random.Random, limit: int) -> int:
    """A number from 0 on; four times as fast as `randrange`, and even enough for made-up data."""
    return int(chance.random() * limit)


def _amount(chance: random.Random) -> str:
    cents = 1 + _below(chance, 50_000)
    return f"{cents // 100}.{cents % 100:02}"


def _kind(drawn: float, dirt: float, *, has_recent: bool) -> str:
    for kind, share in (("malformed", dirt), ("late", LATE), ("duplicate", DUPLICATE), ("changed", CHANGED)):
        if drawn < share:
            return kind if has_recent or kind in ("malformed", "late") else "normal"
        drawn -= share
    return "normal"


def _occurred(chance: random.Random, recorded: datetime, *, late: bool) -> datetime:
    return recorded - timedelta(seconds=86_400 + _below(chance, 20 * 86_400) if late else _below(chance, 300))


def _event(chance: random.Random, order: Order, number: int, occurred: datetime) -> Values:
    sku, discount = _below(chance, order.products), _below(chance, 30)
    channel = _CHANNELS[_below(chance, 3)]
    payload = f'{{"sku": "P-{sku:05}", "channel": "{channel}", "discount": 0.{discount:02}}}'
    return (
        event_id(order.day, number),
        str(1 + _below(chance, order.customers)),
        _TYPES[_below(chance, len(_TYPES))],
        stamp(occurred),
        _amount(chance),
        _CURRENCIES[_below(chance, len(_CURRENCIES))],
        str(1 + _below(chance, 9)),
        payload if chance.random() < 0.9 else None,  # noqa: PLR2004 - one in ten has none
    )


def _changed(chance: random.Random, order: Order, recent: deque[Values], recorded: datetime) -> Values:
    """A correction: of an event of the last few, or of the day before."""
    _id, customer, kind, _at, _old, *rest = recent[_below(chance, len(recent))]
    yesterday = order.day - timedelta(days=1)
    name = _id if chance.random() < 0.5 else event_id(yesterday, _below(chance, min(order.events, 1_000)))  # noqa: PLR2004
    return (name, customer, kind, stamp(recorded), _amount(chance), *rest)


def _broken(chance: random.Random, values: Values) -> Values:
    column, wrong = _DIRT[_below(chance, len(_DIRT))]
    place = COLUMNS.index(column)
    return (*values[:place], wrong, *values[place + 1 :])
