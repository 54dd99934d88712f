"""Draw the set: each layout in turn, spoilt as phones do, with the truth beside the pictures."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from tools.samples.spanish import america, spain_services, spain_shops
from tools.samples.spanish.paper import draw
from tools.samples.spanish.phone import draw_damage, photograph

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tools.samples.spanish.bill import Bill
    from tools.samples.spanish.sheet import Sheet

LAYOUTS: dict[str, Callable[[random.Random], tuple[Bill, Sheet]]] = {
    "supermarket": spain_shops.supermarket,
    "restaurant": spain_services.restaurant,
    "petrol": spain_services.petrol,
    "taxi": spain_services.taxi,
    "hotel": spain_services.hotel,
    "pharmacy": spain_shops.pharmacy,
    "parking": spain_services.parking,
    "toll": spain_services.toll,
    "bakery": spain_shops.bakery,
    "hardware": spain_shops.hardware,
    "clothes": spain_shops.clothes,
    "mexico_shop": america.mexico_shop,
    "mexico_restaurant": america.mexico_table,
    "colombia": america.colombia,
    "chile": america.chile,
    "argentina": america.argentina,
    "peru": america.peru,
}


def make(layout: str, chance: random.Random) -> tuple[dict[str, Any], bytes]:
    """One ticket of a layout: its label, and the JPEG."""
    sold, sheet = LAYOUTS[layout](chance)
    damage = draw_damage(chance)
    jpeg = photograph(draw(sheet, tall=chance.uniform(1.0, 1.2)), damage, chance)
    return {**sold.label(), "applied": damage.label()}, jpeg


def draw_spanish(out: Path, count: int, seed: int) -> None:
    """Draw ``count`` tickets into a folder, with ``labels.json``; the same seed gives the same pictures."""
    labels = []
    for number in range(count):
        layout = tuple(LAYOUTS)[number % len(LAYOUTS)]
        chance = random.Random(f"{seed}-spanish-{number}")  # noqa: S311 drawings, not secrets
        label, jpeg = make(layout, chance)
        name = f"{layout}_{number:03d}"
        (out / f"{name}.jpg").write_bytes(jpeg)
        labels.append({"id": name, **label})
    (out / "labels.json").write_text(json.dumps(labels, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
