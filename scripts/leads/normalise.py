"""What ManyChat sent, made uniform: pure functions, and doing so twice changes nothing.

ManyChat fills a template of ours (External Request) or sends its "Full Contact Data". Everything is optional, ids come
as text or as numbers, and a variable that is not set arrives as the literal `{{name}}` or as an empty string.
Source: ManyChat, "Dev Tools: External Request"; api.manychat.com, `getInfo`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from kit import settings, text
from leads import contact
from leads.model import Consent, Lead

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNSET: Final = re.compile(r"\{\{[^{}]*\}\}")
# JSON may hold NUL and lone surrogates, which Postgres refuses, and control characters, which nobody typed.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2060\ufeff]")
_MOST_TEXT: Final = 2000
_MOST_CUSTOM: Final = 100
# Our fields, each with the names that it has in a template, in Full Contact Data or among the custom fields.
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "manychat_id": ("manychat_id", "subscriber_id", "id"),
    "email": ("email",),
    "phone": ("phone", "whatsapp_phone"),
    "first_name": ("first_name",),
    "last_name": ("last_name",),
    "locale": ("locale", "language"),
    "channel": ("channel",),
    **{name: (name,) for name in ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")},
    "live_chat_url": ("live_chat_url",),
    "ig_username": ("ig_username",),
    "happened_at": ("happened_at", "last_interaction"),
    "flow": ("flow", "flow_name"),
    "request_id": ("request_id",),
    "consent": ("consent", "gdpr_consent", "consentimiento"),
    "consent_at": ("consent_at", "consent_date"),
    "consent_text": ("consent_text",),
}
_TAKEN: Final = frozenset(name for names in _NAMES.values() for name in names)
_YES: Final = frozenset({"true", "yes", "y", "si", "s", "1", "on", "ok", "acepto", "accepted", "granted"})
_NO: Final = frozenset({"false", "no", "n", "0", "off", "rechazo", "denied", "rejected"})
_CHANNELS: Final = frozenset({"messenger", "instagram", "whatsapp", "telegram", "sms", "email", "tiktok"})
_EPOCH_MS: Final = 100_000_000_000


def lead(raw: Mapping[str, Any], *, country: str | None = None) -> Lead:
    """Read one event.

    Args:
        raw: the body, parsed; or what `Lead.model_dump` gives.
        country: ISO 3166 country of phone numbers without a prefix; default: OPSFLOWS_DEFAULT_COUNTRY.

    Returns:
        The lead; what cannot be read as what it should be (an address without @, a number of three digits) is absent.
    """
    found = _flat(raw)
    given = {ours: next((found[name] for name in names if name in found), None) for ours, names in _NAMES.items()}
    country = country or settings.get().default_country
    first, last = contact.names(given["first_name"], given["last_name"], found.get("name"))
    return Lead(
        manychat_id=given["manychat_id"],
        email=contact.email(given["email"]),
        phone=contact.phone(found.get("phone"), country) or contact.phone(found.get("whatsapp_phone"), country),
        first_name=first,
        last_name=last,
        locale=contact.locale(given["locale"]),
        channel=_channel(found),
        happened_at=moment(given["happened_at"]),
        consent=_consent(raw.get("consent"), given),
        custom=_custom(raw),
        **{name: given[name] for name in _NAMES if name.startswith("utm_")},
        **{name: given[name] for name in ("live_chat_url", "ig_username", "flow", "request_id")},
    )


def clean(value: Any) -> str | None:
    """Return a value as text in one form; None for what ManyChat sends where there is nothing.

    White space at the ends, control characters and unset variables go; `3.0` as a number becomes `3`.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, str | int | float | datetime):
        return None
    written = str(value).encode("utf-8", "replace").decode("utf-8")
    while (shorter := _UNSET.sub("", _CONTROL.sub("", written))) != written:
        written = shorter
    return written.strip()[:_MOST_TEXT].strip() or None


def moment(value: str | None) -> datetime | None:
    """Read ISO 8601 (UTC when it names no zone), seconds or milliseconds since 1970; None for anything else."""
    if not value:
        return None
    try:
        if re.fullmatch(r"\d{9,14}", value, re.ASCII):
            number = int(value)
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
                milliseconds=number if number > _EPOCH_MS else number * 1000
            )
        read = datetime.fromisoformat(value)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _flat(raw: Mapping[str, Any]) -> dict[str, str]:
    """Every value that is there, by its name; a field of the body wins over a custom field of the same name."""
    custom = raw.get("custom_fields")
    merged = [*(custom.items() if isinstance(custom, dict) else ()), *raw.items()]
    return {str(name).strip().lower(): text for name, value in merged if (text := clean(value)) is not None}


def _custom(raw: Mapping[str, Any]) -> dict[str, str]:
    """Custom fields that are no field of ours."""
    given = raw.get("custom_fields") if "custom_fields" in raw else raw.get("custom")
    items = list(given.items())[:_MOST_CUSTOM] if isinstance(given, dict) else []
    cleaned = {(clean(str(name)) or "").lower(): clean(value) for name, value in items}
    return {name: value for name, value in cleaned.items() if name and name not in _TAKEN and value is not None}


def _channel(found: Mapping[str, str]) -> str | None:
    named = text.fold(found.get("channel", "")).replace("facebook", "messenger")
    if named in _CHANNELS:
        return named
    if "whatsapp_phone" in found:
        return "whatsapp"
    return "instagram" if "ig_username" in found else None


def _consent(nested: Any, given: Mapping[str, str | None]) -> Consent:
    """Consent as three fields of the body or of a template, or as one object."""
    if isinstance(nested, dict):
        given = {"consent": clean(nested.get("given")), "consent_at": clean(nested.get("at"))} | {
            "consent_text": clean(nested.get("text"))
        }
    word = text.fold(given["consent"] or "")
    stated = True if word in _YES else False if word in _NO else None
    return Consent(given=stated, at=moment(given["consent_at"]), text=given["consent_text"])
