"""What is to be done with a page of contacts: who is who, what is taken over, what is left to send. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leads import sync_person, sync_plan
from leads.sync_log import Entry
from leads.sync_person import Person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from adapters.hubspot import Record
    from leads.mapping import PropertyMap

Identity = tuple[str, str]
# A contact has the address of one lead and the ManyChat id of another.
UNCLEAR = "belongs_to_two_leads"


@dataclass(slots=True)
class People:
    """The leads that a page may be about; it learns while the page is gone through.

    Attributes:
        by_id: lead id to person.
        owners: `(kind, value)`, kind being `email` or `manychat`, to the lead id that it belongs to.
    """

    by_id: dict[str, Person] = field(default_factory=dict)
    owners: dict[Identity, str] = field(default_factory=dict)

    def linked(self, contact_ids: Iterable[str]) -> list[Person]:
        """Those whose contact is one of these, the oldest link first."""
        wanted = list(contact_ids)
        found = [person for person in self.by_id.values() if person.hubspot_id in wanted]
        return sorted(found, key=lambda person: (wanted.index(str(person.hubspot_id)), person.lead_id))

    def named(self, identities: Iterable[Identity]) -> list[Person]:
        """Those whom these addresses and ids belong to."""
        ids = {self.owners[identity] for identity in identities if identity in self.owners}
        return [self.by_id[lead_id] for lead_id in sorted(ids) if lead_id in self.by_id]


@dataclass(slots=True)
class Plan:
    """What a page changes.

    Attributes:
        people: rows to write, by lead id.
        identities: addresses and ids that belong to a lead from now on.
        folded: lead id to the one that it becomes part of.
        log: what to tell.
        looked: leads whose contact was seen.
        held: leads that must not be sent, because it is not clear whose a contact is; with that contact.
    """

    people: dict[str, Person] = field(default_factory=dict)
    identities: dict[Identity, str] = field(default_factory=dict)
    folded: dict[str, str] = field(default_factory=dict)
    log: list[Entry] = field(default_factory=list)
    looked: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans pages.

    Args:
        property_map: the map of properties.
        new_id: our id for a contact that nobody here knows, by HubSpot's id.
        now: the moment of what it changes.
    """

    property_map: PropertyMap
    new_id: Callable[[str], str]
    now: datetime

    def page(self, records: Iterable[Record], people: People) -> Plan:
        """What to do with some contacts."""
        plan = Plan()
        for record in records:
            self._contact(record, people, plan)
        return plan

    def _contact(self, record: Record, people: People, plan: Plan) -> None:
        person, clash = self._who(record, people, plan)
        if person is None:
            plan.log.append(Entry("clash", None, record.id, code=clash))
            named = people.named(identities(self.property_map, record))
            plan.held.update({person.lead_id: record.id for person in named if not person.hubspot_id})
            return
        self._merge(record, person, people, plan)

    def _who(self, record: Record, people: People, plan: Plan) -> tuple[Person | None, str]:
        """The lead of a contact, a new one when nobody knows it; or why that cannot be told."""
        linked = people.linked((record.id, *merged_ids(record)))
        if linked:
            for other in linked[1:]:
                _fold(other, linked[0], people, plan)
            return people.by_id[linked[0].lead_id], ""
        named = people.named(identities(self.property_map, record))
        if not named:
            return Person(self.new_id(record.id), state="synced", updated_at=self.now), ""
        if len(named) > 1:
            return None, UNCLEAR
        held = named[0].hubspot_id is not None and named[0].state != "deleted"
        return (None, "lead_has_another_contact") if held else (named[0], "")

    def _merge(self, record: Record, person: Person, people: People, plan: Plan) -> None:
        plan.looked.append(person.lead_id)
        if sync_person.is_stale(person, record):
            return
        same, at = person.hubspot_id == record.id, sync_person.changed_at(record)
        known = sync_person.known(person) if same else {}
        theirs = sync_person.theirs(self.property_map, record, known)
        taken = [name for name, owner in self._foreign(record, person, people) if owner]
        rules = [rule for rule in sync_person.rules(self.property_map) if rule.name not in taken]
        found = sync_plan.merge(
            rules, sync_person.ours(self.property_map, person), theirs, known, person.sent if same else {}
        )
        linked = replace(
            person,
            hubspot_id=record.id,
            state="synced",
            sent=person.sent if same else {},
            seen={name: value.text for name, value in (found.seen | {name: theirs[name] for name in taken}).items()},
            seen_at=at or person.seen_at,
            hubspot_updated_at=max(filter(None, (person.hubspot_updated_at, at)), default=None),
        )
        after = sync_person.take(self.property_map, linked, found.pulled, self.now)
        after = replace(after, settled=not found.pushed and person.settled)
        for identity in identities(self.property_map, record):
            if people.owners.setdefault(identity, after.lead_id) == after.lead_id:
                plan.identities[identity] = after.lead_id
        if after != person:
            plan.people[after.lead_id] = people.by_id[after.lead_id] = after
        self._tell(person, after, found, taken, plan)

    def _foreign(self, record: Record, person: Person, people: People) -> list[tuple[str, bool]]:
        """The identifying properties of a contact, and whether each belongs to another lead."""
        names = {"email": "email", "manychat": self.property_map.identity}
        return [
            (names[kind], people.owners.get((kind, value), person.lead_id) != person.lead_id)
            for kind, value in identities(self.property_map, record)
        ]

    def _tell(self, before: Person, after: Person, found: sync_plan.Merged, taken: list[str], plan: Plan) -> None:
        lead_id, hubspot_id = after.lead_id, after.hubspot_id
        if before.updated_at == self.now and not before.hubspot_id:
            plan.log.append(Entry("added", lead_id, hubspot_id, tuple(sorted(found.pulled))))
        elif before.hubspot_id != hubspot_id or before.state == "deleted":
            plan.log.append(Entry("linked", lead_id, hubspot_id, tuple(sorted(found.pulled))))
        elif found.pulled:
            plan.log.append(Entry("pulled", lead_id, hubspot_id, tuple(sorted(found.pulled))))
        for winner in sorted(set(found.conflicts.values())):
            names = tuple(sorted(name for name, who in found.conflicts.items() if who == winner))
            plan.log.append(Entry("conflict", lead_id, hubspot_id, names, code=f"{winner}_wins"))
        if taken:
            plan.log.append(Entry("clash", lead_id, hubspot_id, tuple(taken), code="belongs_to_another_lead"))


