"""The routes of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

if TYPE_CHECKING:
    from local.providers.world import World


def router(world: World) -> APIRouter:
    """The page."""
    routes = APIRouter()
    del world

    @routes.get("/")
    async def index() -> Response:
        return Response("<!doctype html><title>Banco de pruebas</title>", media_type="text/html")

    return routes
