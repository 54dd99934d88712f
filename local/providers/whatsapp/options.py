"""What is sent as a user, and how it is posted."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from local.providers.sender import Forgery  # noqa: TC001 - pydantic reads annotations


class Draft(BaseModel):
    """One message to send as a user."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["image", "document", "text", "unsupported", "too_large", "raw"] = "image"
    media_id: str | None = None
    text: str = ""
    reply_to: str | None = Field(None, description="For `text`: the message that it quotes.")
    caption: str | None = None
    filename: str | None = None
    with_url: bool = Field(default=False, description="Put a download URL into the webhook, as Meta does since 2026.")
    wa_id: str | None = "34600111222"
    user_id: str = "ES.1410018717833190"
    name: str = "José Ángel Núñez"
    id: str | None = None
    timestamp: int | None = None
    content: dict[str, Any] | None = Field(None, description="For `raw`: the message as it is.")


class SendOptions(BaseModel):
    """How a list of messages is posted."""

    model_config = ConfigDict(extra="forbid")

    messages: list[Draft] = Field(default_factory=list)
    statuses: list[dict[str, Any]] = Field(default_factory=list)
    errors: list[dict[str, Any]] = Field(default_factory=list)
    url: str | None = Field(None, description="Instead of the configured target.")
    app_secret: str | None = None
    batch: bool = Field(default=False, description="All messages in one post.")
    spread: Literal["value", "changes", "entries"] = "value"
    duplicate: int = Field(1, ge=1, le=1000, description="How often each post is sent.")
    reorder: bool = False
    seed: int = 0
    omit: list[Literal["wa_id", "from"]] = Field(default_factory=list, description="Users without a phone number.")
    forge: Forgery | None = None
    older_escapes: bool = False
    concurrency: int = Field(1, ge=1, le=100)
    attempts: int | None = Field(None, ge=1, le=10)
    timeout_s: float = Field(20, gt=0, le=120)
