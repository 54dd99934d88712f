"""What HubSpot's events do to the leads: each once, in one transaction, whatever the order in which they come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from psycopg2.extras import Json

from adapters.hubspot import Record
from kit import db
from leads import events_parse, queries, sync_page, sync_person, sync_plan, sync_store
from leads.sync_log import Entry
from leads.sync_page import Plan, Planner
from leads.sync_plan import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.db import Connection
    from leads.events_parse import Event
    from leads.mapping import PropertyMap
    from leads.sync_person import Person

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
REPEATED: Final = "repeated"


@dataclass(frozen=True, slots=True)
class Listener:
    """Applies events.

    Args:
        conn: a connection.
        property_map: the map of properties.
        execution_id: who heard of them.
        now: the moment of what is changed.
    """

    conn: Connection
    property_map: PropertyMap
    execution_id: str
    now: datetime

    def hear(self, events: Sequence[Event]) -> list[str]:
        """Apply some events; returns what became of each.

        `pulled`, `same` (nothing new), `kept` (ours wins), `gone`, `restored`, `merged`, `unknown` (nobody here has
        this contact: the next sync reads it), `not_mapped`, `repeated`.
        """
        with db.transaction(self.conn):
            return [self._once(event) for event in events]

    def _once(self, event: Event) -> str:
        row = {"key": event.key, "kind": event.kind, "hubspot_id": event.contact_id, "property": event.name}
        at = _EPOCH + timedelta(milliseconds=event.at)
        if not queries.run(self.conn, "event_insert", **row, occurred_at=at, execution_id=self.execution_id):
            return REPEATED
        outcome = self._apply(event)
        queries.run(self.conn, "event_outcome", key=event.key, outcome=outcome)
        return outcome

    def _apply(self, event: Event) -> str:
        if event.kind in events_parse.DELETED:
            return self._gone(event)
        if event.kind == events_parse.RESTORED:
            return "restored" if queries.run(self.conn, "event_restored", hubspot_id=event.contact_id) else "same"
        if event.kind == events_parse.MERGED:
            return self._merged(event)
        if event.kind == events_parse.CREATED:
            return "unknown"
        return self._changed(event)

    def _gone(self, event: Event) -> str:
        rows = sync_store.gone(self.conn, [event.contact_id])
        entries = [Entry("gone", row["lead_id"], row["hubspot_id"], code=event.kind) for row in rows]
        sync_store.write_log(self.conn, entries, self.execution_id)
        return "gone" if rows else "same"

    def _merged(self, event: Event) -> str:
        """The contact that is left takes over; its values are read by the next sync."""
        record = Record(event.contact_id, {sync_person.MERGED_IDS: ";".join(event.others)})
        people = sync_store.people(self.conn, self.property_map, [record])
        if not people.by_id:
            return "unknown"
        plan = Planner(self.property_map, sync_store.new_id, self.now).page([record], people)
        sync_store.save(self.conn, plan)
        sync_store.write_log(self.conn, plan.log, self.execution_id)
        return "merged" if plan.people or plan.folded else "same"

    def _changed(self, event: Event) -> str:
        item = self.property_map.of_property(event.name or "")
        if item is None or item.field is None:
            return "not_mapped"
        text = sync_person.canonical(item, event.text)
        # By its identities too: a change of the address must not make two leads of one address.
        record = Record(event.contact_id, {item.property: text})
        people = sync_store.people(self.conn, self.property_map, [record])
        linked = people.linked([event.contact_id])
        if not linked:
            return "unknown"
        person, value = linked[0], Value(event.at, text)
        if any(
            people.owners.get(one, person.lead_id) != person.lead_id
            for one in sync_page.identities(self.property_map, record)
        ):
            return "kept"
        return self._merge(person, item.property, value)

    def _merge(self, person: Person, name: str, value: Value) -> str:
        known = sync_person.known(person)
        fresh = sync_plan.news({name: value}, known)
        rules = [rule for rule in sync_person.rules(self.property_map) if rule.name == name]
        found = sync_plan.merge(rules, sync_person.ours(self.property_map, person), fresh, known, person.sent)
        if not fresh:
            return "same"
        after = sync_person.take(self.property_map, person, found.pulled, self.now)
        after = replace(
            after,
            seen=person.seen | {name: value.text},
            seen_at=person.seen_at or _EPOCH,
            settled=person.settled and not found.pushed,
        )
        log = [Entry("pulled", person.lead_id, person.hubspot_id, tuple(found.pulled), "event")] if found.pulled else []
        sync_store.save(self.conn, Plan(people={person.lead_id: after}, identities=self._named(after, found.pulled)))
        sync_store.write_log(self.conn, log, self.execution_id)
        queries.run(self.conn, "event_heard", lead_id=person.lead_id, heard=Json({name: value.at}))
        return "pulled" if found.pulled else "kept" if found.pushed else "same"

    def _named(self, person: Person, pulled: dict[str, Value]) -> dict[sync_page.Identity, str]:
        record = Record("", {name: value.text for name, value in pulled.items()})
        return dict.fromkeys(sync_page.identities(self.property_map, record), person.lead_id)
