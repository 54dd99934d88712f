"""WhatsApp Cloud API: token, permissions, number, app secret, where the webhooks go, and the API's version.

Four reads, none of which costs anything: `debug_token` (the token looks at itself), the account's `phone_numbers` and
`subscribed_apps`, and the app's `subscriptions`, which only the app secret opens.
Source: Meta, "Permissions", "WhatsApp Business Account", "Graph API: app subscriptions" (2026).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from adapters.whatsapp import errors as graph
from adapters.whatsapp.client import VERSION_WARNING
from kit import http
from kit.errors import InvalidResponseError, NotFoundError, OpsflowsError
from tools.doctor import trouble
from tools.doctor.model import Finding, absent, attention, ok, wrong
from tools.doctor.trouble import Advice, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.doctor.surroundings import Surroundings

NAME = "whatsapp"
TITLE = "WhatsApp (Meta)"
MESSAGING: Final = "whatsapp_business_messaging"
MANAGEMENT: Final = "whatsapp_business_management"
# Meta's subcodes of a token that is no longer good.
_WHY: Final = {
    458: "the app was removed from the account",
    460: "the password of its owner was changed",
    463: "it has expired",
    464: "its owner is not confirmed",
    467: "it was revoked",
}
_DAY_S: Final = 86_400
_SOON_DAYS: Final = 14
_NEW_TOKEN = "Generate a new token of the system user, without expiry, and put it into secrets/WHATSAPP_TOKEN."  # noqa: S105 - advice
_TOKEN_PAGE = "setup/whatsapp.md#token-refused"  # noqa: S105 - an anchor
ADVICE: Mapping[str, Advice] = {
    "whatsapp_token": Advice("Meta no longer accepts the token.", _NEW_TOKEN, _TOKEN_PAGE),
    Trouble.AUTHENTICATION: Advice("Meta does not accept the token.", _NEW_TOKEN, _TOKEN_PAGE),
    "whatsapp_blocked": Advice(
        "Meta has restricted the account: {error}",
        "Open WhatsApp Manager and follow what it says; stop sending until then.",
        "setup/whatsapp.md#account-restricted",
    ),
    Trouble.PERMISSION: Advice(
        "The token is genuine but may not do this: {error}",
        f"Give it {MESSAGING} and {MANAGEMENT}, and the system user the account with full control.",
        "setup/whatsapp.md#permission-missing",
    ),
    Trouble.MISSING: Advice(
        "Meta knows no such object, or hides it from this token: {error}",
        "Assign the WhatsApp account to the system user, with full control.",
        "setup/whatsapp.md#permission-missing",
    ),
    "whatsapp_rate_limited": Advice(
        "Meta has had too many calls and asks us to wait.",
        "Wait an hour and run it again.",
        "setup/whatsapp.md#costs-and-limits",
        trouble.GENERAL[Trouble.LIMITED].state,
    ),
}


@dataclass(frozen=True, slots=True)
class _Token:
    """What Meta says about the token: the app it belongs to, and the accounts that it may manage."""

    app_id: str
    app_name: str
    accounts: tuple[str, ...]
    manages: bool


class _Graph:
    """Reads of the Graph API; the first answer that names a dying version is kept."""

    def __init__(self, where: Surroundings) -> None:
        self._where = where
        self.version = where.settings.whatsapp_api_version
        self._base = f"{where.settings.whatsapp_base_url.rstrip('/')}/{self.version}"
        self.warning: str | None = None

    def get(self, path: str, token: str, **params: str) -> dict[str, Any]:
        """The answer of a read, always an object with `data`."""
        headers = {"Authorization": f"Bearer {token}"}
        client = http.Client(
            graph.PROVIDER, self._base, headers=headers, policy=self._where.policy(), classify=graph.classify
        )
        answer = client.request("GET", path, params=params)
        served = answer.headers.get("Facebook-Api-Version", self.version)
        if answer.headers.get(VERSION_WARNING) or served != self.version:
            self.warning = f"Meta answers as {served}: the version {self.version} has ended or ends soon."
        found = answer.json()
        if not isinstance(found, dict) or "data" not in found:
            raise InvalidResponseError("the answer has no data.", provider=graph.PROVIDER)
        return found


def examine(where: Surroundings) -> Iterator[Finding]:
    """Look at the token first: what it may not do, it cannot tell."""
    token, secret = where.secret("WHATSAPP_TOKEN"), where.secret("WHATSAPP_APP_SECRET")
    if not token and not secret:
        action = "Create the Meta app and the system user's token."
        yield absent("token", "Neither WHATSAPP_TOKEN nor WHATSAPP_APP_SECRET is set.", action, "setup/whatsapp.md")
        return
    if not where.secret("WHATSAPP_WEBHOOK_KEY"):
        action = "Make it: python -m tools.secrets make."
        yield wrong("webhook_key", "WHATSAPP_WEBHOOK_KEY is not set.", action, "setup/whatsapp.md#webhook-key")
    if not token:
        yield wrong("token", "WHATSAPP_TOKEN is not set: pictures cannot be fetched.", _NEW_TOKEN, _TOKEN_PAGE)
        return
    api = _Graph(where)
    findings, known = _token(api, token)
    yield from findings
    if known and known.manages:
        yield from _numbers(api, token, known)
        yield from _subscribed(api, token, known)
    yield from _app(api, where, secret, known)
    if api.warning:
        action = "Set OPSFLOWS_WHATSAPP_API_VERSION to a living version, and try it in staging first."
        yield attention("version", api.warning, action, "setup/whatsapp.md#api-version")


def _token(api: _Graph, token: str) -> tuple[list[Finding], _Token | None]:
    try:
        data = api.get("debug_token", token, input_token=token)["data"]
    except OpsflowsError as error:
        return [_refused(error)], None
    if not isinstance(data, dict) or not data.get("is_valid"):
        return [wrong("token", "Meta says that the token is not valid.", _NEW_TOKEN, _TOKEN_PAGE)], None
    scopes = [str(scope) for scope in data.get("scopes") or ()]
    known = _Token(
        str(data.get("app_id", "")), str(data.get("application", "?")), _accounts(data), MANAGEMENT in scopes
    )
    return [*_life(data), *_scopes(scopes)], known


def _refused(error: OpsflowsError) -> Finding:
    """Meta's subcode tells why a token is no longer accepted."""
    why = _WHY.get(error.details.get("subcode") or 0)
    if error.code == "whatsapp_token" and why:
        return wrong("token", f"Meta no longer accepts the token: {why}.", _NEW_TOKEN, _TOKEN_PAGE)
    return trouble.finding(error, TITLE, ADVICE)


