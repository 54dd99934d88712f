"""Media: look up by id, download by a URL that expires, upload, delete."""

from __future__ import annotations

import hashlib
import hmac
import mimetypes
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from local.providers.answers import Answer, as_graph_json
from local.providers.exchange import FAULT
from local.providers.whatsapp import errors
from local.providers.whatsapp.graph import respond, unauthorised
from local.providers.whatsapp.state import PART, Media, WhatsAppState, new_media_id

if TYPE_CHECKING:
    from starlette.datastructures import UploadFile

    from local.providers.world import World

INBOUND_LIMIT = 100_000_000
# Upload limits by the first part of the MIME type, in bytes.
UPLOAD_LIMITS = {"image": 5_000_000, "audio": 16_000_000, "video": 16_000_000}
_HTTP_NOT_FOUND = 404


def keep(world: World, content: bytes, mime: str, *, filename: str | None = None, source: str = "user") -> Media:
    """Make a media object from bytes."""
    state = world.store.part(PART, WhatsAppState)
    media = state.add_media(
        Media(
            id=new_media_id(),
            sha256=world.store.put_blob(content),
            mime_type=mime,
            file_size=len(content),
            filename=filename,
            source="business" if source == "business" else "user",
        )
    )
    world.store.touch(PART)
    return media


def media_url(world: World, base_url: str, media_id: str, source: str = "getMedia") -> str:
    """A URL on the sandbox itself that lives as long as the configuration says."""
    expiry = int(world.clock.now()) + world.config.whatsapp.url_life_s
    seal = _seal(world, media_id, str(expiry))
    query = f"mid={media_id}&source={source}&ext={expiry}&hash={seal}"
    return f"{base_url}/whatsapp/_media/whatsapp_business/attachments/?{query}"


def router(world: World) -> APIRouter:
    """The routes of media."""
    routes = APIRouter()

    @routes.get("/whatsapp/_media/whatsapp_business/attachments/")
    async def download(request: Request) -> Response:
        return respond(_download(world, request))

    @routes.get("/whatsapp/{version}/{media_id}")
    async def look_up(request: Request, version: str, media_id: str) -> Response:
        return respond(unauthorised(request, world) or _look_up(world, request, media_id), version)

    @routes.delete("/whatsapp/{version}/{media_id}")
    async def delete(request: Request, version: str, media_id: str) -> Response:
        return respond(unauthorised(request, world) or _delete(world, media_id), version)

    @routes.post("/whatsapp/{version}/{phone_number_id}/media")
    async def upload(request: Request, version: str, phone_number_id: str) -> Response:
        del phone_number_id
        return respond(unauthorised(request, world) or await _upload(world, request), version)

    return routes


def _look_up(world: World, request: Request, media_id: str) -> Answer:
    media = world.store.part(PART, WhatsAppState).media.get(media_id)
    if media is None:
        return errors.no_such_object(media_id)
    kind = _behaviour(request)
    return as_graph_json(
        200,
        {
            "url": media_url(world, str(request.base_url).rstrip("/"), media.id),
            "mime_type": "image/heic" if kind == "wrong_mime" else media.mime_type,
            "sha256": hashlib.sha256(media.sha256.encode()).hexdigest() if kind == "wrong_hash" else media.sha256,
            "file_size": INBOUND_LIMIT + 1 if kind == "too_large" else media.file_size,
            "id": media.id,
            "messaging_product": "whatsapp",
        },
    )


def _download(world: World, request: Request) -> Answer:
    if refused := unauthorised(request, world):
        return refused
    media_id, expiry = request.query_params.get("mid", ""), request.query_params.get("ext", "")
    media = world.store.part(PART, WhatsAppState).media.get(media_id)
    genuine = hmac.compare_digest(
        request.query_params.get("hash", "").encode(), _seal(world, media_id, expiry).encode()
    )
    expired = _behaviour(request) == "expired" or not genuine or world.clock.now() >= int(expiry or 0)
    if media is None or expired:
        return Answer(_HTTP_NOT_FOUND, b"", [("content-type", "text/html; charset=utf-8")])
    content = world.store.blob(media.sha256)
    if _behaviour(request) == "wrong_hash":
        content = content[:-1] + bytes([content[-1] ^ 1])
    name = media.filename or f"whatsapp{mimetypes.guess_extension(media.mime_type) or ''}"
    headers = [
        ("content-type", media.mime_type),
        ("content-disposition", f"inline;filename={name.encode('ascii', 'ignore').decode()}"),
        ("accept-ranges", "bytes"),
    ]
    return Answer(200, content, headers)


def _delete(world: World, media_id: str) -> Answer:
    if world.store.part(PART, WhatsAppState).media.pop(media_id, None) is None:
        return errors.no_such_object(media_id)
    world.store.touch(PART)
    return as_graph_json(200, {"success": True})


async def _upload(world: World, request: Request) -> Answer:
    form = await request.form()
    file = form.get("file")
    if form.get("messaging_product") != "whatsapp":
        return errors.bad_parameter("The parameter messaging_product is required.")
    if file is None or isinstance(file, str):
        return errors.bad_parameter("The parameter file is required.")
    return await _keep_upload(world, file, str(form.get("type") or file.content_type or ""))


async def _keep_upload(world: World, file: UploadFile, mime: str) -> Answer:
    content = await file.read()
    if "/" not in mime or mime == "application/octet-stream":
        return errors.by_code(
            100, f"Param file must be a file with one of the supported types. Received file of type '{mime}'."
        )
    if len(content) > UPLOAD_LIMITS.get(mime.partition("/")[0], INBOUND_LIMIT):
        return errors.by_code(131053, "The file is larger than the limit of its type.")
    return as_graph_json(200, {"id": keep(world, content, mime, filename=file.filename, source="business").id})


def _seal(world: World, media_id: str, expiry: str) -> str:
    return hmac.new(
        world.credentials.whatsapp_app_secret.encode(), f"{media_id}/{expiry}".encode(), "sha256"
    ).hexdigest()


def _behaviour(request: Request) -> str | None:
    fault = request.scope.get(FAULT)
    return fault.kind if fault else None
