"""The exact half of validation: one row, every form that Postgres reads the same way, and the reason of a refusal.

It looks at the few lines that the contract's expression (`etl.load.patterns`) does not accept. Reasons are stable
words that people and queries branch on:

* the row: `encoding`, `nul`, `quoting`, `columns` (their number), `too_large`
* a field: `null`, `type`, `range`, `enum`, `length`, `locale` (a number or a day as people write it), `no_zone`
* from Postgres: `refused` (a value that only the database could judge), `not_unique` (beyond the key)
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NoReturn

from etl.load import contract
from etl.load.fields import Refused, Value, split

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from etl.load.contract import Column, Contract

    Bounds = tuple[Any, Any]

_INTEGER: Final = re.compile(r"-?[0-9]{1,40}")
_NUMERIC: Final = re.compile(r"-?[0-9]{1,100}(?:\.[0-9]{1,60})?")
_LOCAL_NUMBER: Final = re.compile(
    r"-?[0-9]{1,3}(?:[., ' ][0-9]{3})*[.,][0-9]+|-?[0-9]{1,3}(?:[.,' ][0-9]{3})+|[0-9]+,[0-9]+"
)
_LOCAL_DAY: Final = re.compile(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}.*")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WRONG_ESCAPE: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class Rules:
    """A contract's rules for the columns of one file."""

    def __init__(self, contracted: Contract, header: Sequence[str], now: datetime) -> None:
        """Look the columns up once; `now` is what the bounds of times are reckoned from."""
        known = {column.name: column for column in contracted.columns}
        self._columns = [known.get(name) for name in header]
        self._bounds = [_bounds(column, now) for column in self._columns]
        self._header = list(header)
        self._key = [index for index, name in enumerate(header) if name in contracted.key]

    def key(self, raw: bytes) -> bytes | tuple[bytes, ...]:
        """Return the key of a row, in the spelling of the fast expression.

        Args:
            raw: the row without its line end.

        Raises:
            Refused: the row breaks the contract.
        """
        values = split(raw)
        if len(values) != len(self._header):
            raise Refused("columns")
        found = [_check(*each) for each in zip(self._columns, self._bounds, values, strict=True)]
        key = tuple(found[index].encode() for index in self._key)
        return key if len(key) > 1 else key[0]


def _check(column: Column | None, bounds: Bounds, value: Value) -> str:
    """The value in its one spelling."""
    if column is None:
        return value.text
    if value.null:
        if column.nullable:
            return ""
        raise Refused("null", column.name)
    try:
        return _CHECKS[column.type](column, value.text, bounds)
    except Refused as refused:
        raise Refused(refused.code, column.name) from None


def _bounds(column: Column | None, now: datetime) -> Bounds:
    """What the values of a column lie between; nothing for one without an order."""
    if column is None or column.type not in (*contract.NUMBERS, *contract.TIMES):
        return (None, None)
    if column.type in contract.NUMBERS:
        return column.numbers()
    first, last = column.times(now)
    return (first, last) if column.type == "timestamptz" else (first.date(), last.date())


def _text(column: Column, text: str, _bounds: Bounds) -> str:
    if column.enum is not None and text not in column.enum:
        raise Refused("enum")
    if not text:
        raise Refused("null")
    if len(text) > column.max_length:
        raise Refused("length")
    return text


def _integer(_column: Column, text: str, bounds: Bounds) -> str:
    if not _INTEGER.fullmatch(text):
        raise Refused("locale" if _LOCAL_NUMBER.fullmatch(text) else "type")
    _within(Decimal(text), bounds)
    return str(int(text))


def _numeric(column: Column, text: str, bounds: Bounds) -> str:
    if not _NUMERIC.fullmatch(text):
        raise Refused("locale" if _LOCAL_NUMBER.fullmatch(text) else "type")
    if len(text.partition(".")[2]) > column.scale:
        raise Refused("range")  # Postgres would round, silently
    number = Decimal(text)
    _within(number, bounds)
    if abs(number) >= Decimal(10) ** (column.precision - column.scale):
        raise Refused("range")
    return text


def _within(value: Any, bounds: tuple[Any, Any]) -> None:
    if not bounds[0] <= value <= bounds[1]:
        raise Refused("range")


def _boolean(_column: Column, text: str, _bounds: Bounds) -> str:
    if text not in ("true", "false"):
        raise Refused("type")
    return text


def _uuid(_column: Column, text: str, _bounds: Bounds) -> str:
    if not _UUID.fullmatch(text):
        raise Refused("type")
    return text.lower()


def _date(_column: Column, text: str, bounds: Bounds) -> str:
    try:
        found = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise Refused("locale" if _LOCAL_DAY.fullmatch(text) else "type")
    _within(found, bounds)
    return text


def _instant(_column: Column, text: str, bounds: Bounds) -> str:
    parts = _INSTANT.fullmatch(text)
    if not parts:
        raise Refused("locale" if _LOCAL_DAY.fullmatch(text) else "type")
    if not parts[4]:
        raise Refused("no_zone")
    try:
        found = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused("type") from None
    if parts[4] != "Z" and int(parts[4][1:3]) > 14:  # noqa: PLR2004 - no zone of the world is further away
        raise Refused("type")
    _within(found, bounds)
    fraction = f".{found.microsecond:06}".rstrip("0") if found.microsecond else ""
    return f"{found:%Y-%m-%dT%H:%M:%S}".zfill(19) + fraction + "Z"


def _json(_column: Column, text: str, _bounds: Bounds) -> str:
    try:
        found = json.loads(text, parse_constant=_no_number)
        # jsonb keeps neither half a surrogate pair nor U+0000.
        text.encode() if _WRONG_ESCAPE.search(text) is None else _no_number("NUL")
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Refused("type") from None
    if not isinstance(found, dict):
        raise Refused("type")
    return text


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


_CHECKS: Final[dict[str, Callable[[Column, str, Bounds], str]]] = {
    "text": _text,
    "integer": _integer,
    "bigint": _integer,
    "numeric": _numeric,
    "boolean": _boolean,
    "uuid": _uuid,
    "date": _date,
    "timestamptz": _instant,
    "jsonb": _json,
}
