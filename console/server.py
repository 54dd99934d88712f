"""How the console is served."""

from __future__ import annotations

import uvicorn

from console import app


def config(host: str, port: int, *, behind_edge: bool = False) -> uvicorn.Config:
    """Return uvicorn's configuration.

    Its own access log stays off, because it writes paths as they came, tokens included; `console.guard` writes one.

    Args:
        host: address to listen on.
        port: port to listen on.
        behind_edge: believe `X-Forwarded-For`, because nobody but the edge comes this way.
    """
    return uvicorn.Config(
        app.create(),
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        proxy_headers=behind_edge,
        forwarded_allow_ips="*" if behind_edge else None,
        server_header=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=10,
        limit_concurrency=64,
        h11_max_incomplete_event_size=16_384,
        lifespan="off",
    )
