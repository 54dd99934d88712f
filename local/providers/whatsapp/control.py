"""The control routes of WhatsApp: media of users, the webhook target, sending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, HTTPException, Request, Response

from local.providers.whatsapp import media
from local.providers.whatsapp.options import SendOptions  # noqa: TC001 - FastAPI reads annotations
from local.providers.whatsapp.state import PART, Delivery, Inbound, Target, WhatsAppState
from local.providers.whatsapp.webhooks import Webhooks  # noqa: TC001 - FastAPI reads annotations

if TYPE_CHECKING:
    from local.providers.world import World

# What the page may show inline; anything else is offered as a download.
INLINE = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf"})


def router(world: World, webhooks: Webhooks) -> APIRouter:
    """Routes under ``/_sandbox/whatsapp``."""
    routes = APIRouter(prefix="/_sandbox/whatsapp")
    _media_routes(routes, world)
    _webhook_routes(routes, world, webhooks)
    return routes


def _state(world: World) -> WhatsAppState:
    return world.store.part(PART, WhatsAppState)


def _media_routes(routes: APIRouter, world: World) -> None:
    @routes.post("/media")
    async def add_media(request: Request, filename: str | None = None) -> dict[str, Any]:
        content = await request.body()
        mime = request.headers.get("content-type", "application/octet-stream")
        made = media.keep(world, content, mime, filename=filename)
        return {**made.model_dump(), "sha256_base64": made.sha256_base64}

    @routes.get("/media/{media_id}")
    async def show_media(media_id: str) -> Response:
        found = _state(world).media.get(media_id)
        if found is None:
            raise HTTPException(404, f"No media {media_id}.")
        safe = found.mime_type in INLINE
        headers = {} if safe else {"content-disposition": "attachment"}
        return Response(
            world.store.blob(found.sha256),
            media_type=found.mime_type if safe else "application/octet-stream",
            headers=headers,
        )

    @routes.delete("/media/{media_id}")
    async def drop_media(media_id: str) -> dict[str, bool]:
        world.store.touch(PART)
        return {"removed": _state(world).media.pop(media_id, None) is not None}


def _webhook_routes(routes: APIRouter, world: World, webhooks: Webhooks) -> None:
    @routes.post("/target")
    async def set_target(target: Target) -> Target:
        _state(world).target = target
        world.store.touch(PART)
        return target

    @routes.post("/send")
    async def send(options: SendOptions, request: Request) -> list[Delivery]:
        return await webhooks.send(options, str(request.base_url).rstrip("/"))

    @routes.post("/received")
    async def received(messages: list[Inbound]) -> dict[str, int]:
        """Tell the sandbox of messages that were posted by the Python sender, so that the chat shows them."""
        _state(world).inbox.extend(messages)
        world.store.touch(PART)
        return {"known": len(_state(world).inbox)}

    @routes.post("/settle")
    async def settle() -> dict[str, bool]:
        await webhooks.settle()
        return {"settled": True}
