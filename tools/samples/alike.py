"""Receipts that are easily taken for one another, and the same receipt sent again: what duplicates are tried on."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from PIL import Image

from tools.samples.__main__ import random_look, seeded
from tools.samples.layout import lay_out
from tools.samples.photo import CLEAR, Look, take
from tools.samples.ticket import KINDS, Ticket, make_ticket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_RETAKES = 40  # shop visits by one seed; beyond, numbers would meet again


@dataclass(frozen=True)
class Shot:
    """A picture: `receipt` tells which piece of paper it shows, `variant` how it came about."""

    receipt: str
    variant: str
    jpeg: bytes


def shots(groups: int, seed: int) -> Iterator[Shot]:
    """Draw groups of eleven: a receipt, five others that differ from it in little, and five more pictures of it."""
    for number in range(groups):
        key = f"{seed}-alike-{number}"
        ticket = make_ticket(KINDS[number % len(KINDS)], seeded(key))
        look = random_look(seeded(key)) if number % 2 else CLEAR
        jpeg = _photo(ticket, look, key)
        yield Shot(key, "first", jpeg)
        for name, change in _OTHERS.items():
            # The same hand, light and table: as pictures they are as alike as can be.
            yield Shot(f"{key}-{name}", name, _photo(change(ticket), look, key))
        for name, again in _AGAIN.items():
            yield Shot(key, name, again(jpeg))
        yield Shot(key, "photographed_again", _photo(ticket, random_look(seeded(f"{key}-again")), f"{key}-again"))


def _photo(ticket: Ticket, look: Look, key: str) -> bytes:
    return take(lay_out(ticket), look, seeded(key))


def _dearer(ticket: Ticket) -> Ticket:
    first = ticket.items[0]
    items = (replace(first, price=first.price + Decimal("0.10")), *ticket.items[1:])
    return replace(_next(ticket, 2), items=items)


def _next_day(ticket: Ticket) -> Ticket:
    return replace(_next(ticket, 40), issued_on=ticket.issued_on + timedelta(days=1))


def _earlier(ticket: Ticket) -> Ticket:
    """The same purchase by a colleague, some minutes before."""
    moment = datetime.combine(ticket.issued_on, ticket.issued_time) - timedelta(minutes=7)
    return replace(_next(ticket, -1), issued_time=moment.time())


def _next(ticket: Ticket, step: int = 1) -> Ticket:
    """The document number that follows in the series, or another one near it."""
    series, _, number = ticket.number.rpartition("-")
    return replace(ticket, number=f"{series}-{int(number) + step:06d}")


def _other_company(ticket: Ticket) -> Ticket:
    """Another company with the same till, whose numbers run alike."""
    other = next(drawn for drawn in _companies(ticket) if drawn.merchant != ticket.merchant)
    return replace(ticket, merchant=other.merchant, tax_id=other.tax_id)


def _companies(ticket: Ticket) -> Iterator[Ticket]:
    return (make_ticket(ticket.kind, seeded(f"{ticket.number}-{number}")) for number in range(_RETAKES))


def _compressed(jpeg: bytes) -> bytes:
    return _jpeg(_open(jpeg), 45)


def _scaled(jpeg: bytes) -> bytes:
    picture = _open(jpeg)
    return _jpeg(picture.resize((picture.width * 7 // 10, picture.height * 7 // 10)), 80)


def _cropped(jpeg: bytes) -> bytes:
    picture = _open(jpeg)
    inset = picture.width // 50
    return _jpeg(picture.crop((inset, inset, picture.width - inset, picture.height - inset)), 85)


def _screenshot(jpeg: bytes) -> bytes:
    picture = _open(jpeg)
    screen = Image.new("RGB", (picture.width, max(picture.width * 2, picture.height + 200)), "black")
    screen.paste(picture, (0, (screen.height - picture.height) // 2))
    return _jpeg(screen, 88)


def _open(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg)).convert("RGB")


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


_OTHERS: dict[str, Callable[[Ticket], Ticket]] = {
    "other_total": _dearer,
    "next_day": _next_day,
    "next_number": _next,
    "minutes_earlier": _earlier,
    "other_company": _other_company,
}
_AGAIN: dict[str, Callable[[bytes], bytes]] = {
    "compressed": _compressed,
    "scaled": _scaled,
    "cropped": _cropped,
    "screenshot": _screenshot,
}
