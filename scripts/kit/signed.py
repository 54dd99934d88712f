"""Signed tokens for links: what they say can be read by anybody, and changed by nobody.

A token is `<key id>.<payload>.<signature>`, all of it URL-safe. The signature covers a purpose, so that a token of one
kind of link is none of another.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any, Final

from kit import base64url
from kit.errors import ConfigurationError, RefusedInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECRET: Final = "OPSFLOWS_CONSOLE_KEY"  # noqa: S105 - a name
LONGEST: Final = 1024
_PARTS: Final = 3


def sign(claims: Mapping[str, Any], *, purpose: str, secret: str) -> str:
    """Return the token; the same claims under the same secret give the same token.

    Args:
        claims: JSON-able.
        purpose: such as `opsflows review link 1`.
        secret: the key.

    Raises:
        ConfigurationError: the secret is empty: anybody could sign with that.
    """
    if not secret:
        raise ConfigurationError(f"{SECRET} is empty.", code="secret_missing", next_action="See docs/secrets.md.")
    payload = base64url.encode(json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode())
    key_id = _key_id(secret)
    return f"{key_id}.{payload}.{_signature(key_id, payload, purpose, secret)}"


def read(token: str, *, purpose: str, secrets: Sequence[str]) -> dict[str, Any]:
    """Return what a token says, when one of the live secrets signed it for this purpose.

    Raises:
        RefusedInputError: `link_invalid`: it is none of ours.
    """
    parts = token.split(".")
    if len(token) > LONGEST or not token.isascii() or len(parts) != _PARTS:
        raise invalid()
    key_id, payload, signature = parts
    # Every secret is tried, so that the time taken does not tell which one fits.
    fits = [
        hmac.compare_digest(_signature(key_id, payload, purpose, secret), signature) for secret in secrets if secret
    ]
    if not any(fits):
        raise invalid()
    try:
        found = json.loads(base64url.decode(payload))
    except ValueError as error:
        raise invalid() from error
    if not isinstance(found, dict):
        raise invalid()
    return found


def invalid(next_action: str = "Ask for a new link.") -> RefusedInputError:
    """The error of a token that is none of ours."""
    return RefusedInputError("The link is not one of ours.", code="link_invalid", next_action=next_action)


def _key_id(secret: str) -> str:
    """Tells people which of two keys signed; it says nothing of the key itself."""
    return hmac.new(secret.encode(), b"opsflows key id", hashlib.sha256).hexdigest()[:8]


def _signature(key_id: str, payload: str, purpose: str, secret: str) -> str:
    text = f"{purpose}\n{key_id}\n{payload}"
    return base64url.encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())
