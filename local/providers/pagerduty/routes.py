"""The one route of the Events API: events in, incidents out."""

from __future__ import annotations

import hmac
import uuid
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from local.providers.answers import Answer, as_json
from local.providers.pagerduty import errors
from local.providers.pagerduty.state import PART, PagerDutyState

if TYPE_CHECKING:
    from local.providers.world import World

ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "error", "warning", "info")
MAX_SUMMARY = 1024
MAX_KEY = 255
MAX_BODY = 512 * 1024


def router(world: World) -> APIRouter:
    """All routes under ``/pagerduty``."""
    routes = APIRouter(prefix="/pagerduty")

    @routes.post("/v2/enqueue")
    async def enqueue(request: Request) -> Response:
        answer = _take(world, await request.body(), await _json(request))
        return Response(answer.body, answer.status, dict(answer.headers))

    return routes


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        return None


def _take(world: World, raw: bytes, event: Any) -> Answer:
    if not isinstance(event, dict):
        return errors.invalid("JSON is invalid")
    if problem := _problem(world, raw, event):
        return errors.invalid(problem)
    key = str(event.get("dedup_key") or uuid.uuid4().hex)
    world.store.part(PART, PagerDutyState).take(event, key, world.clock.now())
    world.store.touch(PART)
    return as_json(202, {"status": "success", "message": "Event processed", "dedup_key": key})


def _problem(world: World, raw: bytes, event: dict[str, Any]) -> str | None:
    given = str(event.get("routing_key", ""))
    if not hmac.compare_digest(given.encode(), world.credentials.pagerduty_routing_key.encode()):
        return "Invalid routing key"
    if event.get("event_action") not in ACTIONS:
        return f"'event_action' must be one of {', '.join(ACTIONS)}"
    if len(str(event.get("dedup_key", ""))) > MAX_KEY or len(raw) > MAX_BODY:
        return f"Length of 'dedup_key' is incorrect (should be at most {MAX_KEY} characters), or the event too large"
    if event["event_action"] == "trigger":
        return _wrong_payload(event.get("payload"))
    return None if event.get("dedup_key") else "'dedup_key' is missing or blank"


def _wrong_payload(payload: Any) -> str | None:
    if not isinstance(payload, dict):
        return "'payload' is missing or blank"
    if missing := [name for name in ("summary", "source", "severity") if not payload.get(name)]:
        return f"'payload.{missing[0]}' is missing or blank"
    if len(str(payload["summary"])) > MAX_SUMMARY:
        return "'payload.summary' is too long"
    return None if payload["severity"] in SEVERITIES else f"'payload.severity' must be one of {', '.join(SEVERITIES)}"
