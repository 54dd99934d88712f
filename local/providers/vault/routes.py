"""The routes of Vault."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from local.providers.vault import errors
from local.providers.vault.desk import Vault, answered

if TYPE_CHECKING:
    from local.providers.answers import Answer
    from local.providers.world import World

_WORK = ("data", "metadata", "delete", "destroy")


def router(world: World) -> APIRouter:
    """All routes under ``/vault/v1``."""
    routes = APIRouter(prefix="/vault/v1")
    vault = Vault(world)

    @routes.get("/sys/health")
    async def health() -> Response:
        return _respond(vault.health())

    @routes.api_route("/auth/approle/login", methods=["POST", "PUT"])
    async def login(request: Request) -> Response:
        return _respond(vault.closed() or vault.login(await _json(request)))

    @routes.get("/auth/token/lookup-self")
    async def lookup_self(request: Request) -> Response:
        return _respond(vault.closed() or _about_token(vault, request))

    @routes.api_route("/{path:path}", methods=["GET", "POST", "PUT", "DELETE"])
    async def engine(request: Request, path: str) -> Response:
        return _respond(vault.closed() or _engine(vault, request, path, await _json(request)))

    return routes


def _about_token(vault: Vault, request: Request) -> Answer:
    if refusal := vault.refused(request.headers, "auth/token/lookup-self"):
        return refusal
    until = vault.expiry(request.headers.get("x-vault-token", "")) or math.inf
    ttl = 0 if math.isinf(until) else int(until - vault.world.clock.now())
    return answered({"display_name": "approle" if ttl else "token", "policies": ["default", "opsflows"], "ttl": ttl})


def _engine(vault: Vault, request: Request, path: str, body: Any) -> Answer:
    """The KV engine version 2: `<mount>/<data|metadata|delete|destroy>/<path>`."""
    mount = next((mount for mount in vault.state.mounts if path.startswith(f"{mount}/")), None)
    if refusal := vault.refused(request.headers, path):
        return refusal
    work, _, rest = path.removeprefix(f"{mount}/").partition("/")
    if mount is None or work not in _WORK or not rest:
        return errors.no_route(path)
    key = f"{request.headers.get('x-vault-namespace', '').strip('/')}|{mount}/{rest}"
    if work == "metadata":
        return vault.metadata(key)
    if work == "data" and request.method == "GET":
        return vault.read(key, request.query_params.get("version", ""))
    if work == "data" and request.method in {"POST", "PUT"}:
        return vault.write(key, body)
    numbers = body.get("versions") if isinstance(body, dict) else None
    return vault.drop(key, numbers, destroy=work == "destroy")


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        return None


def _respond(answer: Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))
