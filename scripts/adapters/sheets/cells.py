"""Our values as cells, for `valueInputOption=RAW`: text stays text, whatever it begins with, and numbers are numbers.

Source: Google, "ValueInputOption" and "ValueRange" (in an update, null leaves a cell alone and "" empties it).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

from kit.errors import InvalidRequestError

Value = str | int | float | bool | Decimal | date | time | None
Cell = str | int | float | bool

# Google refuses cells of more than 50,000 characters.
MAX_TEXT = 50_000
# Doubles hold every integer up to here.
_EXACT_INT = 2**53


def to_cell(value: Value) -> Cell:
    """Returns the cell for a value; None empties the cell.

    A number that a double cannot hold exactly becomes text, so that the sheet never shows another one.
    Dates are ISO text; moments are UTC.

    Raises:
        InvalidRequestError: the number is not finite, or a moment has no time zone.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return _number(Decimal(repr(value)) if isinstance(value, float) else Decimal(value))


def _number(value: Decimal) -> Cell:
    if not value.is_finite():
        raise InvalidRequestError("A number that is not finite cannot stand in a cell.", code="sheet_value")
    if value == value.to_integral_value() and abs(value) <= _EXACT_INT:
        return int(value)
    as_float = float(value)
    return as_float if Decimal(repr(as_float)) == value else str(value)


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise InvalidRequestError("A moment without a time zone cannot stand in a cell.", code="sheet_value")
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _text(value: str) -> str:
    """Returns text that JSON and Google take: no NUL, no lone surrogate, bounded."""
    clean = value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= MAX_TEXT else clean[: MAX_TEXT - 1] + "…"
