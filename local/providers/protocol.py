"""The HTTP protocol of the server, with the one thing that ASGI cannot do: reset a connection."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

_TRANSPORTS: dict[tuple[str, int], asyncio.Transport] = {}


class SandboxProtocol(H11Protocol):
    """uvicorn's own protocol, which remembers the transport of each client address."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the transport, and send small answers at once."""
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _TRANSPORTS[_peer(transport)] = transport
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the transport."""
        _TRANSPORTS.pop(_peer(self.transport), None)
        super().connection_lost(exc)


def reset(scope: dict[str, Any]) -> None:
    """Close the connection of a request with a TCP reset: the client sees ECONNRESET."""
    transport = _TRANSPORTS.get(tuple(scope["client"]))
    if transport is None:
        return  # the client was quicker
    raw = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _peer(transport: asyncio.BaseTransport) -> tuple[str, int]:
    host, port = transport.get_extra_info("peername")[:2]
    return str(host), int(port)
