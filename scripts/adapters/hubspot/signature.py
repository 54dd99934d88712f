"""HubSpot's signature of webhooks, version 3: over method, public address, body and time.

`base64(hmac_sha256(client secret, METHOD + URL + body + timestamp))`, the timestamp in milliseconds.
Source: HubSpot, "Validating requests" (2026-09), and hubspot-api-client's own check, which knows no upper bound.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from typing import TYPE_CHECKING, Final

from kit import webhooks
from kit.errors import ConfigurationError
from kit.webhooks import Verification

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SIGNATURE: Final = "X-HubSpot-Signature-v3"
TIMESTAMP: Final = "X-HubSpot-Request-Timestamp"
# Older ones may be replays; HubSpot's own bound, which it sets for the past only.
TOLERANCE_S: Final = 300
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{43}=", re.ASCII)
_MILLISECONDS: Final = re.compile(r"[0-9]{13}", re.ASCII)


def verify(
    method: str,
    url: str,
    body: bytes,
    headers: Mapping[str, Sequence[str] | str],
    secrets: Sequence[str],
    *,
    now: float | None = None,
) -> Verification:
    """Checks a post.

    Args:
        method: `POST`.
        url: the public address as HubSpot knows it, scheme, host and query included; behind a proxy rebuilt from it.
        body: the bytes as they arrived.
        headers: as Kestra passes them, each a list of values, or plain text; names in any case.
        secrets: the app's client secrets, the current one first.
        now: seconds since the epoch; the clock when not given.

    Returns:
        `ok` or `ok_previous`; else `missing`, `duplicate`, `malformed`, `stale`, `future` or `mismatch`.

    Raises:
        ConfigurationError: there is no secret, or an empty one, with which anyone could sign.
    """
    if not secrets or not all(secrets):
        raise ConfigurationError(
            "There is no secret to verify HubSpot's signatures with.",
            code="secret_missing",
            next_action="Set HUBSPOT_CLIENT_SECRET.",
        )
    given, times = webhooks.values(headers, SIGNATURE), webhooks.values(headers, TIMESTAMP)
    if problem := _form(given, times):
        return Verification(ok=False, code=problem)
    # Every secret is tried, so that the time taken does not tell which one fits.
    fits = [hmac.compare_digest(sign(method, url, body, times[0], secret), given[0]) for secret in secrets]
    if not any(fits):
        return Verification(ok=False, code="mismatch")
    age = (time.time() if now is None else now) - int(times[0]) / 1000
    if abs(age) > TOLERANCE_S:
        return Verification(ok=False, code="stale" if age > 0 else "future")
    return Verification(ok=True, code="ok" if fits[0] else "ok_previous")


def sign(method: str, url: str, body: bytes, timestamp: str, secret: str) -> str:
    """Returns the signature's base64."""
    signed = method.upper().encode() + url.encode() + body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def _form(given: Sequence[str], times: Sequence[str]) -> str | None:
    if not given or not times:
        return "missing"
    if len(given) > 1 or len(times) > 1:
        return "duplicate"
    return None if _BASE64.fullmatch(given[0]) and _MILLISECONDS.fullmatch(times[0]) else "malformed"