def _life(data: Mapping[str, Any]) -> Iterator[Finding]:
    ends = min(
        (int(data.get(key) or 0) for key in ("expires_at", "data_access_expires_at") if data.get(key)), default=0
    )
    who = f"token of {str(data.get('type', 'unknown')).lower().replace('_', ' ')}, app {data.get('application', '?')}"
    page = "setup/whatsapp.md#token-lifetimes"
    if not ends:
        yield ok("token", f"The {who}, is valid and does not expire.")
        return
    day = datetime.fromtimestamp(ends, UTC).date()
    days = (ends - time.time()) / _DAY_S
    if days < 0:
        yield wrong("token", f"The {who}, expired on {day}.", _NEW_TOKEN, _TOKEN_PAGE)
    elif days < _SOON_DAYS:
        text = f"The {who}, expires on {day}: it is a temporary one."
        yield attention("token", text, _NEW_TOKEN, page)
    else:
        action = "Replace it by one without expiry, or note the day."
        yield attention("token", f"The {who}, is valid until {day}.", action, page)


def _scopes(scopes: list[str]) -> Iterator[Finding]:
    page = "setup/whatsapp.md#permission-missing"
    action = f"Generate the token again with {MESSAGING} and {MANAGEMENT} ticked."
    if MESSAGING not in scopes:
        text = f"The token lacks {MESSAGING}: pictures cannot be fetched and answers not sent."
        yield wrong("permissions", text, action, page)
    elif MANAGEMENT not in scopes:
        text = f"The token lacks {MANAGEMENT}: it works, but number and webhooks cannot be looked at."
        yield attention("permissions", text, action, page)
    else:
        yield ok("permissions", f"It has {MESSAGING} and {MANAGEMENT}.")


