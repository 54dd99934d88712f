"""Who sends a request: the session of its cookie, or the person that a trusted proxy names.

A proxy that signs people in by OpenID Connect passes their name in a header. Anybody could send such a header, so it
counts only together with the address of a proxy that is listed and with the secret that only the proxy knows.
"""

from __future__ import annotations

import hmac
import ipaddress
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException

from console import db, people, sessions, visit
from console.visit import Person
from kit import logging, secrets, settings
from kit.errors import ConfigurationError

if TYPE_CHECKING:
    from starlette.requests import Request

    from console.people import Role

PROXY_SECRET: Final = "OPSFLOWS_CONSOLE_PROXY_SECRET"  # noqa: S105 - a name
SECRET_HEADER: Final = "X-Opsflows-Proxy-Secret"  # noqa: S105 - a name
# Where `console.server` puts the address that the connection really comes from, whatever X-Forwarded-For says.
PEER: Final = "opsflows.peer"
_ANYBODY: Final = "*"
_LONGEST_NAME: Final = 200


def by_session(request: Request, *, via: str = "password") -> Person | None:
    """The person of the session's cookie; None when there is none, or it has ended."""
    now = visit.current()
    token = request.cookies.get(now.cookie(sessions.COOKIE), "")
    if not token:
        return None
    with db.connect() as conn:
        found = sessions.find(conn, token)
    if found is None or found["via"] != via:
        return None
    now.has_notice = found["has_notice"]
    role = _role_by_password(found["person"], found["stamp"]) if via == "password" else "reader"
    return role and Person(found["person"], role, via, found["csrf"], sessions.digest(token))  # type: ignore[arg-type]


def by_proxy(request: Request) -> Person | None:
    """The person whom a trusted proxy names, with a session for their forms; None when none is named.

    Raises:
        HTTPException: 403, whoever names a person is no trusted proxy, or the person is in neither list.
    """
    header = settings.get().console_proxy_user_header
    name = request.headers.get(header, "").strip() if header else ""
    if not header or not name:
        return None
    role = _role_by_proxy(request, name)
    if not _is_trusted(request) or role is None or len(name) > _LONGEST_NAME or not name.isprintable():
        logging.get(__name__).warning("console.proxy_refused", peer=_peer(request), listed=role is not None)
        raise HTTPException(403)
    known = by_session(request, via="proxy")
    if known and known.name == name:
        return Person(name, role, "proxy", known.csrf, known.session)
    return _begin(request, name, role)


def _begin(request: Request, name: str, role: Role) -> Person:
    """Somebody new from the proxy. Programs, which keep no cookie, get no session."""
    if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
        return Person(name, role, "basic")
    now = visit.current()
    with db.connect() as conn:
        token, csrf = sessions.begin(conn, name, "proxy")
    now.set_cookie(sessions.COOKIE, token)
    return Person(name, role, "proxy", csrf, sessions.digest(token))


def _role_by_password(name: str, stamp: str) -> Role | None:
    user = people.every().get(name)
    return user.role if user and any(hmac.compare_digest(one, stamp) for one in user.stamps) else None


def _role_by_proxy(request: Request, name: str) -> Role | None:
    """What the lists say of a name and its groups; None when they say nothing."""
    found = settings.get()
    groups = request.headers.get(found.console_proxy_groups_header, "").split(",")
    known = {name, *(group.strip() for group in groups if group.strip())}
    if known & set(found.console_operators):
        return "operator"
    return "reader" if _ANYBODY in found.console_readers or known & set(found.console_readers) else None


def _is_trusted(request: Request) -> bool:
    """Whether it comes from the address of a listed proxy, and with the proxy's secret."""
    given = request.headers.get(SECRET_HEADER, "")
    wanted = secrets.optional(PROXY_SECRET)
    if not wanted or not hmac.compare_digest(given.encode(), wanted.encode()):
        return False
    with suppress(ValueError):
        peer = ipaddress.ip_address(_peer(request))
        return any(peer in network for network in trusted_networks())
    return False


def trusted_networks() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Where trusted proxies are.

    Raises:
        ConfigurationError: an entry is neither an address nor a network.
    """
    try:
        return [ipaddress.ip_network(one) for one in settings.get().console_proxies]
    except ValueError as error:
        raise ConfigurationError(
            f"OPSFLOWS_CONSOLE_PROXIES: {error}", next_action="Write addresses or networks, such as 10.0.0.5/32."
        ) from None


def _peer(request: Request) -> str:
    return str(request.scope.get(PEER) or (request.client.host if request.client else ""))
