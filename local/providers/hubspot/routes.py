"""The routes of HubSpot, of both path families: ``crm/objects/2026-09/…`` and ``crm/v3/objects/…``."""

from __future__ import annotations

import hmac
import json
import uuid
from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from local.providers import routes as names
from local.providers.answers import Answer, as_json
from local.providers.hubspot import errors
from local.providers.hubspot.batches import Batches
from local.providers.hubspot.definitions import Definitions
from local.providers.hubspot.limits import Limits
from local.providers.hubspot.portal import PORTAL_ID, Portal
from local.providers.hubspot.search import Search

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import QueryParams

    from local.providers.hubspot.webhooks import Webhooks
    from local.providers.world import World

PAGE_MOST = 100
READ, WRITE = "crm.objects.contacts.read", "crm.objects.contacts.write"
SCHEMAS_READ, SCHEMAS_WRITE = "crm.schemas.contacts.read", "crm.schemas.contacts.write"
_SCOPES = {
    "contacts.get": READ,
    "contacts.list": READ,
    "contacts.search": READ,
    "batch.read": READ,
    "contacts.create": WRITE,
    "contacts.update": WRITE,
    "contacts.archive": WRITE,
    "contacts.merge": WRITE,
    "batch.create": WRITE,
    "batch.update": WRITE,
    "batch.upsert": WRITE,
    "batch.archive": WRITE,
    "properties.list": SCHEMAS_READ,
    "properties.get": SCHEMAS_READ,
    "groups.list": SCHEMAS_READ,
    "properties.create": SCHEMAS_WRITE,
    "properties.update": SCHEMAS_WRITE,
    "properties.archive": SCHEMAS_WRITE,
    "groups.create": SCHEMAS_WRITE,
}


def router(world: World, webhooks: Webhooks) -> APIRouter:
    """All of them."""
    routes = APIRouter(prefix="/hubspot")
    api = _Api(world, webhooks)
    world.on_reset.append(api.limits.forget)

    @routes.api_route("/{rest:path}", methods=["GET", "POST", "PATCH", "PUT", "DELETE"])
    async def call(request: Request, rest: str) -> Response:
        answer = api.answer(request, await request.body(), rest)
        response = Response(answer.body, answer.status)
        for name, value in [*answer.headers, ("x-hubspot-correlation-id", str(uuid.uuid4()))]:
            response.headers[name] = value
        return response

    return routes