def identities(property_map: PropertyMap, record: Record) -> list[Identity]:
    """By what a contact may be known to us: its address and ManyChat's id."""
    email = (record.properties.get("email") or "").strip().lower()
    manychat = (record.properties.get(property_map.identity) or "").strip()
    return [(kind, value) for kind, value in (("email", email), ("manychat", manychat)) if value]


def merged_ids(record: Record) -> list[str]:
    """The contacts that were merged into this one."""
    return [part for part in (record.properties.get(sync_person.MERGED_IDS) or "").split(";") if part.strip()]


def _fold(loser: Person, winner: Person, people: People, plan: Plan) -> None:
    """Two leads are one person, because their contacts were merged: one row stays, which has what the other knew."""
    kept = replace(
        winner,
        properties=loser.properties | winner.properties,
        stamps=loser.stamps | winner.stamps,
        manychat_id=winner.manychat_id or loser.manychat_id,
        email=winner.email or loser.email,
        phone=winner.phone or loser.phone,
    )
    del people.by_id[loser.lead_id]
    people.by_id[winner.lead_id] = plan.people[winner.lead_id] = kept
    people.owners.update({found: winner.lead_id for found, owner in people.owners.items() if owner == loser.lead_id})
    plan.people.pop(loser.lead_id, None)
    plan.folded[loser.lead_id] = winner.lead_id
    plan.log.append(Entry("merged", winner.lead_id, winner.hubspot_id, code=loser.lead_id))
