"""The layer around all provider routes: logs each call and lets faults strike."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from local.providers import routes
from local.providers.calls import Call, shown, without_secrets
from local.providers.exchange import Exchange
from local.providers.vault import log as vault_log

if TYPE_CHECKING:
    from local.providers.answers import Answer
    from local.providers.exchange import App, Receive, Scope, Send
    from local.providers.faults import Fault
    from local.providers.world import World


class Gateway:
    """ASGI middleware; requests that are no provider's pass untouched."""

    def __init__(self, app: App, world: World) -> None:
        """Wrap an application."""
        self.app = app
        self.world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        named = routes.name(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if named is None:
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        body = await _read(receive)
        text = scope["path"].encode() + b"\n" + body
        fault = self.world.faults.take(named, text)
        if fault:
            self.world.store.touch("faults")
        exchange = Exchange(self.app, named, scope, body, receive, send, fault)
        answer = await exchange.run()
        self._log(named, scope, body, answer, fault, time.perf_counter() - started)

    def _log(
        self, named: routes.Named, scope: Scope, body: bytes, answer: Answer | None, fault: Fault | None, seconds: float
    ) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope["query_string"].decode("latin-1")
        asked, answered = (vault_log.asked, vault_log.answered) if named.provider == "vault" else (shown, shown)
        self.world.calls.add(
            Call(
                seq=0,
                at=self.world.clock.stamp(),
                provider=named.provider,
                route=named.route,
                method=scope["method"],
                path=without_secrets(scope["path"] + (f"?{query}" if query else "")),
                status=answer.status if answer else None,
                ms=round(seconds * 1000, 1),
                fault=fault.kind if fault else None,
                user_agent=headers.get("user-agent", ""),
                content_type=headers.get("content-type", ""),
                request=asked(body, headers),
                response=answered(answer.body, dict(answer.headers)) if answer else "",
            )
        )
        self.world.store.touch("calls")


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)
