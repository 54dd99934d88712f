"""What Slack keeps, and what it checks before it does."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from local.providers.answers import Answer, as_json
from local.providers.slack import errors
from local.providers.slack.blocks import problems

if TYPE_CHECKING:
    from local.providers.world import World

PART = "slack"
MAX_TEXT = 40_000


class Card(BaseModel):
    """A message in a channel."""

    at: float
    ts: str
    channel: str
    via: str
    text: str = ""
    blocks: list[dict[str, Any]] = Field(default_factory=list)
    thread_ts: str | None = None
    metadata: dict[str, Any] | None = None
    edits: int = 0


class SlackState(BaseModel):
    """The whole part. ``channels`` are those that the bot may post to."""

    cards: list[Card] = Field(default_factory=list)
    channels: list[str] = Field(default_factory=list)


class Slack:
    """Checks and keeps messages."""

    def __init__(self, world: World) -> None:
        """For one sandbox."""
        self.world = world
        self._due: dict[str, float] = {}

    @property
    def state(self) -> SlackState:
        """The Slack part."""
        return self.world.store.part(PART, SlackState)

    def refused(self, route: str, body: dict[str, Any]) -> Answer | None:
        """Why Slack would not take this message, if so."""
        blocks = body.get("blocks")
        if isinstance(blocks, str):
            return errors.by_text(route, "invalid_blocks_format")
        if not body.get("text") and not blocks and not body.get("attachments"):
            return errors.by_text(route, "no_text")
        if found := problems(blocks or []):
            answer = errors.by_text(route, "invalid_blocks")
            if route == "webhook":
                return answer
            return as_json(
                200, {"ok": False, "error": "invalid_blocks", "errors": found, "response_metadata": {"messages": found}}
            )
        if len(str(body.get("text", ""))) > MAX_TEXT and route != "webhook":
            return errors.by_text(route, "msg_too_long")
        return None

    def forget(self) -> None:
        """Forget the rates."""
        self._due.clear()

    def wait(self, channel: str) -> int:
        """Seconds to wait before the channel takes another message; 0 when it does now."""
        config, now = self.world.config.slack, self.world.clock.now()
        if not config.per_second:
            return 0
        # GCRA: the time at which the bucket would be empty, at most `burst` messages ahead.
        due = max(self._due.get(channel, 0), now) + 1 / config.per_second
        ahead = due - now - config.burst / config.per_second
        if ahead > 0:
            return math.ceil(ahead)
        self._due[channel] = due
        return 0

    def keep(self, body: dict[str, Any], channel: str, via: str) -> Card:
        """Store a message."""
        now = self.world.clock.now()
        card = Card(
            at=now,
            ts=f"{now:.0f}.{len(self.state.cards) + 1:06d}",
            channel=channel,
            via=via,
            text=str(body.get("text", "")),
            blocks=body.get("blocks") or [],
            thread_ts=body.get("thread_ts"),
            metadata=body.get("metadata"),
        )
        self.state.cards.append(card)
        self.world.store.touch(PART)
        return card
