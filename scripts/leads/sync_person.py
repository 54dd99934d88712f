"""A lead as the sync sees it, and the way between its fields and HubSpot's properties. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from kit import dates
from leads import fields
from leads.sync_plan import Rule, Value, Values, reading
from leads.sync_windows import milliseconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.hubspot import Record
    from leads.mapping import Property, PropertyMap

# HubSpot's own properties that the sync reads beside those of the map.
MERGED_IDS: Final = "hs_merged_object_ids"
MODIFIED: Final = "lastmodifieddate"
_FIRST_MOMENT: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Person:
    """A row of leads.leads with what leads.sync_rows adds to it.

    Attributes:
        properties: our field to its value.
        stamps: our field to `{at, key, by}`: since when, by which event and side.
        sent: HubSpot's property to the value that we wrote there last; blank for what we left empty.
        seen: HubSpot's property to the value that it had when the sync last looked.
        seen_at: when the contact was last changed then.
        heard: HubSpot's property to the moment of the latest change that a webhook told, in milliseconds.
        updated_at: when our side last changed; the sync settles a lead for this moment.
        settled: nothing is left to be sent.
        problem: code of what hinders it, from the last look.
    """

    lead_id: str
    hubspot_id: str | None = None
    manychat_id: str | None = None
    email: str | None = None
    phone: str | None = None
    properties: dict[str, str] = field(default_factory=dict)
    stamps: dict[str, dict[str, str]] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    seen_at: datetime | None = None
    heard: dict[str, int] = field(default_factory=dict)
    state: str = "new"
    hubspot_updated_at: datetime | None = None
    updated_at: datetime | None = None
    settled: bool = True
    problem: str | None = None


def read_properties(property_map: PropertyMap) -> list[str]:
    """The properties to ask HubSpot for."""
    return [*property_map.names(), MERGED_IDS, MODIFIED]


def rules(property_map: PropertyMap) -> tuple[Rule, ...]:
    """How each property that both sides hold travels; fixed values (`value` in the map) are for new contacts only."""
    return tuple(Rule(item.property, item.mode, item.conflict) for item in property_map.properties if item.field)


def ours(property_map: PropertyMap, person: Person) -> Values:
    """Our values by HubSpot's names."""
    return {
        item.property: Value(_stamped(person, item.field), text)
        for item in property_map.properties
        if item.field and (text := item.outward(person.properties))
    }


def known(person: Person) -> Values:
    """What is known of HubSpot's values."""
    read_at = milliseconds(person.seen_at) if person.seen_at else 0
    return {name: Value(max(read_at, person.heard.get(name, 0)), text) for name, text in person.seen.items()}


def is_stale(person: Person, record: Record) -> bool:
    """Whether what was read of a contact is older than what we wrote there, as a search that lags behind shows it."""
    at = changed_at(record)
    if person.hubspot_id != record.id or not person.hubspot_updated_at or not at:
        return False
    return at < person.hubspot_updated_at


def changed_at(record: Record) -> datetime | None:
    """When a contact was last changed, as far as what was read of it shows: a search may show old properties."""
    stated = fields.moment(record.properties.get(MODIFIED))
    return min(filter(None, (stated, record.updated_at)), default=None)


def theirs(property_map: PropertyMap, record: Record, before: Mapping[str, Value]) -> Values:
    """The values of a contact that was read, as far as they were asked for."""
    at = milliseconds(changed_at(record) or _FIRST_MOMENT)
    texts = {
        item.property: canonical(item, record.properties[item.property])
        for item in property_map.properties
        if item.field and item.property in record.properties
    }
    return reading(texts, at, before)


def canonical(item: Property, text: str | None) -> str:
    """A value of HubSpot in the one form in which both sides are compared; blank for none.

    A moment may come as ISO 8601 in several spellings or as milliseconds, an address in capitals.
    """
    written = (text or "").strip()
    if (item.define or {}).get("type") == "datetime":
        moment = fields.moment(written)
        return dates.to_iso(moment) if moment else written
    return written.lower() if item.property == "email" else written


def take(property_map: PropertyMap, person: Person, pulled: Mapping[str, Value], now: datetime) -> Person:
    """The person after ours took over some of HubSpot's values; a blank one removes ours."""
    if not pulled:
        return person
    properties, stamps = dict(person.properties), dict(person.stamps)
    first_touch = property_map.first_touch()
    for name, value in pulled.items():
        item = property_map.of_property(name)
        if item is None or item.field is None:
            continue
        if value.text:
            properties[item.field] = item.inward(value.text)
        else:
            properties.pop(item.field, None)
        # Of a first touch the oldest value counts: nothing may be older than what HubSpot says.
        at = _FIRST_MOMENT if item.field in first_touch else _FIRST_MOMENT + value.at * _MILLISECOND
        stamps[item.field] = {"at": dates.to_iso(at), "key": f"hubspot:{person.hubspot_id}", "by": "hubspot"}
    return replace(
        person,
        properties=properties,
        stamps=stamps,
        updated_at=now,
        email=properties.get("email"),
        phone=properties.get("phone"),
        manychat_id=properties.get("manychat_id"),
    )


def from_row(row: Mapping[str, Any]) -> Person:
    """A row of the statements `sync_match` and `sync_candidates`."""
    return Person(**{name: row[name] for name in Person.__dataclass_fields__ if name in row})


def _stamped(person: Person, name: str | None) -> int:
    stamp = person.stamps.get(name or "", {})
    moment = fields.moment(stamp.get("at"))
    return milliseconds(moment) if moment else 0
