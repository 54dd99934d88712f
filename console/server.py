"""How the console is served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from console import app, identify

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class Peer:
    """ASGI middleware: notes where a connection really comes from, before X-Forwarded-For takes its place."""

    def __init__(self, app: ASGIApp) -> None:
        """Keep the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        client = scope.get("client")
        scope[identify.PEER] = client[0] if client else ""
        await self.app(scope, receive, send)


def config(host: str, port: int, *, behind_edge: bool = False) -> uvicorn.Config:
    """Return uvicorn's configuration.

    Its own access log stays off, because it writes paths as they came, tokens included; `console.guard` writes one.

    Args:
        host: address to listen on.
        port: port to listen on.
        behind_edge: believe `X-Forwarded-For`, because nobody but the edge comes this way.
    """
    served: Any = app.create()
    if behind_edge:
        served = ProxyHeadersMiddleware(served, trusted_hosts="*")
    return uvicorn.Config(
        Peer(served),
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=10,
        limit_concurrency=64,
        h11_max_incomplete_event_size=16_384,
        lifespan="off",
    )
