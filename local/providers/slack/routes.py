"""The routes of Slack."""

from __future__ import annotations

import hmac
import json
import math
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from local.providers.answers import Answer, as_json, as_text
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


def router(world: World) -> APIRouter:
    """All routes under ``/slack``."""
    routes = APIRouter(prefix="/slack")
    slack = Slack(world)
    world.on_reset.append(slack.forget)

    @routes.post("/services/{rest:path}")
    async def webhook(request: Request, rest: str) -> Response:
        expected = world.credentials.slack_webhook_path.removeprefix("/services/")
        return _respond(_webhook(slack, await request.body(), rest, expected))

    @routes.post("/api/chat.postMessage")
    async def post_message(request: Request) -> Response:
        return _respond(await _api(slack, request, "chat.postMessage"))

    @routes.post("/api/chat.update")
    async def update(request: Request) -> Response:
        return _respond(await _api(slack, request, "chat.update"))

    return routes


def _webhook(slack: Slack, raw: bytes, rest: str, expected: str) -> Answer:
    if not hmac.compare_digest(rest.encode(), expected.encode()):
        known_team = rest.partition("/")[0] == expected.partition("/")[0]
        return errors.by_text("webhook", "no_service" if known_team else "no_team")
    try:
        body = json.loads(raw)
    except ValueError:
        form = parse_qs(raw.decode("utf-8", "replace"))
        body = json.loads(form["payload"][0]) if "payload" in form else None
    if not isinstance(body, dict):
        return errors.by_text("webhook", "invalid_payload")
    if refusal := slack.refused("webhook", body):
        return refusal
    if seconds := slack.wait("webhook"):
        return errors.rate_limited("webhook", seconds)
    slack.keep(body, slack.world.credentials.slack_channel, "webhook")
    return as_text(200, "ok")


def _unauthorised(slack: Slack, request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not token:
        return "not_authed"
    genuine = hmac.compare_digest(token.encode(), slack.world.credentials.slack_bot_token.encode())
    return None if genuine and scheme.lower() == "bearer" else "invalid_auth"


async def _api(slack: Slack, request: Request, route: str) -> Answer:
    if problem := _unauthorised(slack, request):
        return errors.by_text(route, problem)
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return errors.by_text(route, "invalid_json")
    channel = str(body.get("channel", ""))
    refusal = errors.by_text(route, "channel_not_found") if channel not in slack.state.channels else None
    if refusal := refusal or slack.refused(route, body):
        return refusal
    if seconds := slack.wait(channel):
        return errors.rate_limited(route, seconds)
    return _update(slack, body, channel) if route == "chat.update" else _post(slack, body, channel)


def _post(slack: Slack, body: dict[str, Any], channel: str) -> Answer:
    return _accepted(slack.keep(body, channel, "chat.postMessage"))


def _update(slack: Slack, body: dict[str, Any], channel: str) -> Answer:
    for card in slack.state.cards:
        if card.ts == body.get("ts") and card.channel == channel:
            card.text, card.blocks = str(body.get("text", "")), body.get("blocks") or []
            card.edits += 1
            slack.world.store.touch(PART)
            return _accepted(card)
    return errors.by_text("chat.update", "message_not_found")


def _accepted(card: Card) -> Answer:
    message = {
        "type": "message",
        "subtype": "bot_message",
        "text": card.text,
        "ts": card.ts,
        "blocks": card.blocks,
        "bot_id": "B0SANDBOX",
    }
    return as_json(200, {"ok": True, "channel": card.channel, "ts": card.ts, "message": message})


def _respond(answer: Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))
