"""WhatsApp Cloud API: token, permissions, number, app secret, where the webhooks go, and the API's version.

Four reads, none of which costs anything: `debug_token` (the token looks at itself), the account's `phone_numbers` and
`subscribed_apps`, and the app's `subscriptions`, which only the app secret opens.
Source: Meta, "Permissions", "WhatsApp Business Account", "Graph API: app subscriptions" (2026).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.doctor.meta import account, app
from tools.doctor.meta import token as token_check
from tools.doctor.meta.advice import ADVICE, NEW_TOKEN, TITLE, TOKEN_PAGE
from tools.doctor.meta.graph import Graph
from tools.doctor.model import Finding, absent, attention, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.doctor.surroundings import Surroundings

__all__ = ["ADVICE", "NAME", "TITLE", "examine"]

NAME = "whatsapp"


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
        yield wrong("token", "WHATSAPP_TOKEN is not set: pictures cannot be fetched.", NEW_TOKEN, TOKEN_PAGE)
        return
    api = Graph(where)
    findings, known = token_check.look(api, token)
    yield from findings
    if known and known.manages:
        yield from account.numbers(api, token, known)
        yield from account.subscribed(api, token, known)
    yield from app.look(api, where, secret, known)
    if api.warning:
        action = "Set OPSFLOWS_WHATSAPP_API_VERSION to a living version, and try it in staging first."
        yield attention("version", api.warning, action, "setup/whatsapp.md#api-version")
