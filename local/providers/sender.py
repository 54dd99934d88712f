r"""The sender: builds the webhooks that Meta sends, in the very bytes that Meta sends, and signs them.

Non-ASCII characters go out as lower-case ``\\uXXXX`` and slashes as ``\\/``; the signature covers those bytes. A
receiver that parses and dumps again passes with ASCII only and fails with the first "José".
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Literal

from local.providers.answers import meta_bytes
from local.providers.whatsapp.payload import (
    Business,
    User,
    build_payload,
    media,
    message,
    status,
    text,
    too_large,
    unsupported,
)

__all__ = [
    "FORGERIES",
    "SIGNATURE",
    "Business",
    "Forgery",
    "User",
    "build_payload",
    "encode",
    "forge",
    "handshake",
    "headers",
    "media",
    "message",
    "post",
    "sign",
    "status",
    "text",
    "too_large",
    "unsupported",
]

Forgery = Literal["body", "signature", "secret", "missing", "empty", "sha1"]
FORGERIES: tuple[Forgery, ...] = ("body", "signature", "secret", "missing", "empty", "sha1")
SIGNATURE = "X-Hub-Signature-256"
_OK = 200


def encode(payload: dict[str, Any], *, older_escapes: bool = False) -> bytes:
    """The bytes that Meta sends; ``older_escapes`` also escapes ``<``, ``%`` and ``@`` as older Meta texts name."""
    raw = meta_bytes(payload)
    if older_escapes:
        for plain, escaped in ((b"<", b"\\u003C"), (b"%", b"\\u0025"), (b"@", b"\\u0040")):
            raw = raw.replace(plain, escaped)
    return raw


def sign(raw: bytes, app_secret: str) -> str:
    """The value of ``X-Hub-Signature-256``."""
    return "sha256=" + hmac.new(app_secret.encode(), raw, hashlib.sha256).hexdigest()


def headers(raw: bytes, app_secret: str) -> dict[str, str]:
    """The headers of a genuine post."""
    return {"Content-Type": "application/json", "User-Agent": "facebookexternalua", SIGNATURE: sign(raw, app_secret)}


def forge(raw: bytes, app_secret: str, how: Forgery) -> tuple[bytes, dict[str, str]]:
    """Bytes and headers of a post that a receiver must refuse."""
    made = headers(raw, app_secret)
    if how == "body":
        return raw.replace(b'"id":"', b'"id":"x', 1), made
    if how == "missing":
        del made[SIGNATURE]
        return raw, made
    digest = made[SIGNATURE].removeprefix("sha256=")
    wrong = {
        "signature": "sha256=" + digest[:-1] + ("0" if digest[-1] != "0" else "1"),
        "secret": sign(raw, app_secret[::-1] + "x"),
        "empty": "",
        "sha1": "sha1=" + hmac.new(app_secret.encode(), raw, hashlib.sha1).hexdigest(),
    }
    return raw, made | {SIGNATURE: wrong[how]}


def post(url: str, raw: bytes, made: dict[str, str], timeout_s: float = 20, kept: int = 500) -> tuple[int, str]:
    """Post the bytes as they are; returns status and the beginning of the answer (status 0: no answer)."""
    import requests

    try:
        answer = requests.post(url, data=raw, headers=made, timeout=timeout_s, allow_redirects=False)
    except requests.RequestException as error:
        return 0, type(error).__name__
    return answer.status_code, answer.text[:kept]


def handshake(url: str, verify_token: str, challenge: str = "1158201444", timeout_s: float = 20) -> bool:
    """Ask as Meta does when a callback URL is saved; True when the bare challenge comes back with status 200."""
    import requests

    query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
    answer = requests.get(url, params=query, timeout=timeout_s, allow_redirects=False)
    return answer.status_code == _OK and answer.content == challenge.encode()
