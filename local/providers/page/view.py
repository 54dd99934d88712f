"""What the page shows, cut to what a person looks at: the last rows, messages, cards and calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.providers.documents import PART as DOCUMENTS
from local.providers.documents import Documents
from local.providers.google.cells import shown
from local.providers.google.state import PART as GOOGLE
from local.providers.google.state import GoogleState, Sheet, Spreadsheet
from local.providers.openai.state import PART as OPENAI
from local.providers.openai.state import OpenAIState
from local.providers.page import alerts, leads, links
from local.providers.slack.desk import PART as SLACK
from local.providers.slack.desk import SlackState
from local.providers.whatsapp.state import PART as WHATSAPP
from local.providers.whatsapp.state import Inbound, Outbound, WhatsAppState

if TYPE_CHECKING:
    from local.providers.calls import Call
    from local.providers.world import World

ROWS, MESSAGES, CARDS, ANSWERS, CALLS, DELIVERIES, LINKS, TEXT = 200, 60, 40, 20, 150, 40, 40, 2000


def view(world: World) -> dict[str, Any]:
    """Everything for one drawing of the page."""
    whatsapp = world.store.part(WHATSAPP, WhatsAppState)
    cards = world.store.part(SLACK, SlackState).cards
    answers = world.store.part(OPENAI, OpenAIState).completions
    books = world.store.part(GOOGLE, GoogleState).spreadsheets.values()
    shown = leads.view(world)
    told = alerts.view(world)
    return {
        "revision": world.store.revision,
        "counts": {
            "rows": sum(max(0, sheet.last_row() - 1) for book in books for sheet in book.sheets),
            "messages": len(whatsapp.inbox) + len(whatsapp.outbox),
            "cards": len(cards),
            "answers": len(answers),
            "documents": len(world.store.part(DOCUMENTS, Documents).by_name),
            "calls": world.calls.seq,
            **shown.pop("counts"),
            **told.pop("counts"),
        },
        **shown,
        **told,
        "books": [_book(book) for book in books],
        "chats": _chats(whatsapp),
        "cards": [card.model_dump(mode="json") for card in cards[-CARDS:]],
        "answers": [answer.model_dump(mode="json") for answer in answers[-ANSWERS:]],
        "documents": [
            {"name": item.name, "mime": item.mime_type, "at": item.at}
            for item in world.store.part(DOCUMENTS, Documents).by_name.values()
        ],
        "links": _links(world),
        "deliveries": [
            *(item.model_dump(mode="json") for item in whatsapp.deliveries[-DELIVERIES:]),
            *leads.deliveries(world),
        ],
        "calls": [_call(call) for call in world.calls.calls[-CALLS:]],
        "faults": [fault.model_dump(mode="json", exclude_none=True) for fault in world.faults.faults],
    }


def _call(call: Call) -> dict[str, Any]:
    return call.model_dump(mode="json") | {"request": call.request[:TEXT], "response": call.response[:TEXT]}


def _book(book: Spreadsheet) -> dict[str, Any]:
    tabs = [_tab(sheet, book.locale) for sheet in book.sheets]
    return {"id": book.id, "title": book.title, "share": book.share, "tabs": tabs}


def _tab(sheet: Sheet, locale: str) -> dict[str, Any]:
    last = sheet.last_row()
    first = max(1, last - ROWS)
    numbers = [0, *range(first, last)] if last else []
    rows = [{"number": number + 1, "cells": _cells(sheet.rows[number], locale)} for number in numbers]
    return {"title": sheet.title, "total": last, "rows": rows}


def _cells(row: list[Any], locale: str) -> list[dict[str, str]]:
    """Text as the sheet shows it, and its kind: text, number, or formula (which nobody should have written)."""
    return [
        {
            "text": str(value["formula"] if isinstance(value, dict) else shown(value, "FORMATTED_VALUE", locale)),
            "kind": "formula" if isinstance(value, dict) else "number" if isinstance(value, int | float) else "text",
        }
        for value in row
    ]


def _chats(state: WhatsAppState) -> list[dict[str, Any]]:
    """One conversation a user, the most recent first; items in the order of time."""
    chats: dict[str, dict[str, Any]] = {}
    items: list[Inbound | Outbound] = [*state.inbox, *state.outbox]
    for item in sorted(items, key=lambda one: one.at):
        chat = chats.setdefault(item.user, {"user": item.user, "name": item.user, "at": 0.0, "items": []})
        if isinstance(item, Inbound):
            chat["name"] = item.name
        chat["at"] = item.at
        chat["items"].append(_received(state, item) if isinstance(item, Inbound) else _answered(state, item))
    for chat in chats.values():
        chat["items"] = chat["items"][-MESSAGES:]
    return sorted(chats.values(), key=lambda chat: -float(chat["at"]))


def _received(state: WhatsAppState, item: Inbound) -> dict[str, Any]:
    kind = str(item.message.get("type", ""))
    return {
        **_content(state, item.message, kind),
        "id": item.message.get("id", ""),
        "at": item.at,
        "side": "user",
        "read": item.read,
        "typing": item.typing,
    }


def _answered(state: WhatsAppState, item: Outbound) -> dict[str, Any]:
    kind = str(item.message.get("type", "text"))
    reply_to = (item.message.get("context") or {}).get("message_id")
    return {
        **_content(state, item.message, kind),
        "id": item.id,
        "at": item.at,
        "side": "business",
        "reply_to": reply_to,
        "statuses": item.statuses,
    }


def _content(state: WhatsAppState, message: dict[str, Any], kind: str) -> dict[str, Any]:
    content = message.get(kind) if isinstance(message.get(kind), dict) else {}
    media = state.media.get(str((content or {}).get("id", "")))
    return {
        "kind": kind,
        "text": (content or {}).get("body") or (content or {}).get("caption") or (content or {}).get("name") or "",
        "filename": (content or {}).get("filename"),
        "link": (content or {}).get("link"),
        "media": f"/_sandbox/whatsapp/media/{media.id}" if media else None,
        "mime": media.mime_type if media else None,
    }


def _links(world: World) -> list[dict[str, Any]]:
    """Messages with links, the latest first."""
    cards = [links.of_card(card) for card in world.store.part(SLACK, SlackState).cards[-LINKS:]]
    answers = [links.of_message(sent) for sent in world.store.part(WHATSAPP, WhatsAppState).outbox[-LINKS:]]
    found = [entry for entry in (*cards, *answers) if entry]
    return sorted(found, key=lambda entry: -float(entry["at"]))[:LINKS]
