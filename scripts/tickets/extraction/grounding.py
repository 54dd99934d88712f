"""Whether an amount that a model names is printed on the page that the local OCR read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

# Digits with their separators, spaces within groups of thousands included.
_NUMBER = re.compile(r"\d+(?:[.,' ]\d{3})*(?:[.,]\d{1,2})?")


def printed(amount: Decimal, text: str) -> bool:
    """Tell whether a page's text holds an amount, whatever its separators are."""
    cents = str(int(amount.scaleb(2)))
    whole = {cents.removesuffix("00")} if cents.endswith("00") else set()
    return any(re.sub(r"\D", "", found).lstrip("0") in {cents, *whole} for found in _NUMBER.findall(text))
