"""What holds for every request: strict headers on the answer, a small body, and a log line without secrets."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException

from console import pages, visit
from console.api import problems
from kit import logging

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY: Final = 64_000
# No script at all, no style but our own file, nothing from another host, and no other page around ours.
POLICY: Final = (
    "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Pages for people who have signed in may run our own scripts, and those may ask our own addresses.
WITH_SCRIPTS: Final = f"{POLICY}; script-src 'self'; connect-src 'self'"
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # A link carries its token in the path: no other site may learn it from a Referer.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex, nofollow",
}


class Guard:
    """ASGI middleware around the application."""

    def __init__(self, app: ASGIApp) -> None:
        """Keep the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, seen = time.monotonic(), {"status": 0}

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if visit.current().person:
                    headers["Content-Security-Policy"] = WITH_SCRIPTS
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self.app(scope, _bounded(receive), answer)
        except Exception as error:  # noqa: BLE001 - a bug of ours: nobody is shown its words, and the log has them
            logging.get(__name__).error("console.broken", error=f"{type(error).__name__}: {error}")
            if not seen["status"]:
                told = problems.answer(500) if problems.meant(scope["path"]) else pages.problem("http_500", status=500)
                await told(scope, receive, answer)
        finally:
            _log(scope, seen["status"], time.monotonic() - began)


def _bounded(receive: Receive) -> Receive:
    """The request's body, refused as soon as it is longer than any form of ours."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BODY:
            raise HTTPException(413)
        return message

    return bounded


def _log(scope: Scope, status: int, seconds: float) -> None:
    """One line a request. The path passes the redaction, which hides the token of a link; no query is written."""
    facts: dict[str, Any] = {"method": scope["method"], "path": scope["path"], "status": status}
    logging.get(__name__).info("console.request", **facts, ms=round(seconds * 1000))
