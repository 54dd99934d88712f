"""The Meta app: its secret, and where it posts what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.errors import OpsflowsError
from tools.doctor import trouble
from tools.doctor.meta.advice import ADVICE, TITLE
from tools.doctor.model import Finding, attention, ok, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.doctor.meta.graph import Graph, Token
    from tools.doctor.surroundings import Surroundings


def look(api: Graph, where: Surroundings, secret: str | None, known: Token | None) -> Iterator[Finding]:
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


def _subscriptions(api: Graph, known: Token, secret: str) -> list[Any] | Finding:
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
