"""The links in what was written to people, one entry a message."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.providers.slack.desk import Card
    from local.providers.whatsapp.state import Outbound

_MRKDWN = re.compile(r"<(https?://[^|>]+)(?:\|([^>]+))?>")
_PLAIN = re.compile(r"https?://[^\s<>]+[^\s<>.,;:!?)]")
_HTTP = ("http://", "https://")


def of_card(card: Card) -> dict[str, Any] | None:
    """The links of a Slack message; None when it has none."""
    found = dict(_in_blocks([{"type": "mrkdwn", "text": card.text}, *card.blocks]))
    return _entry(f"card/{card.ts}", card.text, card.at, found)


def of_message(message: Outbound) -> dict[str, Any] | None:
    """The links of a WhatsApp message of the business; None when it has none."""
    content = message.message.get(str(message.message.get("type", "text")))
    text = str(content.get("body") or content.get("caption") or "") if isinstance(content, dict) else ""
    found = {link: urlsplit(link).netloc for link in _PLAIN.findall(text)}
    return _entry(message.id, text.partition("\n")[0], message.at, found)


def _entry(key: str, title: str, at: float, found: dict[str, str]) -> dict[str, Any] | None:
    links = [{"href": href, "label": label} for href, label in found.items()]
    return {"id": key, "title": _MRKDWN.sub(r"\2", title), "at": at, "links": links} if links else None


def _in_blocks(value: Any) -> Iterator[tuple[str, str]]:
    """Address and label of each link, wherever in the blocks it stands."""
    if isinstance(value, list):
        for item in value:
            yield from _in_blocks(item)
    if not isinstance(value, dict):
        return
    address, text = value.get("url"), value.get("text")
    if isinstance(address, str) and address.startswith(_HTTP):
        yield address, str(text.get("text", address)) if isinstance(text, dict) else address
    if isinstance(text, str):
        for href, label in _MRKDWN.findall(text):
            yield html.unescape(href), html.unescape(label or href)
    for inner in value.values():
        yield from _in_blocks(inner)
