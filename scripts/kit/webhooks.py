"""Signatures of incoming webhooks, over the exact bytes that arrived. docs/kit.md has the table of cases."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SHA256: Final = re.compile(r"sha256=([0-9a-f]{64})", re.ASCII)
_OTHER_ALGORITHM: Final = re.compile(r"(?!sha256=)[a-z][a-z0-9-]{2,15}=", re.ASCII)


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a post is genuine. `code`: ok, ok_previous, missing, duplicate, algorithm, malformed or mismatch."""

    ok: bool
    code: str


def verify_sha256(
    body: bytes,
    headers: Mapping[str, Sequence[str] | str],
    secrets: Sequence[str],
    header: str = "X-Hub-Signature-256",
) -> Verification:
    """Verify `sha256=<64 lower-case hex>`, the HMAC-SHA256 of the body under one of the live secrets.

    Args:
        body: the bytes as they arrived; never a document that was parsed and written again.
        headers: as Kestra passes them, each a list of values, or plain text; names in any case.
        secrets: the current secret first, then the previous one during a rotation.
        header: name of the signature header.

    Raises:
        ConfigurationError: there is no secret, or an empty one, with which anyone could sign.
    """
    if not secrets or not all(secrets):
        raise ConfigurationError(
            "There is no secret to verify signatures with.",
            code="secret_missing",
            next_action="Set the provider's app secret.",
        )
    given = values(headers, header)
    if len(given) != 1:
        return Verification(ok=False, code="duplicate" if given else "missing")
    match = _SHA256.fullmatch(given[0])
    if not match:
        return Verification(ok=False, code="algorithm" if _OTHER_ALGORITHM.match(given[0]) else "malformed")
    # Every secret is tried, so that the time taken does not tell which one fits.
    fits = [hmac.compare_digest(sign_sha256(body, secret), match[1]) for secret in secrets]
    if not any(fits):
        return Verification(ok=False, code="mismatch")
    return Verification(ok=True, code="ok" if fits[0] else "ok_previous")


def verify_secret(
    headers: Mapping[str, Sequence[str] | str], secrets: Sequence[str], header: str = "X-Webhook-Secret"
) -> Verification:
    """Verify a static secret in a header, in constant time: for providers that cannot sign.

    Args:
        headers: as Kestra passes them, each a list of values, or plain text; names in any case.
        secrets: the current secret first, then the previous one during a rotation.
        header: name of the header.

    Raises:
        ConfigurationError: there is no secret, or an empty one.
    """
    if not secrets or not all(secrets):
        raise ConfigurationError(
            "There is no secret to compare with.", code="secret_missing", next_action="Set the webhook's secret."
        )
    given = values(headers, header)
    if len(given) != 1:
        return Verification(ok=False, code="duplicate" if given else "missing")
    # Digests, so that neither the length nor the place of the first difference shows in the time taken.
    digests = [hashlib.sha256(secret.encode()).digest() for secret in secrets]
    sent = hashlib.sha256(given[0].encode()).digest()
    fits = [hmac.compare_digest(digest, sent) for digest in digests]
    if not any(fits):
        return Verification(ok=False, code="mismatch")
    return Verification(ok=True, code="ok" if fits[0] else "ok_previous")


def sign_sha256(body: bytes, secret: str) -> str:
    """Return the 64 lower-case hex digits of HMAC-SHA256 of `body`."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def values(headers: Mapping[str, Sequence[str] | str], name: str) -> list[str]:
    """Return every non-empty value of a header, whatever the case of its name."""
    found: list[str] = []
    for key, value in headers.items():
        if key.lower() == name.lower():
            found += [value] if isinstance(value, str) else list(value)
    return [value for value in found if value]
