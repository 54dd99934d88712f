"""The items bought: description, quantity, unit price and amount."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import zip_longest
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
    r"(?<![\w.,])(\d{1,4}(?:[.,]\d{1,3})?)\s?(?:uds?\.?|un\.?|kg|pkts|pcs)?\s?[x\u00d7*@]\s?"
    r"(?=(?:rm|eur|s/\.?|[$€£])?\s?\d[\d.,]*[.,]\d{2})",
    re.IGNORECASE,
)
_LEADING_COUNT = re.compile(r"^\s*(\d{1,3})\s?x?\s+(?=[^\W\d])", re.IGNORECASE)
_CODE = re.compile(r"\b\d{6,14}\b")
_TAIL = re.compile(r"\s+(?:[A-Z]{1,3}|\*|€|EUR)\s*$")
_NO_LINE = re.compile(  # amounts of these are numbers of another kind
    r"^(?:n(?:o|um|ro)(?=\W|\d)|factura|boleta|ticket|tique|folio|resolucion|nit\b|rut\b|r\.u\.t|tel|caja\b|autoriz|aut\b|mesa\b|matricula|licencia|"
    r"litros?\b|volumen|precio|tarifa\b|km\b|kilometros)"
)
_GROUPED = re.compile(r"\$|(?<!\d)\d{1,3}[.,]\d{3}(?!\d)")
_MIN_LETTERS = 3
_CENT = Decimal("0.01")


def find_lines(reading: Reading) -> list[Line]:
    """Read the rows between the head and the first total."""
    body = _body(reading)
    lines: list[Line] = []
    pending = ""
    detail: Line | None = None
    for entry, following in zip_longest(body, body[1:]):
        if not entry.amounts:
            pending = entry.row.text if letters(entry.row.text) >= _MIN_LETTERS else pending
            continue
        if entry.kind == "discount" or (entry.last or 0) < 0:
            continue
        line = _line(entry, pending)
        if _explains_next(entry, line, following):
            detail = line
            continue
        pending = ""
        if lines and not line.description and _is_detail(lines[-1], line):
            lines[-1] = lines[-1].model_copy(update={"quantity": line.quantity, "unit_price": line.unit_price})
        else:
            lines.append(_with_detail(line, detail))
        detail = None
    return lines


def _body(reading: Reading) -> list[Entry]:
    """Rows from the one before the first amount to the first total."""
    priced = [entry for entry in reading.entries if entry.amounts and not _is_head(entry, reading)]
    first = priced[0].number if priced else len(reading.entries)
    body: list[Entry] = []
    for entry in reading.entries[max(first - 1, 0) :]:
        if entry.kind in _END and (entry.amounts or reading.value_of(entry) is not None):
            break
        body.append(entry)
    return [entry for entry in body if not (entry.amounts and _NO_LINE.search(entry.folded))]


def _is_head(entry: Entry, reading: Reading) -> bool:
    """Tell rows above the lines whose numbers are no prices: without cents, a house's number looks like one."""
    if _NO_LINE.search(entry.folded):
        return True
    return reading.style == "whole" and not _GROUPED.search(entry.text)


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
    text = _TAIL.sub("", re.sub(r"\b(?:RM|EUR|USD)\b|[€$£]", " ", text)).strip(" -*:.(")
    return re.sub(r"\s+", " ", text) if letters(text) >= _MIN_LETTERS else ""


def _is_detail(previous: Line, line: Line) -> bool:
    """Tell whether a row without words only explains the amount above it ("2 x 1.75")."""
    return line.quantity is not None and previous.amount == line.amount


def _explains_next(entry: Entry, line: Line, following: Entry | None) -> bool:
    """Tell whether a row without words ("2,000 x 6.160,14") explains the amount of the row below it."""
    if following is None or not following.amounts or _description(entry) or line.quantity is None:
        return False
    return bool(_description(following)) and following.last == line.amount and following.kind == "plain"


def _with_detail(line: Line, detail: Line | None) -> Line:
    """Add quantity and unit price from the row above."""
    if detail is None:
        return line
    return line.model_copy(update={"quantity": detail.quantity, "unit_price": detail.unit_price})
