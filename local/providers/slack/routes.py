"""The routes of Slack."""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response

from local.providers.answers import Answer, as_json, as_text
from local.providers.slack import errors
from local.providers.slack.desk import PART, Card, Slack

if TYPE_CHECKING:
    from local.providers.world import World


TEAM_ID = "T0SANDBOX"
# The scopes of the bot token, as each answer of the Web API names them.
SCOPES = "chat:write,channels:read,channels:history"


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

    @routes.post("/api/auth.test")
    async def auth_test(request: Request) -> Response:
        return _respond(_auth_test(slack, request).with_header("x-oauth-scopes", SCOPES))

    @routes.get("/api/conversations.info")
    async def conversation(request: Request) -> Response:
        return _respond(_conversation(slack, request).with_header("x-oauth-scopes", SCOPES))

    @routes.get("/api/conversations.history")
    async def history(request: Request) -> Response:
        return _respond(_history(slack, request))

    return routes


def _history(slack: Slack, request: Request) -> Answer:
    """The channel's messages, the newest first, a page at a time."""
    if problem := _unauthorised(slack, request):
        return errors.by_text("conversations.history", problem)
    asked = request.query_params
    if asked.get("channel", "") not in slack.state.channels:
        return errors.by_text("conversations.history", "channel_not_found")
    oldest, start, limit = (
        float(asked.get("oldest", "0")),
        int(asked.get("cursor") or 0),
        int(asked.get("limit", "100")),
    )
    found = [card for card in slack.state.cards if card.channel == asked["channel"] and float(card.ts) > oldest][::-1]
    told = [_told(card, metadata=asked.get("include_all_metadata") == "true") for card in found[start : start + limit]]
    more = len(found) > start + limit
    cursor = {"response_metadata": {"next_cursor": str(start + limit)}} if more else {}
    return as_json(200, {"ok": True, "messages": told, "has_more": more, **cursor})


def _told(card: Card, *, metadata: bool) -> dict[str, Any]:
    message = {"type": "message", "text": card.text, "ts": card.ts, "blocks": card.blocks, "bot_id": "B0SANDBOX"}
    return {**message, **({"metadata": card.metadata} if metadata and card.metadata else {})}


def _auth_test(slack: Slack, request: Request) -> Answer:
    if problem := _unauthorised(slack, request):
        return errors.by_text("auth.test", problem)
    who = {"team": "Sandbox", "team_id": TEAM_ID, "user": "opsflows", "user_id": "U0SANDBOX", "bot_id": "B0SANDBOX"}
    return as_json(200, {"ok": True, "url": "https://sandbox.slack.com/", "is_enterprise_install": False, **who})


def _conversation(slack: Slack, request: Request) -> Answer:
    """A channel as its members see it; the bot is in every channel that the sandbox has."""
    if problem := _unauthorised(slack, request):
        return errors.by_text("conversations.info", problem)
    channel = request.query_params.get("channel", "")
    if channel not in slack.state.channels:
        return errors.by_text("conversations.info", "channel_not_found")
    about = {"is_channel": True, "is_private": False, "is_archived": False, "is_member": True}
    return as_json(
        200, {"ok": True, "channel": {"id": channel, "name": "tickets", "context_team_id": TEAM_ID, **about}}
    )


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
