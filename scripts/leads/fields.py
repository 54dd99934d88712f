"""The fields of a body as ManyChat sends them, found by their names and cleaned: all that an event's key needs.

No library is imported here, since each post pays for it before it is acknowledged; `leads.normalise` does the rest.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNSET: Final = re.compile(r"\{\{[^{}]*\}\}")
# JSON may hold NUL and lone surrogates, which Postgres refuses, and control characters, which nobody typed.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2060\ufeff]")
_MOST_TEXT: Final = 2000
# Our fields, each with the names that it has in a template, in Full Contact Data or among the custom fields.
NAMES: Final[dict[str, tuple[str, ...]]] = {
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
_EPOCH_MS: Final = 100_000_000_000


def given(found: Mapping[str, str]) -> dict[str, str | None]:
    """Return our fields as they were written, of what `flat` found; None for those that are absent."""
    return {ours: next((found[name] for name in names if name in found), None) for ours, names in NAMES.items()}


def flat(raw: Mapping[str, Any]) -> dict[str, str]:
    """Every value that is there, by its name; a field of the body wins over a custom field of the same name."""
    custom = raw.get("custom_fields")
    merged = [*(custom.items() if isinstance(custom, dict) else ()), *raw.items()]
    return {str(name).strip().lower(): text for name, value in merged if (text := clean(value)) is not None}


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
