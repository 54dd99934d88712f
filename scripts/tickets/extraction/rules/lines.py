"""The items bought: description, quantity, unit price and amount."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from tickets.extraction.model import Line
from tickets.extraction.rules.words import letters

if TYPE_CHECKING:
    from tickets.extraction.rules.reading import Entry, Reading

_END = {
    "subtotal",
    "grand_total",
    "total",
    "count",
    "tax_total",
    "tendered",
    "change",
    "summary",
    "rounding",
    "service",
}
_TIMES = re.compile(  # a price follows: "4X40" is the size of a screw
    r"(?<![\w.,])(\d{1,4}(?:[.,]\d{1,3})?)\s?(?:uds?\.?|un\.?|kg|pkts|pcs)?\s?[x*@]\s?(?=(?:rm|eur|[$€£])?\s?\d[\d.,]*[.,]\d{2})",
    re.IGNORECASE,
)
_LEADING_COUNT = re.compile(r"^\s*(\d{1,3})\s+(?=[^\W\d])")
_CODE = re.compile(r"\b\d{6,14}\b")
_TAIL = re.compile(r"\s+(?:[A-Z]{1,3}|\*|€|EUR)\s*$")
_MIN_LETTERS = 3
_CENT = Decimal("0.01")


def find_lines(reading: Reading) -> list[Line]:
    """Read the rows between the head and the first total."""
    body = _body(reading)
    lines: list[Line] = []
    pending = ""
    for entry in body:
        if not entry.amounts:
            pending = entry.row.text if letters(entry.row.text) >= _MIN_LETTERS else pending
            continue
        if entry.kind == "discount" or (entry.last or 0) < 0:
            continue
        line = _line(entry, pending)
        pending = ""
        if lines and not line.description and _is_detail(lines[-1], line):
            lines[-1] = lines[-1].model_copy(update={"quantity": line.quantity, "unit_price": line.unit_price})
        else:
            lines.append(line)
    return lines


def _body(reading: Reading) -> list[Entry]:
    """Rows from the one before the first amount to the first total."""
    first = next((entry.number for entry in reading.entries if entry.amounts), len(reading.entries))
    body: list[Entry] = []
    for entry in reading.entries[max(first - 1, 0) :]:
        if entry.kind in _END and (entry.amounts or reading.value_of(entry) is not None):
            break
        body.append(entry)
    return body


def _line(entry: Entry, pending: str) -> Line:
    """Read one row of the table; the description may stand in the row before."""
    own = _description(entry)
    values = [amount.value for amount in entry.amounts]
    times = _TIMES.search(entry.text)
    count = _LEADING_COUNT.search(entry.text)
    quantity = Decimal(times[1].replace(",", ".")) if times else Decimal(count[1]) if count else None
    unit = values[-2] if len(values) > 1 else values[-1] if times else None
    amount = values[-1]
    if times and len(values) == 1 and quantity is not None:
        amount = (quantity * values[0]).quantize(_CENT)
    return Line(description=own or pending.strip(), quantity=quantity, unit_price=unit, amount=amount)


def _description(entry: Entry) -> str:
    """The words of a row, without codes, quantities and amounts."""
    text = entry.text[: entry.amounts[0].start]
    text = _LEADING_COUNT.sub("", _TIMES.sub(" ", _CODE.sub(" ", text)))
    text = _TAIL.sub("", re.sub(r"\b(?:RM|EUR|USD)\b|[€$£]", " ", text)).strip(" -*:.")
    return re.sub(r"\s+", " ", text) if letters(text) >= _MIN_LETTERS else ""


def _is_detail(previous: Line, line: Line) -> bool:
    """Tell whether a row without words only explains the amount above it ("2 x 1.75")."""
    return line.quantity is not None and previous.amount == line.amount
