"""The control routes of ManyChat: people who write to the page, its fields and tags, and its External Requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.providers.manychat.errors import Refused
from local.providers.manychat.page import Page
from local.providers.manychat.sender import Options, Requests
from local.providers.manychat.state import FieldType, Request, Subscriber, Target

if TYPE_CHECKING:
    from local.providers.world import World


class Seed(BaseModel):
    """People to make: each as listed, or ``count`` of one pattern, in which ``{n}`` is their number."""

    model_config = ConfigDict(extra="forbid")

    subscribers: list[dict[str, Any]] = Field(default_factory=list)
    count: int = Field(0, ge=0, le=100_000)
    first: int = 1
    pattern: dict[str, str] = Field(
        default_factory=lambda: {"first_name": "Lead {n}", "email": "lead{n}@ejemplo.es", "phone": "+3461{n:07}"}
    )


class Said(BaseModel):
    """What a person writes."""

    text: str


class Named(BaseModel):
    """Fields and tags to add to the page."""

    fields: dict[str, FieldType] = Field(default_factory=dict)
    tags: list[str] = Field(default_factory=list)


def router(world: World) -> APIRouter:
    """Routes under ``/_sandbox/manychat``."""
    routes = APIRouter(prefix="/_sandbox/manychat")
    page = Page(world)
    _people_routes(routes, page)
    _request_routes(routes, page)
    return routes


def _people_routes(routes: APIRouter, page: Page) -> None:
    @routes.post("/subscribers")
    async def seed(wanted: Seed) -> dict[str, list[str]]:
        made = [
            {name: value.format(n=number) for name, value in wanted.pattern.items()}
            for number in range(wanted.first, wanted.first + wanted.count)
        ]
        try:
            return {"ids": [page.add(one).id for one in [*wanted.subscribers, *made]]}
        except ValidationError as error:
            raise HTTPException(422, str(error)) from error

    @routes.patch("/subscribers/{subscriber_id}")
    async def edit(subscriber_id: str, fields: dict[str, Any]) -> Subscriber:
        person = Subscriber.model_validate({**_known(page, subscriber_id).model_dump(), **fields, "id": subscriber_id})
        page.state.subscribers[subscriber_id] = person
        page.world.store.touch("manychat")
        return person

    @routes.post("/subscribers/{subscriber_id}/say")
    async def say(subscriber_id: str, said: Said) -> Subscriber:
        person = _known(page, subscriber_id)
        person.last_input_text, person.last_interaction = said.text, page.world.clock.now()
        page.world.store.touch("manychat")
        return person

    @routes.delete("/subscribers/{subscriber_id}")
    async def remove(subscriber_id: str) -> dict[str, bool]:
        page.world.store.touch("manychat")
        return {"removed": page.state.subscribers.pop(subscriber_id, None) is not None}

    @routes.post("/names")
    async def names(added: Named) -> Named:
        page.state.fields |= added.fields
        page.state.tags = list(dict.fromkeys([*page.state.tags, *added.tags]))
        page.world.store.touch("manychat")
        return Named(fields=page.state.fields, tags=page.state.tags)


def _request_routes(routes: APIRouter, page: Page) -> None:
    requests = Requests(page)

    @routes.post("/target")
    async def set_target(target: Target) -> dict[str, str]:
        page.state.target = target
        page.world.store.touch("manychat")
        return {"url": target.url}

    @routes.post("/send")
    async def send(options: Options) -> list[Request]:
        try:
            return await requests.send(options)
        except Refused as refused:
            raise HTTPException(404, str(refused)) from refused


def _known(page: Page, subscriber_id: str) -> Subscriber:
    try:
        return page.get(subscriber_id)
    except Refused as refused:
        raise HTTPException(404, str(refused)) from refused
