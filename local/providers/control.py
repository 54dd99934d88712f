"""The control API under ``/_sandbox``: state, reset, faults, configuration, clock, calls, documents, changes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from local.providers.calls import Call  # noqa: TC001 - FastAPI reads annotations
from local.providers.config import Config  # noqa: TC001 - same
from local.providers.documents import PART as DOCUMENTS
from local.providers.documents import Documents
from local.providers.faults import Fault  # noqa: TC001 - same
from local.providers.routes import PROVIDERS, TABLE

if TYPE_CHECKING:
    from local.providers.world import World

# The log has a route of its own, and so have the shop's rows; tokens and what Vault keeps are nobody's business.
_NOT_SHOWN = frozenset({"calls", "shop", "tokens", "vault"})


class Reset(BaseModel):
    """Which parts to empty; none means everything."""

    model_config = ConfigDict(extra="forbid")

    parts: list[str] = Field(default_factory=list)


class Advance(BaseModel):
    """Seconds to push the clock forward."""

    advance_s: float = Field(ge=0)


def router(world: World) -> APIRouter:
    """The routes that concern no single provider."""
    routes = APIRouter(prefix="/_sandbox")
    _state_routes(routes, world)
    _behaviour_routes(routes, world)
    _fault_routes(routes, world)
    _document_routes(routes, world)
    return routes


def _state_routes(routes: APIRouter, world: World) -> None:
    @routes.get("/health")
    async def health() -> dict[str, Any]:
        return {"status": "ok", "service": "opsflows provider sandbox", "pid": os.getpid()}

    @routes.get("/state")
    async def state() -> dict[str, Any]:
        return {name: _public(world, name) for name in world.store.names() if name not in _NOT_SHOWN}

    @routes.get("/state/{part}")
    async def one_state(part: str) -> dict[str, Any]:
        if part not in world.store.names() or part in _NOT_SHOWN:
            raise HTTPException(404, f"No part {part}; there are {', '.join(world.store.names())}.")
        return _public(world, part)

    @routes.post("/reset")
    async def reset(wanted: Reset | None = None) -> dict[str, list[str]]:
        parts = wanted.parts if wanted else []
        if unknown := sorted(set(parts) - set(world.store.names())):
            raise HTTPException(404, f"No part {unknown[0]}; there are {', '.join(world.store.names())}.")
        world.reset(parts)
        return {"reset": parts or world.store.names()}

    @routes.get("/calls")
    async def calls(provider: str | None = None, route: str | None = None, since: int = 0) -> list[Call]:
        return world.calls.find(provider, route, since)

    @routes.get("/routes")
    async def names() -> dict[str, list[str]]:
        return {provider: [route for owner, route, *_ in TABLE if owner == provider] for provider in PROVIDERS}


def _behaviour_routes(routes: APIRouter, world: World) -> None:
    @routes.get("/config")
    async def config() -> Config:
        return world.config

    @routes.post("/config")
    async def change_config(changes: dict[str, dict[str, Any]]) -> Config:
        try:
            world.config = world.config.merged(changes)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        return world.config

    @routes.post("/clock")
    async def advance(step: Advance) -> dict[str, str]:
        world.clock.advance(step.advance_s)
        return {"now": world.clock.stamp()}


def _fault_routes(routes: APIRouter, world: World) -> None:
    @routes.get("/faults")
    async def faults() -> list[Fault]:
        return world.faults.faults

    @routes.post("/faults")
    async def add_fault(fault: Fault) -> Fault:
        world.store.touch("faults")
        return world.faults.add(fault.model_copy(update={"matched": 0, "struck": 0}))

    @routes.delete("/faults")
    async def remove_faults(provider: str | None = None) -> dict[str, int]:
        world.store.touch("faults")
        return {"removed": world.faults.remove(provider=provider)}

    @routes.delete("/faults/{fault_id}")
    async def remove_fault(fault_id: int) -> dict[str, int]:
        world.store.touch("faults")
        return {"removed": world.faults.remove(fault_id=fault_id)}


def _document_routes(routes: APIRouter, world: World) -> None:
    @routes.get("/openai/pictures/{sha256}")
    async def picture(sha256: str) -> Response:
        if sha256 not in world.pictures:
            raise HTTPException(404, "The model was not shown this picture, or too many others since.")
        return Response(world.pictures[sha256], media_type="image/jpeg")

    @routes.put("/documents/{name}")
    async def put_document(name: str, request: Request) -> dict[str, str]:
        kind = request.headers.get("content-type", "application/octet-stream")
        documents = world.store.part(DOCUMENTS, Documents)
        document = documents.put(name, kind, world.store.put_blob(await request.body()), world.clock.now())
        world.store.touch(DOCUMENTS)
        return {"name": document.name, "path": f"/_sandbox/documents/{document.name}"}

    @routes.get("/documents/{name}")
    async def show_document(name: str) -> Response:
        documents = world.store.part(DOCUMENTS, Documents)
        if name not in documents.by_name:
            raise HTTPException(404, f"No document {name}.")
        document = documents.by_name[name]
        headers = {} if document.inline else {"content-disposition": "attachment"}
        return Response(world.store.blob(document.sha256), media_type=document.shown_as, headers=headers)


def _public(world: World, name: str) -> dict[str, Any]:
    """A part without what must not be read back: the secret of the webhook target."""
    data = world.store.part(name, BaseModel).model_dump(mode="json")
    if name in {"whatsapp", "hubspot", "manychat"} and data["target"]:
        data["target"] = {"url": data["target"]["url"]}
    return data
