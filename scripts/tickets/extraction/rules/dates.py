"""Dates as receipts print them, in Spanish, English, Portuguese and French; day or month first is found on the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from tickets.extraction.rules.words import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan ene janv januari",
            "feb fev febr fevr februari",
            "mar mars mac",
            "apr abr avr",
            "may mai mei",
            "jun juin",
            "jul juil julai",
            "aug ago aout ogos",
            "sep set sept",
            "oct out okt",
            "nov",
            "dec dic dez dis",
        ),
        start=1,
    )
    for name in names.split()
}
_NAME = r"(?P<name>[a-z]{3,10})\.?"
_SEP = r"\s?[-/.]\s?"
_NUMERIC = re.compile(
    r"(?<![\d.,/-])(?P<a>\d{1,2})\s?(?P<s>[-/.])\s?(?P<b>\d{1,2})\s?(?P=s)\s?(?P<y>20\d\d|19\d\d|\d\d(?!\d))"
)
_ISO = re.compile(rf"(?<!\d)(?P<y>20\d\d){_SEP}(?P<m>\d{{1,2}}){_SEP}(?P<d>\d{{1,2}})(?!\d{{3}})")
_COMPACT = re.compile(r"(?<!\d)(?P<y>20[0-4]\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)")
_DAY_NAME = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s,./-]*(?:de\s+)?{_NAME}[\s,./'-]*(?:de[l]?\s+)?(?P<y>20\d\d|\d\d(?!\d))"
)
_NAME_DAY = re.compile(rf"(?<![a-z]){_NAME}\s*(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s,./]+(?P<y>20\d\d)")
_TIME = re.compile(
    r"(?<!\d)(?<!\d:)(?P<h>[01]?\d|2[0-3])\s?[:h]\s?(?P<m>[0-5]\d)(?:[:.]\s?(?P<s>[0-5]\d))?\s?(?P<half>[ap]\.?\s?[mh])?(?!\d)"
)
_GLUED = re.compile(r"(?<=[-/.]20\d\d)(?=\d{1,2}:\d\d)|(?<=\d[-/.]\d\d[-/.]\d\d)(?=\d\d:\d\d)")
_LABEL = re.compile(r"\b(?:fecha|date|tarikh|data|dia|emitido|emision|dated?|fec)\b|date(?=\d)")
_BEGIN = re.compile(r"entrada|llegada|check\s?-?in|desde")  # of a stay: what is paid for is over later
_OTHER = re.compile(
    r"venc|caduc|valid|expir|devoluc|cambios hasta|due|until|hasta el|nacim|since|warranty|next|proxim|"
    r"inicio\s+(?:de\s+)?act|resoluc|autoriz|vigen"
)
_OLDEST_YEARS = 20
_YEAR = 365
_CENTURY = 100
_LAST_MONTH = 12


@dataclass(frozen=True)
class FoundDate:
    """A date with the row it stands in, a score, and whether day and month could be the other way round."""

    value: date
    row: int
    score: float
    ambiguous: bool = False


def find_date(rows: list[str], today: date, *, month_first: bool) -> FoundDate | None:
    """Choose the date of issue.

    Args:
        rows: The page's rows, as read.
        today: Later dates (beyond tomorrow, for time zones) and those older than 20 years are no dates of issue.
        month_first: How the receipt's country writes; a day above 12 anywhere on the page overrules it.
    """
    texts = [_GLUED.sub(" ", fold(row)) for row in rows]
    month_first = _order(texts, month_first=month_first)
    found = [item for number, text in enumerate(texts) for item in _dates(number, text, today, month_first=month_first)]
    repeated = [item.value for item in found]
    return max(found, key=lambda item: (item.score + 0.05 * repeated.count(item.value), -item.row), default=None)


def find_time(rows: list[str], near: int | None) -> time | None:
    """Choose the time of issue: in the date's row, else in the nearest row that has one."""
    order = sorted(range(len(rows)), key=lambda number: (abs(number - (near or 0)), number))
    for number in order:
        for found in _TIME.finditer(_GLUED.sub(" ", fold(rows[number]))):
            return _clock(found)
    return None


def _order(texts: list[str], *, month_first: bool) -> bool:
    """See whether day or month comes first, from dates that can only be read one way."""
    pairs = [(int(found["a"]), int(found["b"])) for text in texts for found in _NUMERIC.finditer(text)]
    if any(a > _LAST_MONTH >= b for a, b in pairs):
        return False
    return month_first or any(b > _LAST_MONTH >= a for a, b in pairs)


def _dates(number: int, text: str, today: date, *, month_first: bool) -> Iterator[FoundDate]:
    """All plausible dates of one row."""
    bonus = 0.10 * bool(_LABEL.search(text)) + 0.08 * bool(_TIME.search(text)) - 0.5 * bool(_OTHER.search(text))
    bonus -= 0.12 * bool(_BEGIN.search(text))
    for year, month, day, weight, ambiguous in _parts(text, month_first=month_first):
        value = _calendar(year, month, day)
        if value and today - timedelta(days=_OLDEST_YEARS * _YEAR) <= value <= today + timedelta(days=1):
            yield FoundDate(value, number, weight + bonus, ambiguous)


def _parts(text: str, *, month_first: bool) -> Iterator[tuple[int, int, int, float, bool]]:
    """Year, month, day, weight and ambiguity of everything in a row that looks like a date."""
    for found in _ISO.finditer(text):
        yield int(found["y"]), int(found["m"]), int(found["d"]), 0.78, False
    for found in _COMPACT.finditer(text):
        yield int(found["y"]), int(found["m"]), int(found["d"]), 0.45, False
    for found in _NUMERIC.finditer(text):
        first, second = int(found["a"]), int(found["b"])
        day, month = (second, first) if month_first and second <= 31 and first <= _LAST_MONTH else (first, second)  # noqa: PLR2004 days of a month
        open_order = first <= _LAST_MONTH and second <= _LAST_MONTH and first != second
        yield int(found["y"]), month, day, 0.80 if len(found["y"]) > 2 else 0.74, open_order  # noqa: PLR2004 four-digit years
    for pattern in (_DAY_NAME, _NAME_DAY):
        for found in pattern.finditer(text):
            if month_named := _month(found["name"]):
                yield int(found["y"]), month_named, int(found["d"]), 0.80, False


def _month(name: str) -> int | None:
    """Number of a month by its name or abbreviation."""
    return next((_MONTHS[name[:size]] for size in (5, 4, 3) if name[:size] in _MONTHS), None)


def _calendar(year: int, month: int, day: int) -> date | None:
    """A date if there is such a day; two-digit years are of this century."""
    try:
        return date(year + 2000 if year < _CENTURY else year, month, day)
    except ValueError:
        return None


def _clock(found: re.Match[str]) -> time:
    """The time of a match; "PM" moves it to the afternoon."""
    hour = int(found["h"])
    half = (found["half"] or "")[:1]
    if half == "p" and hour < 12:  # noqa: PLR2004 hours of half a day
        hour += 12
    elif half == "a" and hour == 12:  # noqa: PLR2004 hours of half a day
        hour = 0
    return time(hour, int(found["m"]), int(found["s"] or 0))
