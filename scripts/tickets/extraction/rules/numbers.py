"""Amounts as receipts print them: "1.234,56", "1,234.56", "1 234,56", "RM8.20", "12.990" where a currency has no cents.

Which sign is the decimal one is seen from the number itself: the last sign before exactly two digits. Only whole
amounts with thousands groups need to know more, and the page tells: they outnumber those with two decimals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Style = Literal["cents", "whole"]

_MISREAD = str.maketrans({"O": "0", "o": "0", "Q": "0", "l": "1", "I": "1", "S": "5", "B": "8"})
_CENTS = re.compile(
    r"""(?<![\d.,:/%])(?P<sign>-\s?)?
        (?P<whole>\d{1,3}(?:[.,' ]\d{3})+|\d{1,7}|(?<=[\sRMm$€])(?=[.,]))
        (?:[.,]\s?|\s[.,]\s?)(?P<cents>\d{2})
        (?![\d%]|[.,:/-]\d|\s?%)(?P<after>-(?!\s?\d))?""",
    re.VERBOSE,
)
_WHOLE = re.compile(  # letters beside a number make it a size or a code
    r"(?<![A-Za-z\d.,:/%#*-])(?P<sign>-\s?)?(?P<whole>\d{1,3}(?:[.,]\d{3})+|\d{3,7})(?![A-Za-z\d%]|[.,:/-]\d|-[Kk]|\s?%)"
)
_NUMERIC = re.compile(r"(?<![A-Za-z\d])(?=[\dOoQlISB.,]*\d)[\dOoQlISB]+[.,]\s?[\dOoQlISB]{2}(?![A-Za-z\d])")
_GLUED = re.compile(r"(?<=[A-Za-z])(?=[\dOo]{1,7}[.,]\d{2}(?!\d))")
_TRAILING_CODE = re.compile(r"(?<=[.,]\d{2})(?=[A-Za-z])")


@dataclass(frozen=True)
class Amount:
    """A number of a row: its value and where it stands in the row's text."""

    value: Decimal
    start: int
    end: int


def repair(text: str) -> str:
    """Undo what engines do to numbers: letters for digits ("8.2O"), letters stuck to them ("RM8.20", "5.00SR")."""
    spaced = _TRAILING_CODE.sub(" ", _GLUED.sub(" ", text))
    return _NUMERIC.sub(lambda found: found.group().translate(_MISREAD), spaced)


def style_of(texts: list[str]) -> Style:
    """Tell whether a page prints amounts with cents, or whole ones (Chile, Colombia, Paraguay, Japan)."""
    cents = sum(len(_CENTS.findall(repair(text))) for text in texts)
    groups = sum(len(re.findall(r"(?<![\d.,])\d{1,3}(?:\.\d{3})+(?![\d.,])", text)) for text in texts)
    return "whole" if groups > cents else "cents"


def amounts(text: str, style: Style = "cents") -> list[Amount]:
    """Find the amounts of a row, from left to right; positions refer to ``repair(text)``.

    Percentages, dates, times and plain counts are not amounts.
    """
    pattern = _WHOLE if style == "whole" else _CENTS
    return [
        Amount(_value(found, style), found.start(), found.end())
        for found in pattern.finditer(repair(text))
        if found.group("whole") or style == "cents"
    ]


def _value(found: re.Match[str], style: Style) -> Decimal:
    """Turn a match into a signed number."""
    whole = re.sub(r"\D", "", found.group("whole")) or "0"
    number = Decimal(whole) if style == "whole" else Decimal(f"{whole}.{found.group('cents')}")
    negative = found.group("sign") or (style == "cents" and found.group("after"))
    return -number if negative else number
