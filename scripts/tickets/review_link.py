"""Signed links to the review page: `<OPSFLOWS_CONSOLE_URL>/tickets/review/<token>`.

A token says which review it opens, for whom and until when; whoever holds it may decide that review, and nothing else.
It holds no password, and it ends by itself. Its form is that of `kit.signed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from kit import secrets, settings, signed
from kit.errors import RefusedInputError
from kit.signed import LONGEST, SECRET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PATH: Final = "/tickets/review/"
_PURPOSE: Final = "opsflows review link 1"  # signatures of the same key for another purpose do not fit here
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
    claims = {"r": review_id, "b": by, "e": int(expires_at.timestamp())}
    return signed.sign(claims, purpose=_PURPOSE, secret=secret)


def verify(token: str, *, secrets: Sequence[str], now: datetime) -> Claims:
    """Return what a token says, when one of the live secrets signed it and its time has not come.

    Raises:
        RefusedInputError: `link_invalid`: it is none of ours; `link_expired`: it was, and the details name its review.
    """
    claims = _claims(signed.read(token, purpose=_PURPOSE, secrets=secrets))
    if now >= claims.expires_at:
        raise RefusedInputError(
            "The link has ended.", code="link_expired", next_action=_ASK, details={"review_id": claims.review_id}
        )
    return claims


def _claims(found: Mapping[str, Any]) -> Claims:
    try:
        return Claims(str(found["r"]), str(found["b"]), datetime.fromtimestamp(int(found["e"]), tz=UTC))
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise signed.invalid(_ASK) from error


__all__ = ["LONGEST", "PATH", "SECRET", "Claims", "sign", "url", "verify"]
