"""One request of a provider: the work, and what a fault makes of it on the way back."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from local.providers import native, protocol
from local.providers.answers import Answer
from local.providers.faults import BEHAVIOURS

if TYPE_CHECKING:
    from local.providers import routes
    from local.providers.faults import Fault

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Under this key of the scope a route finds the fault that it has to play itself.
FAULT = "sandbox.fault"
MALFORMED = (AttributeError, IndexError, KeyError, OverflowError, RecursionError, TypeError, ValueError)
_PAGE = b"<!doctype html><html><head><title>Service Unavailable</title></head><body><h1>Back soon</h1></body></html>"


@dataclass
class Exchange:
    """One request, its fault, and its answer."""

    app: App
    named: routes.Named
    scope: Scope
    body: bytes
    receive: Receive
    send: Send
    fault: Fault | None

    async def run(self) -> Answer | None:
        """Do the work as the fault lets it; returns what was answered, None for no complete answer."""
        fault = self.fault
        if fault is None or fault.kind in BEHAVIOURS:
            return await self._send(await self._apply())
        if fault.kind == "delay":
            gone = await self._hold(fault.seconds)
            return None if gone else await self._send(await self._apply())
        if fault.kind in {"slow_body", "truncate", "timeout_after_apply"} or fault.after_apply:
            return await self._spoil(fault, await self._apply())
        return await self._spoil(fault, None)

    async def _spoil(self, fault: Fault, answer: Answer | None) -> Answer | None:
        if fault.kind == "reset":
            protocol.reset(dict(self.scope))
            return None
        if fault.kind == "timeout_after_apply":
            await self._hold(fault.seconds)
            protocol.reset(dict(self.scope))
            return None
        if fault.kind == "slow_body" and answer:
            return await self._drip(answer, fault.bytes_per_s)
        if fault.kind == "truncate" and answer:
            await self._truncate(answer, fault.at)
            return None
        return await self._send(self._wrong_answer(fault))

    def _wrong_answer(self, fault: Fault) -> Answer:
        provider, route = self.named
        if fault.kind == "html":
            answer = Answer(200, _PAGE, [("content-type", "text/html; charset=utf-8")])
        elif fault.kind == "error":
            answer = native.error(provider, route, fault.code or "")
        else:
            answer = native.status(provider, route, fault.status)
        if fault.body is not None:
            answer = replace(answer, body=fault.body.encode())
        if fault.retry_after is None:
            return answer
        answer.headers = [pair for pair in answer.headers if pair[0] != "retry-after"]
        return answer.with_header("retry-after", _retry_after(fault))

    async def _apply(self) -> Answer:
        """Run the provider's own route and collect its answer."""
        collected = Answer(500, b"")
        self.scope[FAULT] = self.fault
        sent = False

        async def receive() -> Message:
            nonlocal sent
            if sent:
                return await self.receive()
            sent = True
            return {"type": "http.request", "body": self.body, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                collected.status = message["status"]
                collected.headers = [
                    (name.decode("latin-1"), value.decode("latin-1"))
                    for name, value in message["headers"]
                    if name != b"content-length"
                ]
            else:
                collected.body += message.get("body", b"")

        try:
            await self.app(self.scope, receive, send)
        except MALFORMED:
            # A body of a shape that no handler foresaw: a provider would call it a bad request.
            traceback.print_exc()
            return native.status(self.named.provider, self.named.route, 400)
        return collected

    async def _send(self, answer: Answer) -> Answer:
        await self._start(answer)
        await self.send({"type": "http.response.body", "body": answer.body})
        return answer

    async def _start(self, answer: Answer) -> None:
        headers = [*answer.headers, ("content-length", str(len(answer.body)))]
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await self.send({"type": "http.response.start", "status": answer.status, "headers": raw})

    async def _drip(self, answer: Answer, bytes_per_s: int) -> Answer | None:
        step = max(1, bytes_per_s // 10)
        await self._start(answer)
        for at in range(0, len(answer.body), step):
            piece = answer.body[at : at + step]
            await self.send({"type": "http.response.body", "body": piece, "more_body": True})
            if await self._hold(len(piece) / bytes_per_s):
                return None
        await self.send({"type": "http.response.body", "body": b""})
        return answer

    async def _truncate(self, answer: Answer, at: int | None) -> None:
        await self._start(answer)
        piece = answer.body[: len(answer.body) // 2 if at is None else at]
        # Without a final chunk uvicorn closes the connection: fewer bytes than Content-Length said.
        await self.send({"type": "http.response.body", "body": piece, "more_body": True})

    async def _hold(self, seconds: float) -> bool:
        """Wait; True when the client gave up first."""
        try:
            async with asyncio.timeout(seconds):
                while (await self.receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return False
        return True


def _retry_after(fault: Fault) -> str:
    seconds = fault.retry_after or 0
    if fault.retry_after_as == "date":
        return formatdate(time.time() + seconds, usegmt=True)
    return f"{seconds:g}"
