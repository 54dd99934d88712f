"""The routes of the page: the page itself, its files, its data, and the stream that says when to look again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, HTTPException, Response
from fastapi.responses import StreamingResponse
from jinja2 import Environment, FileSystemLoader, select_autoescape

from local.providers.page.view import view

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from local.providers.world import World

HERE = Path(__file__).parent
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
# Changes come in bursts; the page is told at most this often.
PAUSE_S = 0.25
ALIVE_EVERY_S = 15
SECURITY = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-cache",
}


def router(world: World) -> APIRouter:
    """Routes of the page."""
    routes = APIRouter()
    templates = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=select_autoescape())

    @routes.get("/")
    async def index() -> Response:
        return Response(templates.get_template("index.html").render(), media_type="text/html", headers=SECURITY)

    @routes.get("/_sandbox/static/{name}")
    async def static(name: str) -> Response:
        path = HERE / "static" / name
        if name not in {file.name for file in (HERE / "static").iterdir()}:
            raise HTTPException(404, f"No file {name}.")
        return Response(path.read_bytes(), media_type=TYPES[path.suffix], headers=SECURITY)

    @routes.get("/_sandbox/view")
    async def data() -> dict[str, Any]:
        return view(world)

    @routes.get("/_sandbox/events")
    async def events() -> StreamingResponse:
        return StreamingResponse(_changes(world), media_type="text/event-stream", headers=SECURITY)

    return routes


async def _changes(world: World) -> AsyncIterator[str]:
    revision = -1
    while True:
        try:
            revision = await asyncio.wait_for(world.store.changed_since(revision), ALIVE_EVERY_S)
            yield f"data: {revision}\n\n"
            await asyncio.sleep(PAUSE_S)
        except TimeoutError:
            yield ": alive\n\n"
