"""The fast half of validation: a contract becomes one regular expression for a line of CSV.

What the expression accepts is right for certain, and COPY reads it the same way; what it does not accept is looked at
by `etl.load.exact`, which knows all forms and the reasons. So an expression may be too narrow, never too wide; a
property test holds the two together. Every repetition is possessive: a hostile line costs linear time.
"""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from etl.load import ranges

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from decimal import Decimal

    from etl.load.contract import Column, Contract

Line = re.Pattern[bytes]
_ASCII: Final = r"!#-+\--~"  # printable, without blank, quote and comma
_HIGH: Final = r"\x80-\xff"
_TIME: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_FRACTION: Final = r"(?:\.[0-9]{1,6}+)?+"
# A key has one spelling, or its duplicates would not be seen: no trailing zeros, no other zone.
_KEY_FRACTION: Final = r"(?:\.[0-9]{0,5}[1-9])?"
_ANY_ZONE: Final = r"[+-](?:0[0-9]|1[0-3]):[0-5][0-9]"
_FORMS: Final = {
    "boolean": "true|false",
    "uuid": "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
}
_JSON_DEPTH: Final = 3
_PROBE: Final = r"(?=([^,\n]?))"
_WIDEST: Final = 10**18 - 1  # a bigint beyond it is rare enough for the exact half


def line(contract: Contract, header: Sequence[str], now: datetime, *, wide: bool, probes: Sequence[str] = ()) -> Line:
    """Compile the expression for one line; its groups are the key's fields in the order of the header.

    Args:
        contract: what the columns must be.
        header: the columns in the order of the file; one that the contract does not know may hold any short text.
        now: what the bounds of times are reckoned from.
        wide: accept bytes beyond ASCII, which the caller has found to be UTF-8.
        probes: columns that get a group more, before their own if they have one: empty where there is no value.

    A line that does not fit is consumed to its end with empty groups, so `findall` gives one item a line.
    """
    known = {column.name: column for column in contract.columns}
    fields = [
        (_PROBE if name in probes else "") + _field(known.get(name), contract, now, _HIGH if wide else "")
        for name in header
    ]
    return re.compile(rf"(?:{','.join(fields)}\n|[^\n]*+\n)".encode("latin-1"))


def _field(column: Column | None, contract: Contract, now: datetime, high: str) -> str:
    if column is None:
        return f"(?:{_text(1_000, high, quoted=True)})?+"
    key = column.name in contract.key
    pattern = _value(column, now, high, key=key)
    if key:
        return f"({pattern})"
    return f"(?:{pattern})?+" if column.nullable else f"(?:{pattern})"


def _value(column: Column, now: datetime, high: str, *, key: bool) -> str:
    if column.type == "text":
        return _enum(column.enum) if column.enum else _text(column.max_length, high, quoted=not key)
    if column.type == "timestamptz":
        return _instant(column, now, key=key)
    if column.type == "date":
        first, last = (bound.date() for bound in column.times(now))
        return ranges.days(first, last)
    return _json(high) if column.type == "jsonb" else _plain(column)


def _plain(column: Column) -> str:
    """Numbers, and the types that have one form."""
    if column.type == "numeric":
        return _numeric(column)
    if column.type in ("integer", "bigint"):
        least, most = (int(bound) for bound in column.numbers())
        return ranges.numbers(max(least, -_WIDEST), min(most, _WIDEST))
    return _FORMS[column.type]


def _enum(values: Sequence[str]) -> str:
    plain = [value for value in values if re.fullmatch(f"[{_ASCII}][ {_ASCII}]*", value)]
    return "|".join(re.escape(value) for value in plain) or ranges.NOTHING


def _text(most: int, high: str, *, quoted: bool) -> str:
    """At most `most` bytes, so at most as many characters; the first and last blank of a plain field are kept."""
    plain = f"[{_ASCII}{high}][ {_ASCII}{high}]{{0,{most - 1}}}+"
    if not quoted:
        return plain
    return f'{plain}|"[ !#-~{high}]{{1,{most}}}+"|"(?:[ !#-~{high}]|""){{1,{most}}}+"'


def _numeric(column: Column) -> str:
    """Whole parts strictly inside the bounds with any fraction; the bounds themselves are the exact half's."""
    least, most = column.numbers()
    fraction = rf"(?:\.[0-9]{{1,{column.scale}}}+)?+" if column.scale else ""
    whole = []
    if most > 0:
        # From the whole number at or above the least (0 for a negative one) to the one below the greatest.
        top = int(most.to_integral_value(rounding="ROUND_CEILING")) - 1
        whole.append(ranges.numbers(max(0, _up(least)), top))
    if least < 0:
        below = int((-least).to_integral_value(rounding="ROUND_CEILING")) - 1
        whole.append("-" + ranges.numbers(max(0, _up(-most)), below))
    return f"(?:{'|'.join(whole) or ranges.NOTHING}){fraction}"


def _up(number: Decimal) -> int:
    return int(number.to_integral_value(rounding="ROUND_CEILING"))


def _instant(column: Column, now: datetime, *, key: bool) -> str:
    """Whole UTC days inside the bounds, the last day up to the hour, and other zones a day further inside."""
    first, last = (bound.astimezone(UTC) for bound in column.times(now))
    day = timedelta(days=1)
    begin = (first + day - timedelta(microseconds=1)).date()  # the first day too, when it is allowed from midnight
    separator, fraction = ("T", _KEY_FRACTION) if key else ("[T ]", _FRACTION)
    utc = "Z" if key else r"(?:Z|\+00:00)"
    forms = [f"{ranges.days(begin, (last - day).date())}{separator}{_TIME}{fraction}{utc}"]
    if last.hour and last.date() >= begin:
        hours = ranges.fixed(0, last.hour - 1, 2)
        forms.append(f"{last.date().isoformat()}{separator}{hours}:[0-5][0-9]:[0-5][0-9]{fraction}{utc}")
    if not key and (last - first).days > 4:  # noqa: PLR2004 - two days at either end are left out
        inner = ranges.days((first + 2 * day).date(), (last - 2 * day).date())
        forms.append(f"{inner}{separator}{_TIME}{fraction}{_ANY_ZONE}")
    return "|".join(forms)


def _json(high: str) -> str:
    """An object as CSV quotes it, nested three deep; deeper ones are the exact half's."""
    plain = rf"[ !#-\[\]-~{high}]*+"
    escape = r'\\(?:""|[\\/bfnrt]|u(?!0000|[dD][89a-fA-F])[0-9a-fA-F]{4})'
    string = f'""{plain}(?:{escape}{plain})*+""'
    value = rf"{string}|-?+(?:0|[1-9][0-9]{{0,30}}+)(?:\.[0-9]{{1,30}}+)?+|true|false|null"
    for _ in range(_JSON_DEPTH - 1):
        value = rf"{value}|{_object(string, value)}|\[(?:{_listed(value)})?+\]"
    return f'"{_object(string, value)}"'


def _object(string: str, value: str) -> str:
    return rf"\{{(?:{_listed(f'{string}: ?+(?:{value})')})?+\}}"


def _listed(item: str) -> str:
    return f"(?:{item})(?:, ?+(?:{item}))*+"
