"""Repairs of single values that leave no doubt what was meant; everything else stays as it came, to be judged.

A number or a day as people of one country write it is not repaired: `1.234` has two meanings. Repairing twice is the
same as once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from etl.load.fields import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from etl.load.contract import Column

_NULLS: Final = ("null", "none", "n/a", "nan", "-")  # in a column that is no text, and may be null
_NULL: Final = Value("", quoted=False)


def value(column: Column, found: Value) -> Value:
    """A value in the form that its column wants, where that is clear."""
    if found.null:
        return found
    text = found.text.strip()
    if column.nullable and (not text or (column.type != "text" and text.casefold() in _NULLS)):
        return _NULL
    repaired = _REPAIRS.get(column.type, _as_it_is)(column, text)
    return Value(repaired, found.quoted) if repaired != found.text else found


def line(values: Iterable[Value]) -> bytes:
    """Values as a row of CSV, without a line end; what was quoted stays so."""
    return ",".join(map(_field, values)).encode()


def instant(text: str) -> str | None:
    """A time with a zone as UTC in its one spelling, `2026-11-21T09:00:00Z`; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            return None
        found = found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    fraction = f".{found.microsecond:06}".rstrip("0") if found.microsecond else ""
    return f"{found:%Y-%m-%dT%H:%M:%S}".zfill(19) + fraction + "Z"


def _field(found: Value) -> str:
    if found.null:
        return ""
    if found.quoted or any(mark in found.text for mark in ',"\r\n') or found.text == "\\.":
        return '"' + found.text.replace('"', '""') + '"'
    return found.text


def _as_it_is(_column: Column, text: str) -> str:
    return text


def _text(column: Column, text: str) -> str:
    """An enum's word in its own case, where only one word can be meant."""
    if column.enum is None or text in column.enum:
        return text
    meant = [word for word in column.enum if word.casefold() == text.casefold()]
    return meant[0] if len(meant) == 1 else text


def _number(_column: Column, text: str) -> str:
    return text[1:] if text[:1] == "+" and text[1:2].isdigit() else text


def _boolean(_column: Column, text: str) -> str:
    return text.lower() if text.lower() in ("true", "false") else text


def _instant(_column: Column, text: str) -> str:
    return instant(text) or text


def _uuid(_column: Column, text: str) -> str:
    return text.lower()


_REPAIRS: Final[dict[str, Callable[[Column, str], str]]] = {
    "text": _text,
    "integer": _number,
    "bigint": _number,
    "numeric": _number,
    "boolean": _boolean,
    "timestamptz": _instant,
    "uuid": _uuid,
}
