"""The edge as Meta sees it: health, the certificate's days, the handshake, and that nothing else answers."""

from __future__ import annotations

import secrets
import ssl
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from kit import http
from kit.errors import NotFoundError, OpsflowsError, PermissionDeniedError
from platform_tasks.health.machine import days_left
from tools.doctor import trouble
from tools.doctor.model import Finding, absent, attention, ok, wrong
from tools.doctor.trouble import Advice, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.doctor.surroundings import Surroundings

NAME = "edge"
TITLE = "the edge"
PATH: Final = "hooks/whatsapp"
# Paths of Kestra that must not be reachable from outside.
_PRIVATE: Final = ("api/v1/main/flows/search", "ui/", "health")
_SOON_DAYS: Final = 14
_WARN_TLS = "Renew the certificate and reload the edge."
ADVICE: Mapping[str, Advice] = {
    Trouble.DNS: Advice(
        "The name of the public address is unknown.",
        "Create the DNS record of the edge's name, or correct --public-url.",
        "setup/edge.md#name-unknown",
    ),
    Trouble.REFUSED: Advice(
        "Nothing answers at the public address.",
        "Start the edge, open ports 443 and 80 in the firewall, and check that the DNS record leads here.",
        "setup/edge.md#no-answer",
    ),
    Trouble.TIMEOUT: Advice(
        "The public address does not answer in time.",
        "Open port 443 in the firewall; from inside the same network the public address may be unreachable at all.",
        "setup/edge.md#no-answer",
    ),
    Trouble.TLS: Advice(
        "Meta refuses this certificate: {error}.",
        "Install a certificate of a public authority for this name, with its intermediate certificates.",
        "setup/edge.md#certificate",
    ),
    Trouble.DOWN: Advice(
        "The edge answers with trouble: {error}",
        "Look at the edge's log; 502 and 504 mean that Kestra does not answer it.",
        "setup/edge.md#no-answer",
    ),
    Trouble.MISSING: Advice(
        "What answers there does not know the path: {error}",
        "Check that the DNS record leads to the edge and not to another web server.",
        "setup/edge.md#no-answer",
    ),
}


def examine(where: Surroundings) -> Iterator[Finding]:
    """From the outside in."""
    if not where.public_url:
        text = "The public address is not known."
        yield absent("url", text, "Name it: --public-url https://hooks.example.com.", "setup/edge.md")
        return
    client = http.Client("edge", where.public_url, policy=where.policy())
    client.request("GET", "healthz", expect_json=False)
    yield ok("health", f"{where.public_url} answers.")
    yield from _certificate(where)
    yield from _handshake(client, where.secret("WHATSAPP_VERIFY_TOKEN"))
    yield from _closed(client)


def _certificate(where: Surroundings) -> Iterator[Finding]:
    page = "setup/edge.md#certificate"
    parts = urlsplit(where.public_url or "")
    if parts.scheme != "https":
        action = "Switch TLS on at the edge; Meta posts to https only."
        yield attention("certificate", "The address is plain http.", action, page)
        return
    days = days_left(parts.hostname or "", parts.port or 443, ssl.create_default_context(), where.remaining_s)
    if days < _SOON_DAYS:
        yield attention("certificate", f"The certificate ends in {days} days.", _WARN_TLS, page)
    else:
        yield ok("certificate", f"The certificate is good for {days} more days.")


def _handshake(client: http.Client, token: str | None) -> Iterator[Finding]:
    """Meta's GET: a wrong token is refused, ours is answered with the challenge and nothing else."""
    page = "setup/edge.md#handshake"
    if _challenge(client, secrets.token_urlsafe(24))[0]:
        action = "Set the edge's WHATSAPP_VERIFY_TOKEN and restart it; anybody could register the webhook."
        yield wrong("handshake", "The edge answers the challenge for a wrong verify token.", action, page)
        return
    if not token:
        text = "WHATSAPP_VERIFY_TOKEN is not set here, so only a wrong one was tried; it is refused."
        yield attention("handshake", text, "Run it where secrets/ lies.", page)
        return
    answered, status = _challenge(client, token)
    if answered:
        yield ok("handshake", "Our verify token is answered with the challenge, a wrong one with 403.")
    else:
        action = "Give the edge the same secrets/WHATSAPP_VERIFY_TOKEN as here and restart it."
        yield wrong("handshake", f"The edge refuses our own verify token ({status}).", action, page)


def _challenge(client: http.Client, token: str) -> tuple[bool, int]:
    """Whether the challenge came back, and the status."""
    challenge = str(secrets.randbelow(10**9))
    params = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": token}
    try:
        answer = client.request("GET", PATH, params=params, expect_json=False)
    except PermissionDeniedError:
        return False, HTTPStatus.FORBIDDEN
    return answer.content == challenge.encode(), answer.status


def _closed(client: http.Client) -> Iterator[Finding]:
    """Kestra itself must not be reachable from outside."""
    for path in _PRIVATE:
        try:
            client.request("GET", path, expect_json=False)
        except NotFoundError:
            continue
        except OpsflowsError as error:
            if error.details.get("status") is None:
                yield trouble.finding(error, TITLE, ADVICE)
                return
        action = "Let only the edge listen on the public address; Kestra's 8080 belongs on 127.0.0.1."
        text = f"/{path} answers from outside: that is Kestra, or a page in front of it."
        yield wrong("exposed", text, action, "setup/edge.md#exposed")
        return
    yield ok("closed", "Nothing else of Kestra answers from outside.")
