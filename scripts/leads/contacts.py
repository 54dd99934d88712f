"""From people to contacts, with as few calls as it takes: new people are made, known ones read and changed.

Somebody who is new to us may be known to HubSpot: making the contact then meets the one that is there, which is looked
up by e-mail, else by ManyChat's id, and changed as the write modes allow. So a burst of new people costs one call a
hundred, and nothing is ever searched for, since HubSpot's search lags behind its writes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from adapters.hubspot import Problem
from leads import jobs, plan
from leads.jobs import Job
from leads.people import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from adapters.hubspot import Client, Record
    from leads.mapping import PropertyMap
    from leads.people import Person

Kind = Literal["created", "updated", "unchanged", "refused"]
_LOST: Final = Problem("hubspot_conflict", "A contact is in the way that cannot be found.")


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a person's contact.

    Attributes:
        person: who.
        kind: created, updated, unchanged or refused.
        contact: the contact afterwards; None when it was refused.
        wrote: the properties that were sent and taken; of a new contact also those that were left empty.
        problem: why it was refused.
        troubles: what HubSpot did not take of it.
    """

    person: Person
    kind: Kind
    contact: Record | None = None
    wrote: Mapping[str, str] = field(default_factory=dict)
    problem: Problem | None = None
    troubles: Sequence[Trouble] = ()


class Writer:
    """Writes the contacts of one batch of people.

    Args:
        client: HubSpot.
        mapped: the map of properties.
        owners: tells which of our leads a contact belongs to, by HubSpot's ids.
        intend: notes what is about to be written.
    """

    def __init__(
        self,
        client: Client,
        mapped: PropertyMap,
        *,
        owners: Callable[[Sequence[str]], Mapping[str, str]],
        intend: Callable[[Sequence[tuple[Person, Mapping[str, str]]]], None],
    ) -> None:
        """Keep the parts."""
        self._client, self._map, self._owners, self._intend = client, mapped, owners, intend

    def write(self, people: Sequence[Person]) -> Iterator[list[Written]]:
        """Write at most 100 people, each once and in no order; what is written comes at once, for the record.

        Raises:
            TransientError: HubSpot is away or limits us; whatever was written is found again the next time.
            TerminalError: nothing can be written at all (token, permission, daily limit).
        """
        present = self._by_id([person for person in people if person.hubspot_id])
        made = [Job(person, self._wanted(person)) for person in people if person.lead_id not in present]
        self._intend([(job.person, _whole(job, self._map)) for job in made])
        met = jobs.send(self._client.batch_create, made, self._map.identity)
        settled = {job.person.lead_id for job in made} - {job.person.lead_id for job in met}
        yield [_created(job, self._map) for job in made if job.person.lead_id in settled]
        found = self._look_up(met)
        taken = self._taken(found)
        lost = [job for job in met if job.person.lead_id not in found]
        yield [
            *(_created(job, self._map) for job in lost),
            *(_refused_as_taken(job.person) for job in met if job.person.lead_id in taken),
        ]
        yield self._change([person for person in people if person.lead_id not in taken], present | found)

    def _wanted(self, person: Person) -> dict[str, str]:
        return self._map.to_hubspot(person.values)

    def _by_id(self, people: Sequence[Person]) -> dict[str, Record]:
        """The contacts of people whom we know in HubSpot, by our lead's id; one that was merged away is not there."""
        by_contact = {person.hubspot_id: person.lead_id for person in people if person.hubspot_id}
        found = self._client.batch_read(list(by_contact), self._map.names())
        return {by_contact[contact.id]: contact for contact in found if contact.id in by_contact}

    def _look_up(self, met: Sequence[Job]) -> dict[str, Record]:
        """The contacts that are in the way: by e-mail, else by ManyChat's id, else by the id that HubSpot named."""
        found: dict[str, Record] = {}
        for name in ("email", self._map.identity, None):
            wanted = {v: job for job in met if job.person.lead_id not in found and (v := _value(job, name))}
            for contact in self._client.batch_read(list(wanted), self._map.names(), name):
                value = (contact.properties.get(name) or "").lower() if name else contact.id
                if value in wanted:
                    found[wanted[value].person.lead_id] = contact
        return found

    def _taken(self, found: Mapping[str, Record]) -> set[str]:
        """Leads whose contact is another lead's already: which of them is right is not guessed."""
        owners = self._owners([contact.id for contact in found.values()])
        return {lead_id for lead_id, contact in found.items() if owners.get(contact.id, lead_id) != lead_id}

    def _change(self, people: Sequence[Person], present: Mapping[str, Record]) -> list[Written]:
        lacking: list[Job] = []
        for person in people:
            if contact := present.get(person.lead_id):
                person.sent = plan.taken(person.sent, person.intents, contact.properties)
                needed = plan.needed(self._map, self._wanted(person), contact.properties, person.sent)
                lacking.append(Job(person, needed, contact.id))
        changing = [job for job in lacking if job.properties]
        self._intend([(job.person, job.properties) for job in changing])
        jobs.send(self._client.batch_update, changing, self._map.identity)
        return [_changed(job, present[job.person.lead_id]) for job in lacking]


def _value(job: Job, name: str | None) -> str | None:
    if name is None:
        return job.problem.existing_id if job.problem else None
    return (job.properties.get(name) or "").lower() or None


def _created(job: Job, mapped: PropertyMap) -> Written:
    if job.done is None:
        return Written(job.person, "refused", problem=job.problem or _LOST, troubles=_left_out(job))
    return Written(job.person, "created", job.done, _whole(job, mapped), troubles=_left_out(job))


def _whole(job: Job, mapped: PropertyMap) -> dict[str, str]:
    """A new contact; what we leave empty is ours, too: an older event that comes later may still be the first touch."""
    return dict.fromkeys(mapped.names(), "") | job.properties


def _changed(job: Job, before: Record) -> Written:
    if job.problem:
        return Written(job.person, "refused", problem=job.problem, troubles=_left_out(job))
    if job.done is None:
        return Written(job.person, "unchanged", before, troubles=_left_out(job))
    return Written(job.person, "updated", job.done, job.properties, troubles=_left_out(job))


def _refused_as_taken(person: Person) -> Written:
    problem = Problem("contact_of_another_lead", "The contact in HubSpot belongs to another lead of ours.")
    return Written(person, "refused", problem=problem)


def _left_out(job: Job) -> list[Trouble]:
    return [
        Trouble("property_taken" if one.error == "TAKEN" else "property_refused", name, one.error)
        for name, one in job.refused.items()
    ]