class _Api:
    """Every call: who asks, may they, how often; then the work by the route's name."""

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self._world = world
        self.limits = Limits(world)
        self._portal = Portal(world, webhooks)
        self._search, self._batches, self._definitions = Search(self._portal), Batches(self._portal), Definitions(world)
        batches, properties = self._batches, self._definitions
        # By route: the work, given the last part of the path, the query and the body.
        self._work: dict[str, Callable[[str, QueryParams, dict[str, Any]], Answer]] = {
            "contacts.get": self._get,
            "contacts.list": self._list,
            "contacts.create": self._create,
            "contacts.update": self._update,
            "contacts.archive": self._archive,
            "contacts.merge": self._merge,
            "contacts.search": lambda _id, _query, body: as_json(200, self._search.run(body)),
            "batch.create": lambda _id, _query, body: batches.create(body),
            "batch.read": lambda _id, _query, body: batches.read(body),
            "batch.update": lambda _id, _query, body: batches.update(body),
            "batch.upsert": lambda _id, _query, body: batches.upsert(body),
            "batch.archive": lambda _id, _query, body: batches.archive(body),
            "properties.list": lambda _id, _query, _body: properties.listed(),
            "properties.get": lambda name, _query, _body: properties.get(name),
            "properties.create": lambda _id, _query, body: properties.create(body),
            "properties.update": lambda name, _query, body: properties.update(name, body),
            "properties.archive": lambda name, _query, _body: properties.archive(name),
            "groups.list": lambda _id, _query, _body: properties.groups(),
            "groups.create": lambda _id, _query, body: properties.create_group(body),
            "account": lambda _id, _query, _body: as_json(200, _account(world)),
            "token": lambda _id, _query, _body: as_json(200, _token(world)),
        }

    def answer(self, request: Request, raw: bytes, rest: str) -> Answer:
        """The answer to one call."""
        named = names.name(request.method, request.url.path)
        route = named.route if named else "other"
        try:
            body = _object(raw)
            self._allow(route, request.headers.get("authorization", ""), body)
            search = route == "contacts.search"
            if refusal := self.limits.refusal(search=search):
                return refusal
            return self.limits.marked(self._done(route, rest, request.query_params, body), search=search)
        except errors.Refused as refused:
            return refused.answer()

    def _done(self, route: str, rest: str, query: QueryParams, body: dict[str, Any]) -> Answer:
        try:
            return self._work[route](rest.rpartition("/")[2], query, body)
        except errors.Refused as refused:
            return refused.answer()

    def _allow(self, route: str, authorisation: str, body: dict[str, Any]) -> None:
        if route not in self._work:
            raise errors.gone()
        scheme, _, token = authorisation.partition(" ")
        # The one call that takes the token in its body.
        given = str(body.get("tokenKey", "")) if route == "token" else token if scheme.lower() == "bearer" else ""
        if not hmac.compare_digest(given.encode(), self._world.credentials.hubspot_token.encode()):
            raise errors.unauthorised()
        scope = _SCOPES.get(route)
        if scope and scope not in self._world.config.hubspot.scopes:
            raise errors.out_of_scope(scope)

    def _get(self, contact_id: str, query: QueryParams, _body: dict[str, Any]) -> Answer:
        if query.get("archived") == "true":
            found = self._portal.state.contacts.get(contact_id)
            if found is None or found.archived is None:
                raise errors.gone()
        else:
            found = self._portal.get(contact_id, query.get("idProperty"))
        return as_json(200, self._portal.shown(found, _names(query)))

    def _list(self, _id: str, query: QueryParams, _body: dict[str, Any]) -> Answer:
        limit, wanted = int(query.get("limit", "10")), _names(query)
        if not 1 <= limit <= PAGE_MOST:
            raise errors.Refused(f"limit must be between 1 and {PAGE_MOST}")
        state, archived = self._portal.state, query.get("archived") == "true"
        start = bisect_right(state.order, int(query.get("after") or 0))
        page: list[dict[str, Any]] = []
        for place in range(start, len(state.order)):
            contact = state.contacts[str(state.order[place])]
            if (contact.archived is not None) != archived:
                continue
            if len(page) == limit:
                # HubSpot's cursor is the id that the next page begins with, less one here: it means the same.
                following = {"next": {"after": str(int(page[-1]["id"]))}}
                return as_json(200, {"results": page, "paging": following})
            page.append(self._portal.shown(contact, wanted))
        return as_json(200, {"results": page})

    def _create(self, _id: str, _query: QueryParams, body: dict[str, Any]) -> Answer:
        return as_json(201, self._portal.shown(self._portal.create(_properties(body))))

    def _update(self, contact_id: str, query: QueryParams, body: dict[str, Any]) -> Answer:
        found = self._portal.get(contact_id, query.get("idProperty"))
        return as_json(200, self._portal.shown(self._portal.update(found, _properties(body))))

    def _archive(self, contact_id: str, _query: QueryParams, _body: dict[str, Any]) -> Answer:
        if found := self._portal.find(contact_id, None):
            self._portal.archive(found)
        return Answer(204, b"")

    def _merge(self, _id: str, _query: QueryParams, body: dict[str, Any]) -> Answer:
        primary, other = (
            self._portal.get(str(body.get(key, "")), None) for key in ("primaryObjectId", "objectIdToMerge")
        )
        return as_json(200, self._portal.shown(self._portal.merge(primary, other)))


def _object(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw) if raw else {}
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise errors.Refused("Invalid input JSON: the body is no object")
    return body


def _properties(body: dict[str, Any]) -> dict[str, Any]:
    found = body.get("properties")
    if not isinstance(found, dict):
        raise errors.Refused("Invalid input JSON: some required fields were not set: [properties]")
    return found


def _names(query: QueryParams) -> list[str]:
    """The properties that are asked for; none named means HubSpot's usual few."""
    return [name for name in query.get("properties", "").split(",") if name]


def _account(world: World) -> dict[str, Any]:
    return {
        "portalId": PORTAL_ID,
        "accountType": "STANDARD",
        "timeZone": world.config.hubspot.timezone,
        "companyCurrency": "EUR",
        "additionalCurrencies": [],
        "utcOffset": "+01:00",
        "utcOffsetMilliseconds": 3_600_000,
        "uiDomain": "app-eu1.hubspot.com",
        "dataHostingLocation": "eu1",
    }


def _token(world: World) -> dict[str, Any]:
    return {"userId": 1, "hubId": PORTAL_ID, "appId": 1_000_001, "scopes": world.config.hubspot.scopes}
