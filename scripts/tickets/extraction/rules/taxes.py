"""Taxes by rate: rows in which rate, base and amount agree with each other."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING

from tickets.extraction.model import TaxLine

if TYPE_CHECKING:
    from tickets.extraction.rules.reading import Entry, Reading

_RATE = re.compile(r"(?<!\d)(?<!\d[.,])(\d{1,2}(?:[.,]\d{1,2})?)\s?%")
_BARE_RATE = re.compile(r"\bi\.?[vg]\.?[av]\.?\s*(\d{1,2})(?![\d.,%])")  # the sign was not read
_KNOWN_RATES = tuple(
    map(Decimal, "0 2 3 4 5 5.5 6 7 8 9 10 10.5 12 13 15 16 18 19 20 21 22 23 27".split())  # noqa: SIM905 shorter
)
_TOLERANCE = Decimal("0.02")
_WHOLE_TOLERANCE = Decimal(2)  # where nothing smaller than one is printed
_HUNDRED = Decimal(100)
_TAX_KINDS = {"tax", "tax_total", "summary"}


def find_taxes(reading: Reading) -> tuple[list[TaxLine], int | None]:
    """Tax lines by rate, and the first row that holds one."""
    found: dict[Decimal, tuple[TaxLine, int]] = {}
    tolerance = _TOLERANCE if reading.style == "cents" else _WHOLE_TOLERANCE
    for entry in reading.entries:
        if entry.kind not in _TAX_KINDS and not entry.in_summary and not _RATE.search(entry.text):
            continue
        line = _tax_line(entry, tolerance)
        if line and line.rate is not None and (line.rate not in found or found[line.rate][0].base is None):
            found[line.rate] = (line, entry.number)
    rows = [row for _, row in found.values()]
    return [_with_base(line, reading, tolerance) for line, _ in found.values()], min(rows, default=None)


def _with_base(line: TaxLine, reading: Reading, tolerance: Decimal) -> TaxLine:
    """Add the base from a row of its own: "Base imponible 100,37" above "IVA 10% 10,04"."""
    if line.base is not None or not line.rate or not line.amount:
        return line
    bases = [value for entry in reading.entries if entry.kind == "subtotal" and (value := reading.value_of(entry))]
    fitting = [base for base in bases if abs(base * line.rate / _HUNDRED - line.amount) <= tolerance]
    return line.model_copy(update={"base": fitting[0]}) if fitting else line


def _tax_line(entry: Entry, tolerance: Decimal) -> TaxLine | None:
    """Read one row: two amounts that fit a rate, else a rate with one amount under a tax label."""
    values = [amount.value for amount in entry.amounts if amount.value >= 0]
    printed = [
        Decimal(rate.replace(",", ".")) for rate in _RATE.findall(entry.text) or _BARE_RATE.findall(entry.folded)
    ]
    if (line := _fitting(values, printed, tolerance)) is not None:
        return line
    if entry.kind == "tax" and len(printed) == 1 and len(values) == 1 and not re.search(r"inc", entry.folded):
        return TaxLine(rate=printed[0], amount=values[0])
    return None


def _fitting(values: list[Decimal], printed: list[Decimal], tolerance: Decimal) -> TaxLine | None:
    """Base and amount among the values, for a rate printed in the row or a usual one."""
    rates = printed or [rate for rate in values if rate in _KNOWN_RATES and rate > 0]
    for rate in rates:
        for base, amount in permutations(values, 2):
            if base > amount > 0 and abs(base * rate / _HUNDRED - amount) <= tolerance:
                return TaxLine(rate=rate, base=base, amount=amount)
    return None
