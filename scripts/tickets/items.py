"""The items of a WhatsApp webhook, as the rest of the project knows them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Tolerant(BaseModel):
    """A part of Meta's payload: what we use is typed, the rest is let through."""

    model_config = ConfigDict(extra="allow")


class Media(Tolerant):
    """A picture, or a document that is a picture."""

    id: str = Field(min_length=1)
    mime_type: str = ""
    sha256: str = ""
    caption: str | None = None
    filename: str | None = None
    url: str | None = None


class Message(BaseModel):
    """A message that carries a picture. `sender_id` is the business-scoped id, else the phone number."""

    message_id: str
    ticket_id: str
    sender_id: str
    sender_phone: str | None
    sender_name: str | None
    phone_number_id: str
    kind: str
    caption: str | None
    media: dict[str, Any]
    sent_at: datetime


class Reply(BaseModel):
    """A text message; `quoted` is WhatsApp's id of the message that it replies to."""

    message_id: str
    sender_id: str
    sender_phone: str | None
    sender_name: str | None
    text: str
    quoted: str | None


class Status(BaseModel):
    """What became of a message that we sent."""

    message_id: str
    status: str
    recipient_id: str | None
    callback: str | None
    errors: list[dict[str, Any]] | None
    happened_at: datetime


class Notice(BaseModel):
    """An item that is recorded and not processed: another type, an error of the provider, or poison."""

    notice_id: str
    kind: str
    code: str | None
    sender_id: str | None
    payload: dict[str, Any]


class Parsed(BaseModel):
    """The items of one body, each kind in the order in which it came."""

    messages: list[Message] = []
    replies: list[Reply] = []
    statuses: list[Status] = []
    notices: list[Notice] = []
