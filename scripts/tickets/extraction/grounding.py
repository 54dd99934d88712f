"""Where on the page that the local OCR read a model's values are printed; whether an amount is printed there at all."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from kit.text import fold
from tickets.extraction import places
from tickets.extraction.model import Evidence

if TYPE_CHECKING:
    from tickets.extraction.model import Receipt
    from tickets.extraction.page import Page, Row

# Digits with their separators, spaces within groups of thousands included.
_NUMBER: Final = re.compile(r"\d+(?:[.,' ]\d{3})*(?:[.,]\d{1,2})?")
_FIELDS: Final = ("merchant", "tax_id", "issued_on", "document_number", "subtotal", "tip", "discount", "total")
_AMOUNTS: Final = ("subtotal", "tip", "discount", "total")
_FEWEST_LETTERS: Final = 4
_CENTURY: Final = 100


def printed(amount: Decimal, text: str) -> bool:
    """Tell whether a page's text holds an amount, whatever its separators are."""
    cents = str(int(amount.scaleb(2)))
    whole = {cents.removesuffix("00")} if cents.endswith("00") else set()
    return any(re.sub(r"\D", "", found).lstrip("0") in {cents, *whole} for found in _NUMBER.findall(text))


def located(receipt: Receipt, page: Page) -> dict[str, Evidence]:
    """Find the rows in which a receipt's values are printed; their boxes are those on the stored picture.

    Amounts are looked for from the foot up, a total first in rows that say so; all else from the head down. What is not
    found has no entry.
    """
    found = {}
    for name in _FIELDS:
        value = getattr(receipt, name)
        if value is not None and (row := next((row for row in _rows(page, name) if _shows(row, value)), None)):
            found[name] = Evidence(text=row.text, box=row.bounds)
    return places.as_stored(found, page)


def _rows(page: Page, name: str) -> list[Row]:
    if name not in _AMOUNTS:
        return list(page.rows)
    rows = page.rows[::-1]
    return sorted(rows, key=lambda row: "total" not in fold(row.text)) if name == "total" else list(rows)


def _shows(row: Row, value: Any) -> bool:
    if isinstance(value, Decimal):
        return printed(value, row.text)
    if isinstance(value, date):
        numbers = {int(number) for number in re.findall(r"\d+", row.text)}
        return {value.day, value.month} <= numbers and bool({value.year, value.year % _CENTURY} & numbers)
    wanted = _letters(value)
    return len(wanted) >= _FEWEST_LETTERS and wanted in _letters(row.text)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", fold(text))
