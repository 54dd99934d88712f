"""HubSpot's contacts and ManyChat's people as the page shows them, the latest first, and what was posted by either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.providers.hubspot.state import PART as HUBSPOT
from local.providers.hubspot.state import Delivery, HubSpotState
from local.providers.manychat.state import PART as MANYCHAT
from local.providers.manychat.state import ManyChatState

if TYPE_CHECKING:
    from local.providers.manychat.state import Request, Sent
    from local.providers.world import World

SHOWN, DELIVERIES, TEXT = 60, 40, 300
OK = 200


def view(world: World) -> dict[str, Any]:
    """Contacts and people, and how many there are of each."""
    portal, page = world.store.part(HUBSPOT, HubSpotState), world.store.part(MANYCHAT, ManyChatState)
    return {
        "counts": {"contacts": len(portal.contacts), "people": len(page.subscribers)},
        "contacts": _contacts(portal),
        "people": _people(page),
    }


def deliveries(world: World) -> list[dict[str, Any]]:
    """The events and the External Requests that were posted, in the form of WhatsApp's deliveries."""
    events = world.store.part(HUBSPOT, HubSpotState).deliveries[-DELIVERIES:]
    requests = world.store.part(MANYCHAT, ManyChatState).requests[-DELIVERIES:]
    told = [_line(one, "eventos de HubSpot", [_event(event) for event in one.events]) for one in events]
    asked = [_line(one, "petición de ManyChat", [one.subscriber_id]) for one in requests]
    return [*told, *asked]


def _line(one: Delivery | Request, kind: str, ids: list[str]) -> dict[str, Any]:
    return {
        "at": one.at,
        "url": one.url,
        "kind": kind,
        "ids": ids,
        # A page that takes 200 for good needs no rule of its own for 202 and 204.
        "status": OK if OK <= one.status < OK + 100 else one.status,
        "elapsed_ms": one.elapsed_ms,
        "attempts": one.attempts if isinstance(one, Delivery) else 1,
        "answer": one.answer,
    }


def _event(event: dict[str, Any]) -> str:
    return f"{event['subscriptionType']} {event['objectId']}"


def _contacts(portal: HubSpotState) -> list[dict[str, Any]]:
    latest = [portal.contacts[str(number)] for number in portal.order[-SHOWN:]]
    return [
        {"id": one.id, "at": one.updated, "archived": one.archived is not None, "properties": _cut(one.properties)}
        for one in reversed(latest)
    ]


def _people(page: ManyChatState) -> list[dict[str, Any]]:
    last = {request.subscriber_id: request for request in page.requests}
    latest = list(page.subscribers.values())[-SHOWN:]
    return [
        {
            "id": one.id,
            "at": one.last_interaction,
            "name": one.name,
            "email": one.email,
            "phone": one.phone or one.whatsapp_phone,
            "tags": one.tags,
            "custom_fields": _cut(one.custom_fields),
            "status": last[one.id].status if one.id in last else None,
            "ms": last[one.id].elapsed_ms if one.id in last else None,
            "messages": [_text(sent) for sent in page.sent[-10 * SHOWN :] if sent.subscriber_id == one.id],
        }
        for one in reversed(latest)
    ]


def _text(sent: Sent) -> str:
    return " / ".join(str(message.get("text") or message.get("type"))[:TEXT] for message in sent.messages)


def _cut(values: dict[str, Any]) -> dict[str, str]:
    return {name: str(value)[:TEXT] for name, value in values.items() if value is not None}
