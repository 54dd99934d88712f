"""The SDK's HTTP calls through the guarded session: allow-list, checked addresses, no redirects, one deadline.

httpx2 by itself counts its time-outs from byte to byte and follows redirects.
"""

from __future__ import annotations

import time

import httpx2
import requests
from urllib3.exceptions import HTTPError as Urllib3Error

from kit import net
from kit.errors import UnsafeUrlError

MAX_ANSWER_BYTES = 5_000_000
_CHUNK = 65536
# The body is decoded and complete by now, so these no longer describe it.
_STALE = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection"})


class GuardedTransport(httpx2.BaseTransport):
    """httpx2's transport for one host.

    Args:
        host: `host` or `host:port` of the base URL; nothing else is called.
        connect_s: seconds for a connection.
        ends: monotonic moment at which every call is cut off.
    """

    def __init__(self, host: str, *, connect_s: float, ends: float) -> None:
        """Prepare the session; nothing is connected yet."""
        self._session = net.guarded_session([host])
        self._connect_s, self._ends = connect_s, ends

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sends the request and reads the whole answer.

        Raises:
            httpx2.TransportError: in the words that the SDK knows; an address that is refused stays UnsafeUrlError.
        """
        remaining = max(self._ends - time.monotonic(), 0.001)
        with net.Exchange(remaining) as exchange:
            try:
                answer, body = self._exchange(request, remaining)
            except UnsafeUrlError:
                raise
            except (requests.RequestException, Urllib3Error, OSError, ValueError) as error:
                raise _as_httpx2(error, request, exchange) from error
            if exchange.expired:
                raise httpx2.ReadTimeout("the deadline passed while the answer was read", request=request)
        headers = [(name, value) for name, value in answer.headers.items() if name.lower() not in _STALE]
        return httpx2.Response(answer.status_code, headers=headers, content=body, request=request)

    def close(self) -> None:
        """Close the session."""
        self._session.close()

    def _exchange(self, request: httpx2.Request, remaining: float) -> tuple[requests.Response, bytes]:
        own = {"host", "content-length", "connection", "accept-encoding"}
        headers = {name: value for name, value in request.headers.items() if name.lower() not in own}
        with self._session.request(
            request.method,
            str(request.url),
            data=request.read(),
            headers=headers,
            timeout=(min(self._connect_s, remaining), remaining),
            stream=True,
            allow_redirects=False,
        ) as answer:
            body = bytearray()
            for chunk in answer.iter_content(_CHUNK):
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    raise ValueError("the answer is too large")
            return answer, bytes(body)


def _as_httpx2(error: Exception, request: httpx2.Request, exchange: net.Exchange) -> httpx2.TransportError:
    text = type(error).__name__
    if not exchange.sent:
        return httpx2.ConnectError(text, request=request)
    if exchange.expired or isinstance(error, requests.Timeout | TimeoutError):
        return httpx2.ReadTimeout(text, request=request)
    return httpx2.ReadError(text, request=request)
