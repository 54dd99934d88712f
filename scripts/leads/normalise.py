"""What ManyChat sent, made uniform: pure functions, and doing so twice changes nothing.

ManyChat fills a template of ours (External Request) or sends its "Full Contact Data". Everything is optional, ids come
as text or as numbers, and a variable that is not set arrives as the literal `{{name}}` or as an empty string.
Source: ManyChat, "Dev Tools: External Request"; api.manychat.com, `getInfo`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kit import settings, text
from leads import contact, fields
from leads.fields import NAMES, clean, moment
from leads.model import Consent, Lead

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_CUSTOM: Final = 100
_TAKEN: Final = frozenset(name for names in NAMES.values() for name in names)
_YES: Final = frozenset({"true", "yes", "y", "si", "s", "1", "on", "ok", "acepto", "accepted", "granted"})
_NO: Final = frozenset({"false", "no", "n", "0", "off", "rechazo", "denied", "rejected"})
_CHANNELS: Final = frozenset({"messenger", "instagram", "whatsapp", "telegram", "sms", "email", "tiktok"})


def lead(raw: Mapping[str, Any], *, country: str | None = None) -> Lead:
    """Read one event.

    Args:
        raw: the body, parsed; or what `Lead.model_dump` gives.
        country: ISO 3166 country of phone numbers without a prefix; default: OPSFLOWS_DEFAULT_COUNTRY.

    Returns:
        The lead; what cannot be read as what it should be (an address without @, a number of three digits) is absent.
    """
    found = fields.flat(raw)
    given = fields.given(found)
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
        **{name: given[name] for name in NAMES if name.startswith("utm_")},
        **{name: given[name] for name in ("live_chat_url", "ig_username", "flow", "request_id")},
    )


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
