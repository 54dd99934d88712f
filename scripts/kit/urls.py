"""Which URLs and addresses may be called at all: the checks behind `kit.net`."""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, urlsplit

from kit import settings
from kit.errors import UnsafeUrlError

if TYPE_CHECKING:
    from collections.abc import Sequence

PORTS: Final = {"https": 443, "http": 80}
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
    parts = split_strictly(url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
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
    if not _private_allowed(host, port) and not _is_vault(host, port):
        for *_, address in found:
            if not is_public(str(address[0])):
                raise _unsafe(f"{host} resolves to {address[0]}, which is not a public address.")
    return [(family, address) for family, _, _, _, address in found]


def is_public(address: str) -> bool:
    """Whether an IP address, and every IPv4 address embedded in it, is on the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        translated = ip.ipv4_mapped or (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        if translated:
            return is_public(str(translated))
        if not all(is_public(str(inner)) for inner in (ip.sixtofour, *(ip.teredo or ())) if inner):
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def same_origin(url: str, target: str) -> None:
    """Refuse a redirect `target` that leaves scheme, host and port of `url`.

    Raises:
        UnsafeUrlError: it does, or cannot be read.
    """
    if target.startswith("/") and not target.startswith("//"):
        return
    origin, other = split_strictly(url), split_strictly(target)
    if (origin.scheme, origin.netloc.lower()) != (other.scheme, other.netloc.lower()):
        raise _unsafe(f"{origin.hostname} redirects to another origin, {other.scheme}://{other.netloc}.")


def split_strictly(url: str) -> SplitResult:
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
    name, allowed_port = pattern.lower(), PORTS.get(scheme)
    if split := re.fullmatch(r"(.+?|\[.+\]):(\d+)", name):
        name, allowed_port = split[1], int(split[2])
    name = name.strip("[]")
    if name.startswith("*."):
        return host.endswith(name[1:]) and len(host) > len(name) - 1 and port == allowed_port
    return host == name and port == allowed_port


def _private_allowed(host: str, port: int) -> bool:
    host = host.lower().strip("[]")
    return any(_matches(pattern, "", host, port) for pattern in settings.get().http_allow_private)


def _is_vault(host: str, port: int) -> bool:
    """Whether it is the Vault that the operator named: it may be private, and needs https nevertheless."""
    scheme, _, rest = (settings.get().vault_addr or "").partition("://")
    return scheme == "https" and _matches(rest.partition("/")[0], "https", host.lower().strip("[]"), port)


def _unsafe(message: str) -> UnsafeUrlError:
    return UnsafeUrlError(message, next_action="Check the provider's *_BASE_URL and the adapter's allow-list.")
