"""The routes of ManyChat's public API under ``/manychat``."""

from __future__ import annotations

import hmac
import json
from collections import deque
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from local.providers import routes as names
from local.providers.answers import Answer, as_json
from local.providers.manychat import errors
from local.providers.manychat.page import Page
from local.providers.manychat.state import PAGE_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import QueryParams

    from local.providers.world import World

# Calls a second, each route by itself.
LIMITS = {
    "getInfo": 10,
    "findBySystemField": 50,
    "setCustomFieldByName": 10,
    "setCustomFields": 10,
    "addTagByName": 10,
    "sendContent": 25,
    "sendFlow": 20,
    "page.getInfo": 10,
    "page.getCustomFields": 10,
    "page.getTags": 10,
}


def router(world: World) -> APIRouter:
    """All of them."""
    routes = APIRouter(prefix="/manychat")
    api = _Api(world)
    world.on_reset.append(api.calls.clear)

    @routes.api_route("/{rest:path}", methods=["GET", "POST", "PUT", "DELETE"])
    async def call(request: Request, rest: str) -> Response:
        named = names.name(request.method, f"/manychat/{rest}")
        answer = api.answer(named.route if named else "other", request, await request.body())
        return Response(answer.body, answer.status, dict(answer.headers))

    return routes


class _Api:
    """Every call: who asks, how often; then the work by the route's name."""

    def __init__(self, world: World) -> None:
        self._world, self._page = world, Page(world)
        self.calls: dict[str, deque[float]] = {}
        self._work: dict[str, Callable[[QueryParams, dict[str, Any]], Any]] = {
            "getInfo": lambda query, _body: self._page.shown(self._page.get(query.get("subscriber_id"))),
            "findBySystemField": self._find,
            "setCustomFieldByName": lambda _query, body: self._set(body, [body]),
            "setCustomFields": lambda _query, body: self._set(body, body.get("fields")),
            "addTagByName": self._tag,
            "sendContent": self._send,
            "sendFlow": self._flow,
            "page.getCustomFields": lambda _query, _body: self._page.fields(),
            "page.getTags": lambda _query, _body: self._page.tags(self._page.state.tags),
            "page.getInfo": lambda _query, _body: {"id": int(PAGE_ID), "name": "Peñalara", "timezone": "Europe/Madrid"},
        }

    def answer(self, route: str, request: Request, raw: bytes) -> Answer:
        """The answer to one call."""
        try:
            self._allow(route, request.headers.get("authorization", ""))
            if self._too_many(route):
                return errors.limited()
            return as_json(200, {"status": "success", "data": self._work[route](request.query_params, _object(raw))})
        except errors.Refused as refused:
            unauthorised = refused.status in {401, 404}
            return refused.answer(with_200=self._world.config.manychat.errors_with_200 and not unauthorised)

    def _allow(self, route: str, authorisation: str) -> None:
        if route not in self._work:
            raise errors.Refused("Not found", 404)
        scheme, _, token = authorisation.partition(" ")
        genuine = hmac.compare_digest(token.encode(), self._world.credentials.manychat_token.encode())
        if not genuine or scheme.lower() != "bearer":
            raise errors.Refused("Token is invalid", 401)

    def _too_many(self, route: str) -> bool:
        if not self._world.config.manychat.limits:
            return False
        calls, now = self.calls.setdefault(route, deque()), self._world.clock.now()
        while calls and calls[0] <= now - 1:
            calls.popleft()
        if len(calls) >= LIMITS[route]:
            return True
        calls.append(now)
        return False

    def _find(self, query: QueryParams, _body: dict[str, Any]) -> Any:
        found = self._page.find(query.get("email"), query.get("phone"))
        return self._page.shown(found) if found else []

    def _set(self, body: dict[str, Any], fields: Any) -> None:
        if not isinstance(fields, list) or not fields:
            raise errors.missing("fields")
        self._page.set_fields(self._page.get(body.get("subscriber_id")), fields)

    def _tag(self, _query: QueryParams, body: dict[str, Any]) -> None:
        self._page.add_tag(self._page.get(body.get("subscriber_id")), str(body.get("tag_name", "")))

    def _send(self, _query: QueryParams, body: dict[str, Any]) -> None:
        tag = body.get("message_tag")
        self._page.send(self._page.get(body.get("subscriber_id")), body.get("data"), str(tag) if tag else None)

    def _flow(self, _query: QueryParams, body: dict[str, Any]) -> None:
        person = self._page.get(body.get("subscriber_id"))
        if not body.get("flow_ns"):
            raise errors.missing("flow_ns")
        self._page.keep(person, "flow", {"messages": [{"type": "flow", "flow_ns": str(body["flow_ns"])}]}, None)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw) if raw else {}
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise errors.Refused("Request body is not a JSON object")
    return body
