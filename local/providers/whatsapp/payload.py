"""The webhooks of Meta as data: messages of every kind, status events, and their batches."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any, Literal

from local.providers.whatsapp.state import new_message_id


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


def _error(code: int, title: str, details: str) -> dict[str, Any]:
    return {"code": code, "title": title, "message": title, "error_data": {"details": details}}
