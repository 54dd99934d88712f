"""The total, and the amounts around it: subtotal, tip, discount, what was paid and given back.

Every amount that could be the total collects evidence: its label, and what confirms it (cash minus change, the card's
amount, subtotal plus taxes, the sum of the lines, rounding, repetition). The best one wins; its score tells how surely.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tickets.extraction.rules.labels import Kind
    from tickets.extraction.rules.reading import Entry, Reading

_CENT = Decimal("0.01")
_BASE: dict[Kind, float] = {
    "grand_total": 3.0,
    "rounding": 3.2,
    "total": 2.2,
    "card": 1.0,
    "tendered": 0.6,
    "cash": 0.6,
    "amount": 0.8,
}
_IN_SUMMARY = -2.5
_TAX_TOO = re.compile(r"\b(?:i\.?v\.?a|igv|cuota|impuesto)\b.*\d")
_LARGE_PRINT = 1.3
_ROUNDING_LIMIT = Decimal(1)


@dataclass(frozen=True)
class Total:
    """The chosen total: value, row, score and the names of what confirms it."""

    value: Decimal
    row: int
    score: float
    confirmed_by: tuple[str, ...]


@dataclass(frozen=True)
class Around:
    """The other amounts of the foot of a receipt, each ``None`` or empty when not printed."""

    subtotal: Decimal | None
    tip: Decimal | None
    discount: Decimal | None
    service: Decimal
    rounding: Decimal
    tax: tuple[Decimal, ...]
    paid: tuple[Decimal, ...]
    change: tuple[Decimal, ...]
    parts: tuple[Decimal, ...]


def around(reading: Reading) -> Around:
    """Collect the labelled amounts that are not the total."""

    def values(*kinds: Kind) -> list[Decimal]:
        found = (reading.value_of(entry) for entry in reading.entries if entry.kind in kinds and not entry.in_summary)
        return [value for value in found if value is not None]

    tips, discounts = values("tip"), values("discount")
    subtotals = [value for entry in reading.entries if (value := _subtotal(reading, entry)) is not None]
    return Around(
        subtotal=subtotals[0] if subtotals else None,
        tip=tips[-1] if tips else None,
        discount=sum((abs(value) for value in discounts), Decimal(0)) or None,
        service=sum(values("service"), Decimal(0)),
        rounding=sum((value for value in values("rounding") if abs(value) < _ROUNDING_LIMIT), Decimal(0)),
        tax=tuple(values("tax_total") or values("tax")),
        paid=tuple(values("cash", "tendered", "card")),
        change=tuple(abs(value) for value in values("change")),
        parts=tuple(value for value in dict.fromkeys(subtotals) if value),
    )


def _subtotal(reading: Reading, entry: Entry) -> Decimal | None:
    """A subtotal; the first amount where its tax stands in the same row ("BASE 7,81 IVA 21% 1,64")."""
    if entry.kind != "subtotal" or entry.in_summary:
        return None
    if len(entry.amounts) > 1 and _TAX_TOO.search(entry.folded):
        return entry.amounts[0].value
    return reading.value_of(entry)


def find_total(reading: Reading, others: Around, line_sum: Decimal | None, taxed: Decimal | None) -> Total | None:
    """Choose the total.

    Args:
        reading: The page.
        others: What ``around`` found on it.
        line_sum: Sum of the lines' amounts, when there are lines.
        taxed: Sum of the bases and taxes of all rates, when a table of them was read.
    """
    candidates = [(entry, value) for entry in reading.entries for value in _values(reading, entry)]
    if not candidates:
        return None
    counts = Counter(value for entry in reading.entries for value in {amount.value for amount in entry.amounts})
    confirmations = {value: _confirmations(value, reading, others, line_sum, taxed) for _, value in candidates}
    scored = sorted(
        (
            (_points(entry, reading, counts[value]) + 1.2 * len(confirmations[value]), entry.number, value)
            for entry, value in candidates
        ),
        reverse=True,
    )
    points, row, value = scored[0]
    rival = next((other for other, _, amount in scored if amount != value), 0.0)
    confirmed = confirmations[value]
    if reading.entries[row].kind == "amount":  # may be a line itself, which then confirms nothing
        confirmed = tuple(name for name in confirmed if name != "line_sum")
    return Total(value, row, _score(reading.entries[row], confirmed, points - rival), confirmed)


def _values(reading: Reading, entry: Entry) -> Iterable[Decimal]:
    """What a row offers as a total: its labelled amount if the label allows."""
    value = reading.value_of(entry)
    if value is None or value <= 0 or entry.kind not in _BASE:
        return ()
    if entry.kind == "rounding" and value < _ROUNDING_LIMIT:
        return ()
    if entry.kind == "amount" and not entry.amounts:  # the title of a column
        return ()
    return (value,)


def _points(entry: Entry, reading: Reading, count: int) -> float:
    """Evidence from the row itself."""
    heights = sorted(other.row.height for other in reading.entries)
    points = _BASE[entry.kind] + 0.4 * entry.number / len(reading.entries) + 0.2 * min(count - 1, 4)
    points += _IN_SUMMARY * entry.in_summary
    return points + 0.4 * (entry.row.height > _LARGE_PRINT * heights[len(heights) // 2])


def _confirmations(
    value: Decimal, reading: Reading, others: Around, line_sum: Decimal | None, taxed_sum: Decimal | None
) -> tuple[str, ...]:
    """Names of the sums on the receipt that give this value."""
    extras = others.service + (others.tip or 0) + others.rounding
    reduced = others.discount or Decimal(0)
    subtotal = others.subtotal
    taxed = {sum(others.tax, Decimal(0)), *others.tax}
    labelled = {reading.value_of(entry) for entry in reading.entries if entry.kind in {"total", "grand_total"}}
    checks = {
        "cash_minus_change": any(_same(paid - back, value) for paid, back in product(others.paid, others.change)),
        "paid_exactly": any(_same(paid, value) for paid in others.paid),
        "tax_table": taxed_sum is not None and _same(taxed_sum, value),
        "parts": any(_same(left + right, value) for left, right in combinations(others.parts, 2)),
        "subtotal_and_taxes": subtotal is not None
        and any(_same(subtotal + tax + extras - cut, value) for tax in taxed for cut in {Decimal(0), reduced} if tax),
        "line_sum": line_sum is not None
        and any(_same(line_sum + plus - cut, value) for plus in {Decimal(0), extras} for cut in {Decimal(0), reduced}),
        "rounding": others.rounding != 0
        and any(other is not None and _same(other + others.rounding, value) for other in labelled),
    }
    return tuple(name for name, holds in checks.items() if holds)


def _same(left: Decimal, right: Decimal) -> bool:
    """Equal to the cent; the sums of a receipt are exact."""
    return abs(left - right) < _CENT


def _score(entry: Entry, confirmed: tuple[str, ...], margin: float) -> float:
    """Trust in the total: its label, what confirms it, how far behind the next one is, how well it was read."""
    labelled = {"grand_total": 0.72, "rounding": 0.70, "total": 0.68}.get(entry.kind, 0.35)
    if entry.kind == "amount":  # no word for a total, but base and tax give it
        labelled = 0.70 if "tax_table" in confirmed else 0.50
    trust = labelled + 0.11 * min(len(confirmed), 2) + 0.04 * min(max(margin, 0.0), 2.0)
    return round(min(trust, 0.99) * min(1.0, entry.row.score + 0.05), 3)
