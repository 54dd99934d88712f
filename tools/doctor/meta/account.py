"""The WhatsApp account: its numbers, and the app that it posts to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.errors import NotFoundError, OpsflowsError
from tools.doctor import trouble
from tools.doctor.meta.advice import ADVICE, TITLE
from tools.doctor.model import Finding, attention, ok, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.doctor.meta.graph import Graph, Token


def numbers(api: Graph, token: str, known: Token) -> Iterator[Finding]:
    """Every number of the accounts that the token names."""
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


def subscribed(api: Graph, token: str, known: Token) -> Iterator[Finding]:
    """Whether each account posts to the app that the token belongs to."""
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
