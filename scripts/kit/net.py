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

import ipaddress
import os
import re
import socket
import threading
from contextvars import ContextVar
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import SplitResult, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

import kit
from kit import settings
from kit.errors import UnsafeUrlError

if TYPE_CHECKING:
    from collections.abc import Sequence

USER_AGENT: Final = f"opsflows/{kit.__version__}"
_PORTS: Final = {"https": 443, "http": 80}
# What a URL may consist of; anything else (spaces, controls, backslashes, raw unicode) is where parsers disagree.
_URL: Final = re.compile(r"https?://[\w.:\[\]-]+(?:[/?][\w\-.~:/?#\[\]@!$&'()*+,;=%{}|^]*)?", re.ASCII)
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


def check_url(url: str, allow_hosts: Sequence[str]) -> None:
    """Refuse a URL that leaves the allow-list or resolves to an address that is never called.

    Args:
        url: absolute URL.
        allow_hosts: `host`, `host:port` or `*.domain` (subdomains only); without a port the scheme's own is meant.

    Raises:
        UnsafeUrlError: refused; nothing was connected.
    """
    parts = _split(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    check_endpoint(parts.scheme, host, port, allow_hosts)
    try:
        resolve(host, port)
    except socket.gaierror:
        return  # it does not exist, so connecting will fail as a connection error


def check_endpoint(scheme: str, host: str, port: int, allow_hosts: Sequence[str]) -> None:
    """Refuse a scheme, host and port that are not on the allow-list; plain http only where private is allowed.

    Raises:
        UnsafeUrlError: refused.
    """
    if not any(_matches(pattern, scheme, host, port) for pattern in allow_hosts):
        raise _unsafe(f"{host}:{port} is not on the allow-list.")
    if scheme != "https" and not _private_allowed(host, port):
        raise _unsafe(f"{host}:{port} must be called by https.")


def resolve(host: str, port: int) -> list[tuple[int, tuple[Any, ...]]]:
    """Return (family, socket address) for each address of `host`, all of them checked.

    Raises:
        UnsafeUrlError: at least one address is loopback, link-local, private, reserved or multicast.
        OSError: the name does not resolve.
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise _unsafe(f"{host!r} is no host name.") from error
    if not _private_allowed(host, port):
        for *_, address in found:
            if not is_public(str(address[0])):
                raise _unsafe(f"{host} resolves to {address[0]}, which is not a public address.")
    return [(family, address) for family, _, _, _, address in found]


def is_public(address: str) -> bool:
    """Whether an IP address, and every IPv4 address embedded in it, is on the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in _NAT64:
            embedded.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if not all(is_public(str(inner)) for inner in embedded if inner):
            return False
        if ip.ipv4_mapped:
            return True
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


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
        port = host["port"] or _PORTS.get(host["scheme"], 0)
        check_endpoint(host["scheme"], host["host"] or "", port, self._allow_hosts)
        return host, pool

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Check the URL strictly, then send; proxies are ignored, as they would connect in our stead."""
        _split(request.url or "")
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


def same_origin(url: str, target: str) -> None:
    """Refuse a redirect `target` that leaves scheme, host and port of `url`.

    Raises:
        UnsafeUrlError: it does, or cannot be read.
    """
    if target.startswith("/") and not target.startswith("//"):
        return
    origin, other = _split(url), _split(target)
    if (origin.scheme, origin.netloc.lower()) != (other.scheme, other.netloc.lower()):
        raise _unsafe(f"{origin.hostname} redirects to another origin, {other.scheme}://{other.netloc}.")


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


def _split(url: str) -> SplitResult:
    """Read a URL strictly.

    Raises:
        UnsafeUrlError: another scheme, a user part, or characters that parsers read differently.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _unsafe("The URL cannot be read.") from error
    if not _URL.fullmatch(url) or "@" in parts.netloc or not parts.hostname or port == 0:
        raise _unsafe("The URL is not a plain http or https URL.")
    return parts


def _matches(pattern: str, scheme: str, host: str, port: int) -> bool:
    host = host.lower().strip("[]")
    name, allowed_port = pattern.lower(), _PORTS.get(scheme)
    if split := re.fullmatch(r"(.+?|\[.+\]):(\d+)", name):
        name, allowed_port = split[1], int(split[2])
    name = name.strip("[]")
    if name.startswith("*."):
        return host.endswith(name[1:]) and len(host) > len(name) - 1 and port == allowed_port
    return host == name and port == allowed_port


def _private_allowed(host: str, port: int) -> bool:
    host = host.lower().strip("[]")
    return any(_matches(pattern, "", host, port) for pattern in settings.get().http_allow_private)


def _unsafe(message: str) -> UnsafeUrlError:
    return UnsafeUrlError(message, next_action="Check the provider's *_BASE_URL and the adapter's allow-list.")