def _accounts(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The WhatsApp accounts that the token names, in its order and each once."""
    granular = [grant for grant in data.get("granular_scopes") or () if isinstance(grant, dict)]
    ids = [str(id_) for grant in granular if grant.get("scope") == MANAGEMENT for id_ in grant.get("target_ids") or ()]
    return tuple(dict.fromkeys(ids))


def _numbers(api: _Graph, token: str, known: _Token) -> Iterator[Finding]:
    if not known.accounts:
        action = "Look in WhatsApp Manager whether number and account are connected, or name the account on the token."
        text = "Meta does not say which WhatsApp accounts the token is for, so number and webhook were not looked at."
        yield attention("number", text, action, "setup/whatsapp.md#account-not-named")
    fields = "id,display_phone_number,verified_name,status,quality_rating,platform_type"
    for account in known.accounts:
        try:
            numbers = api.get(f"{account}/phone_numbers", token, fields=fields)["data"]
        except OpsflowsError as error:
            yield trouble.finding(error, TITLE, ADVICE)
            continue
        if not numbers:
            action = "Add a phone number in WhatsApp Manager."
            yield wrong("number", f"The account {account} has no number.", action, "setup/whatsapp.md#number")
        for number in numbers:
            yield _number(number)


def _number(number: Mapping[str, Any]) -> Finding:
    shown = f"{number.get('display_phone_number')} ({number.get('verified_name')}, id {number.get('id')})"
    status, page = str(number.get("status") or "UNKNOWN"), "setup/whatsapp.md#number"
    if status not in {"CONNECTED", "UNKNOWN"}:
        action = "Open WhatsApp Manager, Phone numbers: register the number, or follow what is said there."
        return wrong("number", f"The number {shown} is {status.lower()}.", action, page)
    if number.get("platform_type") not in {"CLOUD_API", None}:
        action = "Register the number for the Cloud API."
        return wrong("number", f"The number {shown} is not registered for the Cloud API.", action, page)
    if number.get("quality_rating") == "RED":
        action = "Look in WhatsApp Manager at what people reported, and send less."
        return attention("number", f"The number {shown} has a low quality rating.", action, page)
    return ok("number", f"The number {shown} is connected.")


def _subscribed(api: _Graph, token: str, known: _Token) -> Iterator[Finding]:
    for account in known.accounts:
        try:
            apps = api.get(f"{account}/subscribed_apps", token)["data"]
        except NotFoundError:
            continue  # said by the numbers already
        except OpsflowsError as error:
            yield trouble.finding(error, TITLE, ADVICE)
            continue
        ids = {str((app.get("whatsapp_business_api_data") or {}).get("id")) for app in apps if isinstance(app, dict)}
        if known.app_id in ids:
            yield ok("subscription", f"The app {known.app_name} is subscribed to the account {account}.")
        else:
            text = f"The account {account} posts nothing to the app {known.app_name}."
            action = f"Subscribe the app: POST /{account}/subscribed_apps, as the page shows."
            yield wrong("subscription", text, action, "setup/whatsapp.md#no-webhooks-arrive")


def _app(api: _Graph, where: Surroundings, secret: str | None, known: _Token | None) -> Iterator[Finding]:
    """The app secret opens the app's own list of subscriptions, so asking for it proves both."""
    page = "setup/whatsapp.md#app-secret-wrong"
    if not secret:
        text = "WHATSAPP_APP_SECRET is not set: every post of WhatsApp would be refused."
        action = "Copy it from the Meta app, App settings, Basic, into secrets/WHATSAPP_APP_SECRET."
        yield wrong("app_secret", text, action, page)
        return
    if not known or not known.app_id:
        return
    found = _subscriptions(api, known, secret)
    if not isinstance(found, Finding):
        yield ok("app_secret", f"The app secret is that of {known.app_name}.")
        yield _callback(found, where)
        return
    previous = where.secret("WHATSAPP_APP_SECRET_PREVIOUS")
    if found.name == "app_secret" and previous and isinstance(_subscriptions(api, known, previous), list):
        text = "Meta still has the previous app secret; both are accepted."
        yield attention("app_secret", text, "Finish the rotation: reset the secret at Meta.", page)
        return
    yield found


def _subscriptions(api: _Graph, known: _Token, secret: str) -> list[Any] | Finding:
    try:
        return list(api.get(f"{known.app_id}/subscriptions", f"{known.app_id}|{secret}")["data"])
    except OpsflowsError as error:
        # Meta has several codes for it (190, 1, 101), but all of them come with a 4xx and speak of the app.
        if not 400 <= int(error.details.get("status") or 0) < 500 or error.code == "whatsapp_rate_limited":  # noqa: PLR2004 - HTTP's own borders
            return trouble.finding(error, TITLE, ADVICE)
        text = f"The app secret is not that of the app {known.app_name}: every post of Meta would count as forged."
        action = "Copy it again from the Meta app that the token belongs to, App settings, Basic."
        return wrong("app_secret", text, action, "setup/whatsapp.md#app-secret-wrong")


def _callback(subscriptions: list[Any], where: Surroundings) -> Finding:
    page = "setup/whatsapp.md#no-webhooks-arrive"
    ours = [s for s in subscriptions if isinstance(s, dict) and s.get("object") == "whatsapp_business_account"]
    if not ours:
        action = "Enter callback URL and verify token in the app, WhatsApp, Configuration, and subscribe to messages."
        return wrong("callback", "The app has no webhook for WhatsApp accounts.", action, page)
    url = str(ours[0].get("callback_url", ""))
    fields = {str(field.get("name")) for field in ours[0].get("fields") or () if isinstance(field, dict)}
    if "messages" not in fields or not ours[0].get("active", True):
        action = "Subscribe to the field messages in the app, WhatsApp, Configuration."
        return wrong("callback", f"The webhook {url} is not subscribed to messages.", action, page)
    if where.public_url and not url.startswith(where.public_url + "/"):
        action = f"Enter {where.public_url}/hooks/whatsapp as the callback URL, or correct --public-url."
        return wrong("callback", f"Meta posts to {url}, not to {where.public_url}.", action, page)
    return ok("callback", f"Messages are posted to {url}.")
