"""What the WhatsApp side knows: media, messages in both directions, webhooks that were sent."""

from __future__ import annotations

import base64
import secrets
from typing import Any, Literal

from pydantic import BaseModel, Field

PART = "whatsapp"


class Media(BaseModel):
    """A media object. ``sha256`` is hex and names the blob."""

    id: str
    sha256: str
    mime_type: str
    file_size: int
    filename: str | None = None
    source: Literal["user", "business"] = "user"

    @property
    def sha256_base64(self) -> str:
        """The hash as webhooks carry it."""
        return base64.b64encode(bytes.fromhex(self.sha256)).decode()


class Inbound(BaseModel):
    """A message from a user, as the webhook carried it."""

    at: float
    user: str
    name: str
    message: dict[str, Any]
    read: bool = False
    typing: bool = False


class Outbound(BaseModel):
    """A message of the business: the request, the id that it got, and what became of it."""

    at: float
    id: str
    user: str
    message: dict[str, Any]
    callback: str | None = None
    statuses: list[str] = Field(default_factory=list)


class Delivery(BaseModel):
    """One webhook post: what the target answered (``status`` 0: no answer)."""

    at: float
    url: str
    kind: str
    ids: list[str]
    status: int
    elapsed_ms: float
    attempts: int = 1
    answer: str = ""


class Target(BaseModel):
    """Where webhooks go, and the secret that signs them."""

    url: str
    app_secret: str


class WhatsAppState(BaseModel):
    """The whole part."""

    media: dict[str, Media] = Field(default_factory=dict)
    inbox: list[Inbound] = Field(default_factory=list)
    outbox: list[Outbound] = Field(default_factory=list)
    deliveries: list[Delivery] = Field(default_factory=list)
    target: Target | None = None

    def inbound(self, message_id: str) -> Inbound | None:
        """The message of a user by its id."""
        return next((item for item in reversed(self.inbox) if item.message.get("id") == message_id), None)

    def outbound(self, message_id: str) -> Outbound | None:
        """A message of the business by its id."""
        return next((item for item in reversed(self.outbox) if item.id == message_id), None)

    def add_media(self, media: Media) -> Media:
        """Keep a media object."""
        self.media[media.id] = media
        return media


def new_message_id() -> str:
    """A message id of Meta's form."""
    return "wamid.HBgL" + base64.b64encode(secrets.token_bytes(27)).decode().replace("+", "A").replace("/", "B")


def new_media_id() -> str:
    """A media id of Meta's form: 16 digits."""
    return str(secrets.randbelow(9 * 10**15) + 10**15)
