"""Where requests may go: an allow-list of hosts, checked again at the moment of connecting.

Three checks, each for what the one before cannot see:

1. `check_url` reads the URL strictly (scheme, no user part, allow-listed host and port) and resolves the name.
2. The adapter checks host and port once more as urllib3 understood them, on each redirect too, so a URL that two
   parsers read differently gains nothing.
3. The connection resolves the name itself, refuses if *any* address is not public, and connects to an address that
   it checked: a name that answers differently the second time (rebinding) gains nothing.

`OPSFLOWS_HTTP_ALLOW_PRIVATE` names the `host:port` pairs that may be private and plain http (the local sandbox).
"""

from __future__ import annotations

import os
import socket
import threading
from contextvars import ContextVar
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

import kit
from kit import tracing
from kit.urls import PORTS, check_endpoint, check_url, resolve, same_origin, split_strictly

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["USER_AGENT", "Exchange", "GuardedAdapter", "GuardedSession", "check_url", "guarded_session"]

USER_AGENT: Final = f"opsflows/{kit.__version__}"


def guarded_session(allow_hosts: Sequence[str], *, total_s: float = 45.0) -> GuardedSession:
    """Return a requests Session, for our client or for a library that takes one, that only calls `allow_hosts`."""
    return GuardedSession(allow_hosts, total_s=total_s)


class Exchange:
    """One request and its answer under a total deadline, whatever phase it hangs in.

    Time-outs of sockets count from byte to byte, so a server that drips is never late. Here a timer shuts the
    socket down, and `expired` tells the reader why it broke. `sent` says whether any byte of the request left.
    """

    current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)

    def __init__(self, total_s: float) -> None:
        """Allow `total_s` seconds from entering the context."""
        self.sent = False
        self.expired = False
        self._lock = threading.Lock()
        self._duplicates: list[socket.socket] = []
        self._timer = threading.Timer(max(total_s, 0.001), self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        """Start the clock."""
        self._token = self.current.set(self)
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the clock; the connection itself stays usable."""
        self._timer.cancel()
        self.current.reset(self._token)
        with self._lock:
            for duplicate in self._duplicates:
                duplicate.close()
            self._duplicates.clear()

    def adopt(self, sock: socket.socket) -> None:
        """Shut this socket down at the deadline; a duplicate is kept because TLS takes the original over."""
        with self._lock:
            self._duplicates.append(socket.socket(fileno=os.dup(sock.fileno())))
        if self.expired:
            self._expire()

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            for duplicate in self._duplicates:
                try:
                    duplicate.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the peer was faster


class GuardedAdapter(HTTPAdapter):
    """Transport adapter that connects only to `allow_hosts`; mount it for `https://` and `http://`."""

    def __init__(self, allow_hosts: Sequence[str]) -> None:
        """Keep the allow-list; no retries, since one layer retries and that is `kit.http`."""
        self._allow_hosts = tuple(allow_hosts)
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use connections that check the address they connect to."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
        """Check the host and port that urllib3 will use."""
        host, pool = super().build_connection_pool_key_attributes(*args, **kwargs)
        port = host["port"] or PORTS.get(host["scheme"], 0)
        check_endpoint(host["scheme"], host["host"] or "", port, self._allow_hosts)
        return host, pool

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Check the URL strictly, then send; proxies are ignored, as they would connect in our stead."""
        split_strictly(request.url or "")
        kwargs["proxies"] = None
        return super().send(request, *args, **kwargs)


class GuardedSession(requests.Session):
    """Session without proxies, .netrc, cookies or redirects to another host, under a total deadline."""

    def __init__(self, allow_hosts: Sequence[str], *, total_s: float = 45.0) -> None:
        """Mount the guarded adapter for every URL."""
        super().__init__()
        self.trust_env = False
        self.total_s = total_s
        self.headers["User-Agent"] = USER_AGENT
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for prefix in list(self.adapters):
            self.mount(prefix, GuardedAdapter(allow_hosts))

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send within `total_s`, unless a caller's `Exchange` is already counting."""
        kwargs["timeout"] = kwargs.get("timeout") or (5.0, 20.0)
        with tracing.http(request.method or "", urlsplit(request.url or "").hostname or "") as span:
            response = self._sent(request, **kwargs)
            span.note(http__response__status_code=response.status_code)
            return response

    def _sent(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        if Exchange.current.get():
            return super().send(request, **kwargs)
        with Exchange(self.total_s):
            return super().send(request, **kwargs)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return where a redirect leads, refused when that is another host."""
        target = super().get_redirect_target(resp)
        if target:
            same_origin(str(resp.url), target)
        return target


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self)

    def send(self, data: Any) -> None:
        _mark_sent(self)
        super().send(data)


class _TlsConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self)

    def send(self, data: Any) -> None:
        _mark_sent(self)
        super().send(data)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def _connect(connection: HTTPConnection) -> socket.socket:
    """Connect to one of the checked addresses; errors are urllib3's own, for the pool to handle."""
    try:
        addresses = resolve(connection.host, connection.port)
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from error
    failure: OSError = OSError("the name has no address")
    for family, address in addresses:
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            for option in connection.socket_options or ():
                sock.setsockopt(*option)
            timeout = connection.timeout
            sock.settimeout(timeout if isinstance(timeout, int | float) else None)
            sock.connect(address)
        except OSError as error:
            sock.close()
            failure = error
            continue
        if exchange := Exchange.current.get():
            exchange.adopt(sock)
        return sock
    if isinstance(failure, TimeoutError):
        raise ConnectTimeoutError(connection, f"Connecting to {connection.host} timed out.") from failure
    raise NewConnectionError(connection, f"Cannot connect: {failure}") from failure


def _mark_sent(connection: HTTPConnection) -> None:
    """Connect first when needed, so that only a request that leaves counts as sent."""
    if connection.sock is None:
        connection.connect()
    exchange = Exchange.current.get()
    if exchange and connection.sock is not None and not exchange.sent:
        exchange.sent = True
        exchange.adopt(connection.sock)
