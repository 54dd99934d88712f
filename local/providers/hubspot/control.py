"""The control routes of HubSpot: contacts as a person edits them, many at once, and the webhook target."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from local.providers.hubspot.definitions import Definitions
from local.providers.hubspot.errors import Refused
from local.providers.hubspot.portal import BY_PERSON, Portal
from local.providers.hubspot.state import PART, Contact, Delivery, Target
from local.providers.hubspot.webhooks import Options, Webhooks  # noqa: TC001 - FastAPI reads annotations

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.providers.world import World


Made = TypeVar("Made")


class Seed(BaseModel):
    """Contacts to make: each as listed, or ``count`` of one pattern, in which ``{n}`` is their number."""

    model_config = ConfigDict(extra="forbid")

    contacts: list[dict[str, Any]] = Field(default_factory=list)
    count: int = Field(0, ge=0, le=1_000_000)
    first: int = 1
    pattern: dict[str, str] = Field(default_factory=lambda: {"email": "lead{n}@ejemplo.es", "firstname": "Lead {n}"})


class Merge(BaseModel):
    """Which contact is left, and which goes into it."""

    primary: str
    other: str


def router(world: World, webhooks: Webhooks) -> APIRouter:
    """Routes under ``/_sandbox/hubspot``."""
    routes = APIRouter(prefix="/_sandbox/hubspot")
    portal = Portal(world, webhooks)
    _contact_routes(routes, portal)
    _webhook_routes(routes, world, webhooks)
    return routes


def _contact_routes(routes: APIRouter, portal: Portal) -> None:
    @routes.get("/summary")
    async def summary() -> dict[str, int]:
        contacts = portal.state.contacts.values()
        archived = sum(contact.archived is not None for contact in contacts)
        return {"contacts": len(contacts) - archived, "archived": archived, "merged": len(portal.state.merged)}

    @routes.post("/contacts")
    async def seed(wanted: Seed) -> dict[str, Any]:
        made = [
            {name: value.replace("{n}", str(number)) for name, value in wanted.pattern.items()}
            for number in range(wanted.first, wanted.first + wanted.count)
        ]
        ids = [_done(partial(portal.create, one, BY_PERSON)).id for one in [*wanted.contacts, *made]]
        return {"ids": ids}

    @routes.post("/properties")
    async def define(wanted: list[dict[str, Any]]) -> dict[str, int]:
        definitions = Definitions(portal.world)
        for one in wanted:
            _done(partial(definitions.create, one))
        return {"defined": len(wanted)}

    @routes.patch("/contacts/{contact_id}")
    async def edit(contact_id: str, properties: dict[str, Any]) -> Contact:
        return _done(lambda: portal.update(portal.get(contact_id, None), properties, BY_PERSON))

    @routes.delete("/contacts/{contact_id}")
    async def archive(contact_id: str, *, forever: bool = False) -> dict[str, bool]:
        end = portal.purge if forever else portal.archive
        _done(lambda: end(portal.get(contact_id, None), BY_PERSON))
        return {"archived": not forever}

    @routes.post("/contacts/{contact_id}/restore")
    async def restore(contact_id: str) -> Contact:
        return _done(partial(portal.restore, contact_id))

    @routes.post("/merge")
    async def merge(wanted: Merge) -> Contact:
        return _done(lambda: portal.merge(portal.get(wanted.primary, None), portal.get(wanted.other, None), BY_PERSON))


def _webhook_routes(routes: APIRouter, world: World, webhooks: Webhooks) -> None:
    @routes.post("/target")
    async def set_target(target: Target) -> dict[str, str]:
        webhooks.state.target = target
        world.store.touch(PART)
        return {"url": target.url}

    @routes.delete("/target")
    async def no_target() -> dict[str, bool]:
        webhooks.state.target = None
        world.store.touch(PART)
        return {"target": False}

    @routes.post("/send")
    async def send(options: Options) -> list[Delivery]:
        return await webhooks.send(options)

    @routes.post("/settle")
    async def settle() -> dict[str, bool]:
        await webhooks.settle()
        return {"settled": True}


def _done(work: Callable[[], Made]) -> Made:
    try:
        return work()
    except Refused as refused:
        raise HTTPException(refused.status, refused.message) from refused
