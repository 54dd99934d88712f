"""Signed links to the review page: `<OPSFLOWS_CONSOLE_URL>/tickets/review/<token>`.

A token is `<key id>.<payload>.<signature>`, all of it URL-safe. It says which review it opens, for whom and until when;
whoever holds it may decide that review, and nothing else. It holds no password, and it ends by itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from kit import secrets, settings
from kit.errors import ConfigurationError, RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

SECRET: Final = "OPSFLOWS_CONSOLE_KEY"  # noqa: S105 - a name
PATH: Final = "/tickets/review/"
LONGEST: Final = 1024
_CONTEXT: Final = "opsflows review link 1"  # signatures of the same key for another purpose do not fit here
_ASK: Final = "Ask for a new link; the reference of the ticket is enough."


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says: the review that it opens, who was given it, and until when it does."""

    review_id: str
    by: str
    expires_at: datetime


def url(review_id: str, by: str, expires_at: datetime) -> str | None:
    """The address of a review's page for one reader; None where no console is set up.

    Args:
        review_id: of `tickets.reviews`.
        by: who gets the link; kept with the decision.
        expires_at: aware; from then on the page only says that the link has ended.
    """
    base = settings.get().console_url
    secret = secrets.optional(SECRET)
    if not base or not secret:
        return None
    return base.rstrip("/") + PATH + sign(review_id, by=by, expires_at=expires_at, secret=secret)


def sign(review_id: str, *, by: str, expires_at: datetime, secret: str) -> str:
    """Return the token; the same claims under the same secret give the same token.

    Raises:
        ConfigurationError: the secret is empty: anybody could sign with that.
    """
    if not secret:
        raise ConfigurationError(f"{SECRET} is empty.", code="secret_missing", next_action="See docs/secrets.md.")
    claims = {"r": review_id, "b": by, "e": int(expires_at.timestamp())}
    payload = _packed(json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode())
    key_id = _key_id(secret)
    return f"{key_id}.{payload}.{_signature(key_id, payload, secret)}"


def verify(token: str, *, secrets: Sequence[str], now: datetime) -> Claims:
    """Return what a token says, when one of the live secrets signed it and its time has not come.

    Raises:
        RefusedInputError: `link_invalid`: it is none of ours; `link_expired`: it was, and the details name its review.
    """
    parts = token.split(".")
    if len(token) > LONGEST or not token.isascii() or len(parts) != 3:  # noqa: PLR2004 - the parts named above
        raise _invalid()
    key_id, payload, signature = parts
    # Every secret is tried, so that the time taken does not tell which one fits.
    fits = [hmac.compare_digest(_signature(key_id, payload, secret), signature) for secret in secrets if secret]
    if not any(fits):
        raise _invalid()
    claims = _claims(payload)
    if now >= claims.expires_at:
        raise RefusedInputError(
            "The link has ended.", code="link_expired", next_action=_ASK, details={"review_id": claims.review_id}
        )
    return claims


def _key_id(secret: str) -> str:
    """Tells people which of two keys signed; it says nothing of the key itself."""
    return hmac.new(secret.encode(), b"opsflows key id", hashlib.sha256).hexdigest()[:8]


def _signature(key_id: str, payload: str, secret: str) -> str:
    text = f"{_CONTEXT}\n{key_id}\n{payload}"
    return _packed(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())


def _claims(payload: str) -> Claims:
    try:
        found = json.loads(base64.b64decode(payload + "=" * (-len(payload) % 4), altchars=b"-_", validate=True))
        return Claims(str(found["r"]), str(found["b"]), datetime.fromtimestamp(int(found["e"]), tz=UTC))
    except (ValueError, KeyError, TypeError, OverflowError, binascii.Error) as error:
        raise _invalid() from error


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _invalid() -> RefusedInputError:
    return RefusedInputError("The link is not one of ours.", code="link_invalid", next_action=_ASK)
