"""What a contact shall get, given what it has: the write modes, as pure decisions.

    always      whenever it differs
    if_empty    where the contact has nothing, or still has what we wrote last
    on_create   with the contact itself; later only in place of what we wrote last

So a value that somebody else put there is never overwritten, and events that come in another order end the same: a
value of ours gives way to a newer (for a first touch: an older) one of ours.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leads.mapping import Property, PropertyMap

_STAGE: Final = "lifecyclestage"


def needed(
    mapped: PropertyMap, wanted: Mapping[str, str], present: Mapping[str, str | None], sent: Mapping[str, str]
) -> dict[str, str]:
    """Return the properties of a contact that shall be written, with their values.

    Args:
        mapped: the map of properties.
        wanted: what the lead says, by HubSpot's names.
        present: what the contact has.
        sent: what we wrote there last.
    """
    found: dict[str, str] = {}
    for item in mapped.properties:
        name, value = item.property, wanted.get(item.property)
        has = present.get(name) or ""
        if value is None or same(value, has) or not _allowed(item, has, sent.get(name)):
            continue
        if name == _STAGE and not forward(mapped.stages, has, value):
            continue
        found[name] = value
    return found


def taken(
    sent: Mapping[str, str], intents: Sequence[Mapping[str, str]], present: Mapping[str, str | None]
) -> dict[str, str]:
    """Return what we wrote to a contact, counting writes that were never answered.

    A write counts when the contact holds all of it; one that holds a part only is somebody else's.

    Args:
        sent: what we know that we wrote.
        intents: what we were writing when we were killed or HubSpot fell silent, the oldest first.
        present: what the contact has.
    """
    found = dict(sent)
    for intent in intents:
        held = {name: value for name, value in intent.items() if value}
        if held and all(same(value, present.get(name) or "") for name, value in held.items()):
            found |= intent
    return found


def same(ours: str, theirs: str) -> bool:
    """Whether two values mean the same: case does not count, nor does how a moment is written."""
    if ours.strip().casefold() == theirs.strip().casefold():
        return True
    moment = _moment(ours)
    return moment is not None and moment == _moment(theirs)


def forward(stages: tuple[str, ...], present: str, new: str) -> bool:
    """Whether a contact may go to a lifecycle stage: never back, and from a stage of the portal's own nowhere."""
    if not present:
        return True
    return present in stages and new in stages and stages.index(new) > stages.index(present)


def _allowed(item: Property, has: str, ours: str | None) -> bool:
    if item.mode == "always" or (ours is not None and same(ours, has)):
        return True
    return item.mode == "if_empty" and not has


def _moment(text: str) -> datetime | None:
    """HubSpot writes the moments of a property in ISO 8601 or in milliseconds since 1970."""
    try:
        if text.isdecimal():
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        read = datetime.fromisoformat(text) if "T" in text else None
    except (ValueError, OverflowError, OSError):
        return None
    return read.replace(tzinfo=read.tzinfo or UTC) if read else None
