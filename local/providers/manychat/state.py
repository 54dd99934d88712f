"""What a page knows: subscribers, custom fields, tags, what was sent to people, and the requests that were made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

PART = "manychat"
PAGE_ID = "100147000"
FIRST_ID = 2_400_000_001

FieldType = Literal["text", "number", "date", "datetime", "boolean", "array"]
# Of the page from the start; the control API adds others.
FIELDS: dict[str, FieldType] = {
    "crm_id": "text",
    "utm_source": "text",
    "utm_medium": "text",
    "utm_campaign": "text",
    "utm_term": "text",
    "utm_content": "text",
    "consent": "boolean",
    "consent_at": "datetime",
    "consent_text": "text",
}
TAGS = ("synced", "crm_ok", "crm_error")


class Subscriber(BaseModel):
    """A person who wrote to the page; what is not known is None. Times in seconds."""

    id: str
    first_name: str | None = None
    last_name: str | None = None
    gender: str | None = None
    email: str | None = None
    phone: str | None = None
    whatsapp_phone: str | None = None
    ig_username: str | None = None
    locale: str | None = "es_ES"
    language: str | None = "Spanish"
    timezone: str | None = "UTC+01"
    last_input_text: str | None = None
    subscribed_at: float = 0
    last_interaction: float = 0
    custom_fields: dict[str, Any] = Field(default_factory=dict)
    tags: list[str] = Field(default_factory=list)

    @property
    def name(self) -> str | None:
        """Both names together."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or None

    def system_fields(self) -> dict[str, Any]:
        """The fields that every subscriber has, as the API and "Full Contact Data" name them."""
        return {
            "id": self.id,
            "key": f"user:{self.id}",
            "page_id": PAGE_ID,
            "status": "active",
            "name": self.name,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "gender": self.gender,
            "profile_pic": None,
            "locale": self.locale,
            "language": self.language,
            "timezone": self.timezone,
            "live_chat_url": f"https://manychat.com/fb{PAGE_ID}/chat/{self.id}",
            "last_input_text": self.last_input_text,
            "subscribed": stamp(self.subscribed_at),
            "last_interaction": stamp(self.last_interaction),
            "last_seen": stamp(self.last_interaction),
            "email": self.email,
            "phone": self.phone,
            "whatsapp_phone": self.whatsapp_phone,
            "ig_username": self.ig_username,
        }


class Sent(BaseModel):
    """Messages that went to a person by the API, or by the answer to a request."""

    at: float
    subscriber_id: str
    via: str
    messages: list[dict[str, Any]]
    message_tag: str | None = None


class Request(BaseModel):
    """One External Request (``status`` 0: no answer in time)."""

    at: float
    url: str
    subscriber_id: str
    kind: str
    status: int
    elapsed_ms: float
    body: str
    answer: str = ""


class Target(BaseModel):
    """Where External Requests go: their address and their static secret."""

    url: str
    secret: str
    header: str = "X-Webhook-Secret"


class ManyChatState(BaseModel):
    """The whole part."""

    subscribers: dict[str, Subscriber] = Field(default_factory=dict)
    fields: dict[str, FieldType] = Field(default_factory=lambda: dict(FIELDS))
    tags: list[str] = Field(default_factory=lambda: list(TAGS))
    sent: list[Sent] = Field(default_factory=list)
    requests: list[Request] = Field(default_factory=list)
    next_id: int = FIRST_ID
    target: Target | None = None


def stamp(seconds: float) -> str | None:
    """A time as ManyChat writes it; None for a time that never was."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds") if seconds else None
