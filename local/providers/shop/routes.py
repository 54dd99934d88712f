"""The routes of the shop under ``/shop/v1``, and what its lists do wrong when they are told to.

A list lies by a fault of the kind ``repeat_page`` (the rows of the page before), ``drop_page`` (those of the next
page, and on from there) or ``shuffle`` (a page of the list in another order).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fastapi import APIRouter, Request, Response

from local.providers.answers import JSON, Answer
from local.providers.exchange import FAULT
from local.providers.shop import errors
from local.providers.shop.state import DATASETS, PART, ShopState

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

    from local.providers.faults import Fault
    from local.providers.world import World

_MOST: Final = 10_000
_MALFORMED: Final = (AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError, binascii.Error)


class _Slice(NamedTuple):
    """Which rows of a list are asked for: from an offset on, `limit` of them; `page` is None with a cursor."""

    offset: int
    limit: int
    page: int | None


def router(world: World) -> APIRouter:
    """All of them."""
    routes = APIRouter(prefix="/shop")
    shop = _Shop(world)

    @routes.api_route("/{rest:path}", methods=["GET", "POST", "PUT", "DELETE"])
    async def call(request: Request, rest: str) -> Response:
        answer = shop.answer(request, rest, await request.body())
        return Response(answer.body, answer.status, dict(answer.headers))

    return routes


class _Shop:
    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def state(self) -> ShopState:
        return self._world.store.part(PART, ShopState)

    def answer(self, request: Request, rest: str, raw: bytes) -> Answer:
        """The answer to one call."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        genuine = hmac.compare_digest(token.encode(), self._world.credentials.shop_token.encode())
        if not genuine or scheme.lower() != "bearer":
            return errors.by_code("unauthorized")
        version, _, rest = rest.partition("/")
        dataset, _, action = rest.partition("/")
        if version != "v1" or dataset not in DATASETS:
            return errors.by_code("not_found")
        try:
            if request.method == "GET" and not action:
                return self._list(dataset, request.query_params, request.scope.get(FAULT))
            if request.method in {"POST", "PUT"} and action == "rows":
                return self._put(dataset, json.loads(raw))
        except _MALFORMED as error:
            return errors.by_code("invalid", str(error)[:200])
        return errors.by_code("not_found")

    def _put(self, dataset: str, body: dict[str, Any]) -> Answer:
        """Replace a range of numbers, or add to it."""
        rows = body["rows"]
        if body.get("replace"):
            self.state.drop(dataset, int(body["replace"]["first"]), int(body["replace"]["last"]))
        self.state.put(dataset, rows)
        return _json({"rows": len(rows), "total": len(self.state.rows[dataset])})

    def _list(self, dataset: str, query: QueryParams, fault: Fault | None) -> Answer:
        numbers = self.state.window(dataset, query.get("since"), query.get("until"))
        asked = _asked(query, numbers)
        lie = fault.kind if fault else ""
        shown = list(numbers)
        if lie == "shuffle" and fault:
            random.Random(fault.seed).shuffle(shown)  # noqa: S311 - repeatable on purpose
        shift = {"repeat_page": -asked.limit, "drop_page": asked.limit}.get(lie, 0)
        first = max(0, asked.offset + shift)
        kept = self.state.rows.get(dataset, {})
        body: dict[str, Any] = {
            "data": [kept[number] for number in shown[first : first + asked.limit]],
            "total": len(numbers),
        }
        if asked.page is not None:
            return _json({**body, "page": asked.page, "pages": -(-len(numbers) // asked.limit)})
        after = (first if lie == "drop_page" else asked.offset) + asked.limit
        return _json({**body, "next_cursor": _cursor(numbers[after - 1]) if after < len(numbers) else None})


def _asked(query: QueryParams, numbers: list[int]) -> _Slice:
    limit = int(query.get("limit", "100"))
    if not 1 <= limit <= _MOST:
        raise ValueError(f"limit is 1 to {_MOST}")
    if "page" in query:
        page = int(query["page"])
        if page < 1:
            raise ValueError("pages begin with 1")
        return _Slice((page - 1) * limit, limit, page)
    if "cursor" not in query:
        return _Slice(0, limit, None)
    last = int(base64.urlsafe_b64decode(query["cursor"]).decode().removeprefix("after:"))
    return _Slice(numbers.index(last) + 1, limit, None)


def _json(data: dict[str, Any]) -> Answer:
    """Rows may hold half a surrogate pair, which has no UTF-8: escaped, it travels."""
    return Answer(200, json.dumps(data).encode(), [("content-type", JSON)])


def _cursor(number: int) -> str:
    return base64.urlsafe_b64encode(f"after:{number}".encode()).decode()
