"""HubSpot: whose token it is, its scopes, the portal's zone, the properties that leads are written to, today's calls.

Everything is read. A token of another kind than a private app's tells no scopes; then the properties show the lack.
Source: HubSpot, "Private apps", "Account information" and "Usage guidelines" (2026-09).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.hubspot import errors as hubspot
from adapters.hubspot import paths, records
from kit import http
from kit.errors import InvalidRequestError, InvalidResponseError, NotFoundError
from leads import mapping
from tools.doctor.model import Finding, absent, attention, ok, wrong
from tools.doctor.trouble import Advice, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.doctor.surroundings import Surroundings

NAME = "hubspot"
TITLE = "HubSpot"
SCOPES: Final = (
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
)
_LEAST_SHARE: Final = 0.1
_PAGE: Final = "setup/hubspot.md"
_SCOPES_PAGE: Final = f"{_PAGE}#scopes"
_SETUP_PAGE: Final = f"{_PAGE}#properties"
_ADD_SCOPES = "Add it in HubSpot, Settings, Integrations, Private apps, the app, Scopes; the token stays the same."
_SETUP = "Run the flow hubspot_setup once; it creates what is missing and changes nothing else."
ADVICE: Mapping[str, Advice] = {
    Trouble.AUTHENTICATION: Advice(
        "HubSpot does not accept the token: {error}",
        "Copy the access token from the private app, Auth, and put it into secrets/HUBSPOT_TOKEN.",
        "setup/hubspot.md#token-refused",
    ),
    Trouble.PERMISSION: Advice("The private app may not do this: {error}", _ADD_SCOPES, "setup/hubspot.md#scopes"),
    Trouble.QUOTA: Advice(
        "The portal's calls of today are used up.",
        "Wait for the portal's midnight; if it happens often, look for who else calls, or raise the limit in HubSpot.",
        "setup/hubspot.md#limits",
    ),
}


def examine(where: Surroundings) -> Iterator[Finding]:
    """Look at the token first: without it nothing else can be asked."""
    token = where.secret("HUBSPOT_TOKEN")
    if not token:
        action = "To write leads to HubSpot, create a private app."
        yield absent("token", "HUBSPOT_TOKEN is not set: no lead reaches HubSpot.", action, "setup/hubspot.md")
        return
    yield from _portal(where, token)
    yield from _scopes(where, token)
    yield from _properties(where, token)
    yield from _version(where)


def _portal(where: Surroundings, token: str) -> Iterator[Finding]:
    answer = _client(where, token).request("GET", "account-info/v3/details")
    about = _object(answer)
    if "portalId" not in about:
        raise InvalidResponseError("the answer names no portal.", provider=records.PROVIDER)
    yield ok("token", f"The token opens the portal {about['portalId']}.")
    zone = about.get("timeZone")
    if zone and zone != where.settings.timezone:
        text = f"The portal's zone is {zone}, OPSFLOWS_TIMEZONE is {where.settings.timezone}."
        action = "Nothing, if you want it so: the day of HubSpot's limit then ends at another hour than is told."
        yield attention("timezone", text, action, "setup/hubspot.md#limits")
    yield from _calls(answer)


def _calls(answer: http.Response) -> Iterator[Finding]:
    """How many calls of today are left, by the headers."""
    limit, left = (answer.headers.get(f"X-HubSpot-RateLimit-{name}", "") for name in ("Daily", "Daily-Remaining"))
    if limit.isdecimal() and left.isdecimal() and int(left) < int(limit) * _LEAST_SHARE:
        text = f"Of today's {limit} calls {left} are left."
        action = "Look for who else calls, in HubSpot, Settings, Integrations, Private apps, Logs."
        yield attention("calls", text, action, "setup/hubspot.md#limits")


def _scopes(where: Surroundings, token: str) -> Iterator[Finding]:
    client = _client(where, token)
    try:
        path = "oauth/v2/private-apps/get/access-token-info"
        about = _object(client.request("POST", path, json={"tokenKey": token}, keyed=True))
    except (NotFoundError, InvalidRequestError):
        return  # not a private app's token: HubSpot tells nothing about it here
    given = about.get("scopes")
    missing = [scope for scope in SCOPES if isinstance(given, list) and scope not in given]
    for scope in missing:
        yield wrong("scopes", f"The private app lacks the scope {scope}.", _ADD_SCOPES, _SCOPES_PAGE)


def _properties(where: Surroundings, token: str) -> Iterator[Finding]:
    path = paths.properties(where.settings.hubspot_api_version)
    answer = _object(_client(where, token).request("GET", path))
    known = {str(item.get("name")): item for item in records.results(answer)}
    wanted = mapping.load()
    missing = sorted({*wanted.names(), where.settings.hubspot_interest_property} - known.keys())
    if missing:
        text = f"The portal lacks {len(missing)} of the properties that are written: {', '.join(missing)}."
        yield attention("properties", text, _SETUP, _SETUP_PAGE)
    else:
        yield ok("properties", f"All {len(wanted.names()) + 1} properties that are written are there.")
    if wanted.identity in known and known[wanted.identity].get("hasUniqueValue") is not True:
        text = f"The property {wanted.identity} exists, but its values are not unique: leads without e-mail fail."
        action = f"Delete {wanted.identity} in HubSpot and run hubspot_setup: it cannot be changed later."
        yield wrong("identity", text, action, _SETUP_PAGE)


def _version(where: Surroundings) -> Iterator[Finding]:
    version = where.settings.hubspot_api_version
    if version.startswith("v"):
        text = f"OPSFLOWS_HUBSPOT_API_VERSION is {version}, which HubSpot supports until September 2027."
        yield attention("version", text, "Remove the setting, or set it to 2026-09.", "setup/hubspot.md#version")


def _client(where: Surroundings, token: str) -> http.Client:
    return http.Client(
        records.PROVIDER,
        where.settings.hubspot_base_url,
        headers={"Authorization": f"Bearer {token}"},
        policy=where.policy(),
        classify=hubspot.classifier(where.settings.timezone),
    )


def _object(answer: http.Response) -> dict[str, Any]:
    found = answer.json()
    if not isinstance(found, dict):
        raise InvalidResponseError("the answer is no object.", provider=records.PROVIDER)
    return found
