"""HubSpot's webhook: an array of events, read tolerantly. No I/O.

Source: HubSpot, "Webhooks API" (2026-09). Events come in any order, several times, and up to a day late; `eventId` is
not promised to be unique.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kit.errors import RefusedInputError
from leads.sync_plan import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_EVENTS: Final = 1000
# As HubSpot calls them, for the classic and for the generic subscriptions.
CHANGED: Final = "propertyChange"
CREATED: Final = "creation"
DELETED: Final = frozenset({"deletion", "privacyDeletion"})
RESTORED: Final = "restore"
MERGED: Final = "merge"
_CONTACT: Final = frozenset({"contact", "object"})
_CONTACT_TYPE: Final = "0-1"


@dataclass(frozen=True, slots=True)
class Event:
    """One event about a contact.

    Attributes:
        key: the same for each delivery of the event.
        kind: `propertyChange`, `creation`, `deletion`, `privacyDeletion`, `restore`, `merge`.
        contact_id: the contact; of a merge the one that is left.
        at: when it happened, in milliseconds since 1970.
        name: of a change, the property.
        text: of a change, its value; blank when it was cleared.
        others: of a merge, the contacts that are no more.
    """

    key: str
    kind: str
    contact_id: str
    at: int
    name: str | None = None
    text: str = ""
    others: tuple[str, ...] = ()

    @property
    def value(self) -> Value:
        """The property's value and since when it holds."""
        return Value(self.at, self.text)


def parse(body: bytes) -> tuple[list[Event], int]:
    """Read a webhook.

    Returns:
        The events about contacts in the order in which they happened, and how many others there were.

    Raises:
        RefusedInputError: it is no array of events (`malformed_json`, `malformed_body`).
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedInputError("The webhook is not JSON.", code="malformed_json") from None
    if not isinstance(found, list) or len(found) > MOST_EVENTS or not all(isinstance(item, dict) for item in found):
        raise RefusedInputError("The webhook is no list of events.", code="malformed_body")
    events = [event for item in found if (event := read(item))]
    return sorted(events, key=lambda event: (event.at, event.text, event.key)), len(found) - len(events)


def read(item: Mapping[str, Any]) -> Event | None:
    """One event; None when it is not about a contact or not of a kind that we follow."""
    about, _, kind = str(item.get("subscriptionType", "")).partition(".")
    if about not in _CONTACT or str(item.get("objectTypeId", _CONTACT_TYPE)) != _CONTACT_TYPE:
        return None
    if kind not in {CHANGED, CREATED, RESTORED, MERGED, *DELETED}:
        return None
    merged = kind == MERGED
    # The contact that is left may have a number of its own.
    left = (item.get("newObjectId") or item.get("primaryObjectId")) if merged else None
    contact_id, at = _number(left or item.get("objectId")), _number(item.get("occurredAt"))
    name = str(item.get("propertyName") or "") or None
    if contact_id is None or at is None or (kind == CHANGED and name is None):
        return None
    return Event(
        key=key(item),
        kind=kind,
        contact_id=contact_id,
        at=int(at),
        name=name,
        text="" if item.get("propertyValue") is None else str(item["propertyValue"]),
        others=_others(item, contact_id) if merged else (),
    )


def key(item: Mapping[str, Any]) -> str:
    """`hubspot:` and 64 hex digits of everything but the attempt: the same for each delivery."""
    parts = {str(name): value for name, value in item.items() if name != "attemptNumber"}
    return "hubspot:" + hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _others(item: Mapping[str, Any], left: str) -> tuple[str, ...]:
    gone = item.get("mergedObjectIds")
    listed = [_number(one) for one in (gone if isinstance(gone, list) else []) + [item.get("primaryObjectId")]]
    return tuple(sorted({one for one in listed if one and one != left}))


def _number(value: Any) -> str | None:
    """A number that may come as text; None for anything else."""
    text = str(value).strip() if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdigit() and len(text) <= 18 else None  # noqa: PLR2004 - what an int8 holds
