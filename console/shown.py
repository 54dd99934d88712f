"""How pages show moments, durations, sizes of groups, and a person's data to those who may not see it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from markupsafe import Markup

from kit import dates, i18n, money, settings

if TYPE_CHECKING:
    from datetime import date

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_FEW_S: Final = 10.0
_SHORT: Final = 4


def moment(value: datetime | None) -> str:
    """A moment as people of the company write it, in their own zone; nothing for None."""
    if value is None:
        return ""
    local = value.astimezone(ZoneInfo(settings.get().timezone))
    return f"{dates.format_date(local.date())} {local:%H:%M}"


def day(value: date | None) -> str:
    """A day as people of the company write it; nothing for None."""
    return dates.format_date(value) if value else ""


def when(value: datetime | None) -> Markup:
    """How long ago, or in how long, with the moment itself for whoever points at it; nothing for None."""
    if value is None:
        return Markup()
    away = (datetime.now(UTC) - value).total_seconds()
    text = (
        i18n.t("console.ago", time=lasting(round(away)))
        if away >= 0
        else i18n.t("console.ahead", time=lasting(round(-away)))
    )
    return Markup('<time datetime="{}" title="{}">{}</time>').format(value.isoformat(), moment(value), text)


def lasting(seconds: float | None) -> str:
    """Seconds as people say them: `0,4 s`, `42 s`, `12 min`, `3 h`, `5 d`; nothing for None."""
    if seconds is None:
        return ""
    for unit, size in (("d", _DAY), ("h", _HOUR), ("min", _MINUTE)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    if isinstance(seconds, int) or not 0 < seconds < _FEW_S:
        return f"{seconds:.0f} s"
    return f"{money.format_number(Decimal(f'{seconds:.1f}'))} s"


def masked_email(address: str | None) -> str:
    """An address of which the domain and one letter are left: `a•••@acme.test`."""
    if not address:
        return ""
    name, at, domain = address.partition("@")
    return f"{name[:1]}•••{at}{domain}"


def masked_phone(number: str | None) -> str:
    """A number of which the country and the last two digits are left: `+34 ••• 22`."""
    if not number:
        return ""
    return f"{number[:3]} ••• {number[-2:]}" if len(number) > _SHORT * 2 else "•••"


def masked_name(name: str | None) -> str:
    """A name of which the first letter is left: `A•••`."""
    return f"{name[:1]}•••" if name else ""
