"""Whose event it is: by e-mail, else by ManyChat's id; what is known of that person grows by it.

An id that belongs to somebody else is reported and left where it is: which of two contacts is right, or whether they
are one, is for a person to say.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg2.extras import Json

from kit import ids
from leads import merge, queries
from leads.model import Lead, LeadId

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kit.db import Connection
    from leads.mapping import PropertyMap

Identity = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a person should look at: `property` and `detail` may be blank."""

    code: str
    property: str = ""
    detail: str = ""


@dataclass(slots=True)
class Person:
    """A row of leads.leads, with the events of this batch that are its own.

    Attributes:
        sent: HubSpot's properties as we wrote them last.
        intents: writes whose answer was never recorded, the oldest first: HubSpot may have them or not.
    """

    lead_id: LeadId
    hubspot_id: str | None = None
    known: merge.Known = field(default_factory=merge.Known)
    sent: dict[str, str] = field(default_factory=dict)
    intents: list[dict[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def values(self) -> dict[str, str]:
        """Our fields with their values."""
        return self.known.values


def gather(conn: Connection, events: Sequence[queries.Row], mapped: PropertyMap) -> list[Person]:
    """Give each event to its person and save them, within the caller's transaction.

    Args:
        conn: a connection in a transaction.
        events: rows of leads.inbox: key, lead, happened_at.
        mapped: says which fields are of the first touch.

    Returns:
        Each person once, with the keys of their events.
    """
    read = [(row["key"], Lead.model_validate(row["lead"]), row["happened_at"]) for row in events]
    known = _identities(conn, [identity for _, lead, _ in read for identity in identities(lead)])
    people = _people(conn, set(known.values()))
    first_touch = mapped.first_touch()
    touched: dict[LeadId, Person] = {}
    for key, lead, happened_at in read:
        person = _owner(lead, key, known, people)
        _add(person, lead, key, happened_at, known, first_touch)
        touched[person.lead_id] = person
    _save(conn, list(touched.values()), known)
    return list(touched.values())


def identities(lead: Lead) -> list[Identity]:
    """What a person is known by, the strongest first."""
    named = (("email", lead.email), ("manychat", lead.manychat_id))
    return [(kind, value) for kind, value in named if value]


def _identities(conn: Connection, wanted: list[Identity]) -> dict[Identity, LeadId]:
    kinds, values = [kind for kind, _ in wanted], [value for _, value in wanted]
    found = queries.every(conn, "find_identities", kinds=kinds, values=values)
    return {(row["kind"], row["value"]): LeadId(row["lead_id"]) for row in found}


def _people(conn: Connection, lead_ids: set[LeadId]) -> dict[LeadId, Person]:
    rows = queries.every(conn, "lock_leads", lead_ids=sorted(lead_ids))
    return {row["lead_id"]: _person(row) for row in rows}


def _person(row: dict[str, Any]) -> Person:
    known = merge.Known(row["properties"], row["stamps"])
    return Person(row["lead_id"], row["hubspot_id"], known, row["sent"], row["intents"])


def _owner(lead: Lead, key: str, known: dict[Identity, LeadId], people: dict[LeadId, Person]) -> Person:
    found = next((known[identity] for identity in identities(lead) if identity in known), None)
    lead_id = found or LeadId("L-" + ids.ticket_id(key).removeprefix("T-"))
    return people.setdefault(lead_id, Person(lead_id))


def _add(
    person: Person,
    lead: Lead,
    key: str,
    happened_at: datetime,
    known: dict[Identity, LeadId],
    first_touch: frozenset[str],
) -> None:
    values = lead.values()
    for identity in identities(lead):
        if known.setdefault(identity, person.lead_id) != person.lead_id:
            # Only ManyChat's id can be another's here: the e-mail, where there is one, chose the person.
            values.pop("manychat_id", None)
            person.troubles.append(Trouble("id_of_another", "manychat_id", known[identity]))
    person.known = merge.merge(person.known, values, at=happened_at, key=key, first_touch=first_touch)
    person.keys.append(key)


def _save(conn: Connection, people: list[Person], known: dict[Identity, LeadId]) -> None:
    for person in people:
        main = {name: person.values.get(name) for name in ("manychat_id", "email", "phone")}
        stored = {"properties": Json(person.values), "stamps": Json(person.known.stamps)}
        queries.run(conn, "save_lead", lead_id=person.lead_id, **main, **stored)
    for (kind, value), lead_id in known.items():
        queries.run(conn, "insert_identity", kind=kind, value=value, lead_id=lead_id)
    _report_shared_phones(conn, people)


def _report_shared_phones(conn: Connection, people: list[Person]) -> None:
    others: dict[str, list[str]] = defaultdict(list)
    for row in queries.every(conn, "shared_phones", lead_ids=[person.lead_id for person in people]):
        others[row["lead_id"]].append(row["other"])
    for person in people:
        person.troubles += [Trouble("phone_of_another", "phone", other) for other in sorted(others[person.lead_id])[:3]]
