r"""The sender: builds the webhooks that Meta sends, in the very bytes that Meta sends, and signs them.

Non-ASCII characters go out as lower-case ``\\uXXXX`` and slashes as ``\\/``; the signature covers those bytes. A
receiver that parses and dumps again passes with ASCII only and fails with the first "José".
"""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Any, Literal

from local.providers.answers import meta_bytes
from local.providers.whatsapp.state import new_message_id

Forgery = Literal["body", "signature", "secret", "missing", "empty", "sha1"]
FORGERIES: tuple[Forgery, ...] = ("body", "signature", "secret", "missing", "empty", "sha1")
SIGNATURE = "X-Hub-Signature-256"
_OK = 200


@dataclass(frozen=True, slots=True)
class User:
    """Someone who writes. With a username adopted, the phone number may be absent: ``wa_id=None``."""

    wa_id: str | None = "34600111222"
    user_id: str = "ES.1410018717833190"
    name: str = "José Ángel Núñez"
    username: str | None = None

    @property
    def key(self) -> str:
        """The phone number, or the business-scoped id when there is none."""
        return self.wa_id or self.user_id

    def contact(self) -> dict[str, Any]:
        """The entry of ``contacts``."""
        profile = {"name": self.name, **({"username": self.username} if self.username else {})}
        return {
            "profile": profile,
            **({"wa_id": self.wa_id} if self.wa_id else {}),
            "user_id": self.user_id,
            "country_code": "ES",
        }

    def origin(self) -> dict[str, str]:
        """The fields of a message that say who wrote it."""
        return {**({"from": self.wa_id} if self.wa_id else {}), "from_user_id": self.user_id}


@dataclass(frozen=True, slots=True)
class Business:
    """The receiving account."""

    business_id: str = "102290129340398"
    phone_number_id: str = "1088451004357858"
    display_number: str = "34910000000"

    def metadata(self) -> dict[str, str]:
        """The ``metadata`` of each change."""
        return {"display_phone_number": self.display_number, "phone_number_id": self.phone_number_id}


def message(
    kind: str,
    content: dict[str, Any] | None,
    user: User | None = None,
    *,
    message_id: str = "",
    timestamp: int | None = None,
) -> dict[str, Any]:
    """A message of any type; ``content`` goes under the type's name."""
    return {
        **(user or User()).origin(),
        "id": message_id or new_message_id(),
        "timestamp": str(int(time.time()) if timestamp is None else timestamp),
        "type": kind,
        **({} if content is None else {kind: content}),
    }


def text(body: str, user: User | None = None, **more: Any) -> dict[str, Any]:
    """A text message."""
    return message("text", {"body": body}, user, **more)


def media(
    media_id: str,
    sha256_base64: str,
    user: User | None = None,
    *,
    mime: str = "image/jpeg",
    caption: str | None = None,
    filename: str | None = None,
    url: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """An image, or a document when a filename is given (an image sent "as document" is not recompressed)."""
    optional = {"caption": caption, "filename": filename, "url": url}
    content = {
        **{name: value for name, value in optional.items() if value is not None},
        "mime_type": mime,
        "sha256": sha256_base64,
        "id": media_id,
    }
    return message("document" if filename else "image", content, user, **more)


def unsupported(user: User | None = None, **more: Any) -> dict[str, Any]:
    """A message of a type that the Cloud API does not carry (131051)."""
    return message("unsupported", {"type": "poll_creation"}, user, **more) | {
        "errors": [_error(131051, "Message type unknown", "Message type is currently not supported.")]
    }


def too_large(user: User | None = None, **more: Any) -> dict[str, Any]:
    """A file over 100 MB: an error without media (131052)."""
    return message("unsupported", None, user, **more) | {
        "errors": [_error(131052, "Media file size too big", "File size exceeds the limit of 100 MB.")]
    }


def status(
    message_id: str,
    name: str,
    recipient: str,
    *,
    callback: str | None = None,
    error_code: int | None = None,
    timestamp: int | None = None,
) -> dict[str, Any]:
    """A status event: sent, delivered, read, failed or played."""
    event: dict[str, Any] = {
        "id": message_id,
        "status": name,
        "timestamp": str(int(time.time()) if timestamp is None else timestamp),
        "recipient_id": recipient,
    }
    if name == "failed":
        event["errors"] = [_error(error_code or 131026, "Message undeliverable", "Message Undeliverable.")]
    else:
        event["conversation"] = {
            "id": hashlib.md5(recipient.encode(), usedforsecurity=False).hexdigest(),
            "origin": {"type": "service"},
        }
        event["pricing"] = {"billable": True, "pricing_model": "CBP", "category": "service"}
    return event | ({"biz_opaque_callback_data": callback} if callback else {})


def build_payload(
    messages: list[dict[str, Any]] | None = None,
    *,
    statuses: list[dict[str, Any]] | None = None,
    errors: list[dict[str, Any]] | None = None,
    users: list[User] | None = None,
    business: Business | None = None,
    spread: Literal["value", "changes", "entries"] = "value",
) -> dict[str, Any]:
    """A webhook payload.

    Several messages share one value, or get a change or an entry each: Meta batches in all three ways.
    """
    account = business or Business()
    contacts = [user.contact() for user in users or [User()]]
    groups = [messages or []] if spread == "value" else [[item] for item in messages or []]
    values: list[dict[str, Any]] = [{"contacts": contacts, "messages": group} for group in groups if group]
    values += [{"statuses": statuses}] if statuses else []
    values += [{"errors": errors}] if errors else []
    changes = [
        {"value": {"messaging_product": "whatsapp", "metadata": account.metadata(), **value}, "field": "messages"}
        for value in values
    ]
    batches = [[change] for change in changes] if spread == "entries" else [changes]
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": account.business_id, "changes": batch} for batch in batches],
    }


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


def post(url: str, raw: bytes, made: dict[str, str], timeout_s: float = 20) -> tuple[int, str]:
    """Post the bytes as they are; returns status and the beginning of the answer (status 0: no answer)."""
    import requests

    try:
        answer = requests.post(url, data=raw, headers=made, timeout=timeout_s, allow_redirects=False)
    except requests.RequestException as error:
        return 0, type(error).__name__
    return answer.status_code, answer.text[:500]


def handshake(url: str, verify_token: str, challenge: str = "1158201444", timeout_s: float = 20) -> bool:
    """Ask as Meta does when a callback URL is saved; True when the bare challenge comes back with status 200."""
    import requests

    query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
    answer = requests.get(url, params=query, timeout=timeout_s, allow_redirects=False)
    return answer.status_code == _OK and answer.content == challenge.encode()


def _error(code: int, title: str, details: str) -> dict[str, Any]:
    return {"code": code, "title": title, "message": title, "error_data": {"details": details}}
