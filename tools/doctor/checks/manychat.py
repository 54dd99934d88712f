"""ManyChat: whether its posts can be told from others', whose token it is, and whether the field and the tag are there.

Everything is read. Source: api.manychat.com/swagger: `page/getInfo`, `page/getCustomFields`, `page/getTags`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.manychat import errors as manychat
from kit import http
from kit.errors import InvalidResponseError
from tools.doctor.model import Finding, absent, attention, ok
from tools.doctor.trouble import Advice, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.doctor.surroundings import Surroundings

NAME = "manychat"
TITLE = "ManyChat"
ADVICE: Mapping[str, Advice] = {
    Trouble.AUTHENTICATION: Advice(
        "ManyChat does not accept the key: {error}",
        "Generate it again in ManyChat, Settings, API, and put it into secrets/MANYCHAT_TOKEN.",
        "setup/manychat.md#key-refused",
    ),
    Trouble.PERMISSION: Advice(
        "The key may not do this: {error}",
        "The API belongs to ManyChat's Pro plan: look at the page's plan.",
        "setup/manychat.md#plan",
    ),
}


def examine(where: Surroundings) -> Iterator[Finding]:
    """Look at the way in (the secret of the header), then at the way back (the key of the API)."""
    secret, token = where.secret("OPSFLOWS_MANYCHAT_SECRET"), where.secret("MANYCHAT_TOKEN")
    if not secret:
        text = "OPSFLOWS_MANYCHAT_SECRET is not set: no post of ManyChat is accepted."
        yield absent("secret", text, "To take leads from ManyChat, set it and type it there.", "setup/manychat.md")
    if not token:
        text = "MANYCHAT_TOKEN is not set: ManyChat is told nothing of its leads."
        yield absent("key", text, "To give subscribers HubSpot's id, set the page's API key.", "setup/manychat.md#key")
        return
    page = _data(where, token, "getInfo")
    if not isinstance(page, dict) or not page.get("name"):
        raise InvalidResponseError("the answer names no page.", provider=manychat.PROVIDER)
    yield ok("key", f"The key is that of the page {page['name']}.")
    yield from _named(where, token)


def _named(where: Surroundings, token: str) -> Iterator[Finding]:
    """The field and the tag that are written; ManyChat refuses what a page does not have."""
    field, tag = where.settings.manychat_crm_field, where.settings.manychat_tag
    wanted = [("field", "getCustomFields", "custom field", field)] + ([("tag", "getTags", "tag", tag)] if tag else [])
    for name, route, kind, value in wanted:
        if value in {one.get("name") for one in _listed(_data(where, token, route))}:
            yield ok(name, f"The page has the {kind} {value}.")
        else:
            action = f"Create it in ManyChat, Settings: a {kind} with exactly this name."
            yield attention(name, f"The page has no {kind} {value}.", action, "setup/manychat.md#field-and-tag")


def _data(where: Surroundings, token: str, route: str) -> Any:
    client = http.Client(
        manychat.PROVIDER,
        where.settings.manychat_base_url,
        headers={"Authorization": f"Bearer {token}"},
        policy=where.policy(),
        classify=manychat.classify,
    )
    answer = client.request("GET", f"fb/page/{route}").json()
    if not isinstance(answer, dict) or answer.get("status") != "success":
        raise InvalidResponseError("the answer says neither success nor error.", provider=manychat.PROVIDER)
    return answer.get("data")


def _listed(data: Any) -> list[dict[str, Any]]:
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []
