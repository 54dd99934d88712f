"""Signed links to acknowledge or snooze an alert: `<OPSFLOWS_CONSOLE_URL>/alerts/act/<token>`.

Whoever holds one may do that to that alert, and nothing else. It says nothing about who follows it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from kit import secrets, settings, signed
from kit.errors import RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

PATH: Final = "/alerts/act/"
LIFE: Final = timedelta(days=7)
_PURPOSE: Final = "opsflows alert link 1"
_ASK: Final = "Open the alert in the console."


def url(alert_id: int, *, now: datetime | None = None) -> str | None:
    """The address for an alert, good for a week; None where no console is set up."""
    base, secret = settings.get().console_url, secrets.optional(signed.SECRET)
    if not base or not secret:
        return None
    return base.rstrip("/") + PATH + sign(alert_id, expires_at=(now or datetime.now(UTC)) + LIFE, secret=secret)


def sign(alert_id: int, *, expires_at: datetime, secret: str) -> str:
    """Return the token.

    Raises:
        ConfigurationError: the secret is empty.
    """
    return signed.sign({"a": alert_id, "e": int(expires_at.timestamp())}, purpose=_PURPOSE, secret=secret)


def verify(token: str, *, secrets: Sequence[str], now: datetime) -> int:
    """Return the alert's id.

    Raises:
        RefusedInputError: `link_invalid`: it is none of ours; `link_expired`: it was.
    """
    found = signed.read(token, purpose=_PURPOSE, secrets=secrets)
    try:
        alert_id, expires = int(found["a"]), datetime.fromtimestamp(int(found["e"]), tz=UTC)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise signed.invalid(_ASK) from error
    if now >= expires:
        raise RefusedInputError("The link has ended.", code="link_expired", next_action=_ASK)
    return alert_id
