"""Dates and times: aware UTC inside, local text at the edges. babel is imported by the functions that need it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from kit import locales, settings
from kit.errors import RefusedInputError
from kit.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

_ISO: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_NUMERIC: Final = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})")
_DAY_NAME: Final = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|º|o)?[-/. ]*(?:de )?([a-z]{3,})\.?[-/. ,]*(?:del? )?(\d{4}|\d{2})"
)
_NAME_DAY: Final = re.compile(r"([a-z]{3,})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4}|\d{2})")
# Two-digit years are of this century: receipts and bank lines are never older.
_CENTURY: Final = 2000


def utcnow() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def today(timezone: str | None = None) -> date:
    """The present day where the company is; default: the setting OPSFLOWS_TIMEZONE."""
    return datetime.now(ZoneInfo(timezone or settings.get().timezone)).date()


def to_iso(moment: datetime) -> str:
    """Return `2026-11-21T07:50:40Z`, in UTC, with microseconds only when there are any.

    Raises:
        ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone is no moment")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def format_date(day: date, locale: str | None = None) -> str:
    """Write a date as people of the locale do, with a four-digit year, e.g. `21/11/2026`."""
    return _written(day, locale or locales.current())


# A page shows the same few days in each of its rows, and babel looks for the locale's pattern each time.
@lru_cache(maxsize=1024)
def _written(day: date, locale: str) -> str:
    from babel.dates import format_skeleton

    return str(format_skeleton("yMMdd", day, locale=locale))


def parse_date(text: str, locale: str = "es") -> date:
    """Read a date as people write it: `2026-11-21`, `21/11/2026`, `21 nov. 2026`, `21 de noviembre de 2026`.

    Args:
        text: the date alone.
        locale: language of month names (English ones are always read); `en_US` puts the month first.

    Raises:
        RefusedInputError: it is no date (code `date_unreadable`).
    """
    folded = fold(text)
    try:
        if match := _ISO.fullmatch(folded):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _NUMERIC.fullmatch(folded):
            day, month = (2, 1) if locale == "en_US" else (1, 2)
            return date(_year(match[3]), int(match[month]), int(match[day]))
        if match := _DAY_NAME.fullmatch(folded):
            return date(_year(match[3]), _month(match[2], locale), int(match[1]))
        if match := _NAME_DAY.fullmatch(folded):
            return date(_year(match[3]), _month(match[1], locale), int(match[2]))
    except (ValueError, KeyError):
        pass
    raise RefusedInputError(f"{text[:40]!r} is no date.", code="date_unreadable")


def _year(digits: str) -> int:
    return int(digits) + (_CENTURY if len(digits) == 2 else 0)  # noqa: PLR2004 - two-digit years


def _month(name: str, locale: str) -> int:
    names = _month_names(locale)
    return names[name] if name in names else names[name[:3]]


@cache
def _month_names(locale: str) -> Mapping[str, int]:
    """Each month's full name and its first three letters, in the locale and in English, folded."""
    from babel.dates import get_month_names

    names: dict[str, int] = {}
    for language in ("en", locale):
        for number, name in get_month_names("wide", locale=language).items():
            names[fold(name)] = names[fold(name)[:3]] = number
    return names
