"""What a WhatsApp webhook body holds, read so that one odd item never spoils the others.

Source: Meta, "Webhooks reference: messages". A body is `entry[] x changes[] x (messages | statuses | errors)`, up to
1,000 updates and 3 MB. Meta adds fields without notice: the models allow what they do not know. An item that cannot
be read becomes a notice that keeps its raw form.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from kit import ids, text
from kit.errors import RefusedInputError
from tickets.items import Media, Message, Notice, Parsed, Reply, Status

MAX_BODY_BYTES = 3 * 1024 * 1024
MEDIA_KINDS = ("image", "document")
IMAGE_MIME_PREFIX = "image/"
PDF_MIME = "application/pdf"


def parse(body: bytes) -> Parsed:
    """Read a verified webhook body.

    Args:
        body: the exact bytes that were received.

    Raises:
        RefusedInputError: the body is too large, is no JSON object, or is not WhatsApp's.
    """
    parsed = Parsed()
    for value in _values(_load(body)):
        _collect(value, parsed)
    return parsed


def _load(body: bytes) -> dict[str, Any]:
    if len(body) > MAX_BODY_BYTES:
        raise RefusedInputError("The webhook body is larger than 3 MB.", code="body_too_large")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedInputError("The webhook body is not JSON.", code="malformed_json") from error
    if not isinstance(document, dict) or document.get("object") != "whatsapp_business_account":
        raise RefusedInputError("The webhook body is not a WhatsApp notification.", code="malformed_body")
    # What Postgres refuses would turn one message into poison.
    cleaned: dict[str, Any] = text.storable(document)
    return cleaned


def _values(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for entry in _items(document, "entry"):
        for change in _items(entry, "changes"):
            value = change.get("value")
            if isinstance(value, dict):
                yield value


def _items(holder: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects of a list; what is no object is passed on as one, so that it is recorded and not lost."""
    items = holder.get(name)
    if not isinstance(items, list):
        return []
    return [item if isinstance(item, dict) else {"raw": item} for item in items]


def _collect(value: Mapping[str, Any], parsed: Parsed) -> None:
    for item in _items(value, "messages"):
        read = _guarded(item, lambda item=item: _message(item, value))
        (parsed.messages if isinstance(read, Message) else parsed.notices).append(read)
        if item.get("type") == "text" and (reply := _guarded(item, lambda item=item: _reply(item, value))):
            # A text stays a notice too: most of them say nothing about a receipt.
            parsed.replies += [reply] if isinstance(reply, Reply) else []
    for item in _items(value, "statuses"):
        read = _guarded(item, lambda item=item: _status(item))
        (parsed.statuses if isinstance(read, Status) else parsed.notices).append(read)
    parsed.notices.extend(_notice(item, "provider_error") for item in _items(value, "errors"))


def _guarded(item: dict[str, Any], read: Any) -> Any:
    try:
        return read()
    except (ValidationError, ValueError, TypeError, OverflowError, OSError):
        return _notice(item, "poison")


def _message(item: dict[str, Any], value: Mapping[str, Any]) -> Message | Notice:
    kind = str(item.get("type", "unknown"))
    if kind not in MEDIA_KINDS:
        return _notice(item, kind)
    media = Media.model_validate(item.get(kind))
    if kind == "document" and not _is_receipt(media.mime_type):
        return _notice(item, "document")
    sender = _sender(item, value)
    return Message(
        message_id=_required(item, "id"),
        ticket_id=ids.ticket_id(_required(item, "id")),
        phone_number_id=_required(dict(value.get("metadata") or {}), "phone_number_id"),
        kind=kind,
        caption=media.caption,
        media=media.model_dump(include={"id", "mime_type", "sha256", "filename", "url"}),
        sent_at=_moment(item),
        **sender,
    )


def _reply(item: dict[str, Any], value: Mapping[str, Any]) -> Reply:
    quoted = dict(item.get("context") or {}).get("id")
    return Reply(
        message_id=_required(item, "id"),
        text=_required(dict(item.get("text") or {}), "body"),
        quoted=quoted if isinstance(quoted, str) else None,
        **_sender(item, value),
    )


def _is_receipt(mime: str) -> bool:
    """Whether a document can be a receipt: a picture that was sent "as document", or a PDF."""
    mime = mime.split(";", maxsplit=1)[0].strip().lower()
    return mime.startswith(IMAGE_MIME_PREFIX) or mime == PDF_MIME


def _sender(item: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, Any]:
    """People with a username may have no phone number: their business-scoped id then is all there is."""
    phone = item.get("from") or None
    user_id = item.get("from_user_id") or None
    contact = next((c for c in _items(value, "contacts") if _is_of(c, user_id, phone)), {})
    sender_id = user_id or phone or contact.get("user_id") or contact.get("wa_id")
    if not sender_id:
        raise ValueError("The message names no sender.")
    name = dict(contact.get("profile") or {}).get("name")
    return {"sender_id": str(sender_id), "sender_phone": phone or contact.get("wa_id") or None, "sender_name": name}


def _is_of(contact: Mapping[str, Any], user_id: str | None, phone: str | None) -> bool:
    return (user_id is not None and contact.get("user_id") == user_id) or (
        phone is not None and contact.get("wa_id") == phone
    )


def _status(item: dict[str, Any]) -> Status:
    return Status(
        message_id=_required(item, "id"),
        status=_required(item, "status"),
        recipient_id=item.get("recipient_id") or item.get("recipient_user_id"),
        callback=item.get("biz_opaque_callback_data"),
        errors=item.get("errors"),
        happened_at=_moment(item),
    )


def _notice(item: dict[str, Any], kind: str) -> Notice:
    errors = _items(item, "errors")
    code = item.get("code") or (errors[0].get("code") if errors else None)
    return Notice(
        notice_id=str(item.get("id") or _digest(item)),
        kind=kind,
        code=None if code is None else str(code),
        sender_id=item.get("from_user_id") or item.get("from"),
        payload=item,
    )


def _digest(item: dict[str, Any]) -> str:
    return "sha256:" + hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest()


def _required(item: Mapping[str, Any], name: str) -> str:
    found = item.get(name)
    if not isinstance(found, str) or not found:
        raise ValueError(f"The item has no {name}.")
    return found


def _moment(item: Mapping[str, Any]) -> datetime:
    """Meta sends unix seconds as text."""
    return datetime.fromtimestamp(int(item["timestamp"]), UTC)
