"""The second half of a sync: what only we know goes to HubSpot, in batches of up to 100."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adapters.hubspot import Problem, PropertyProblem, Write
from kit import dates, db
from kit.errors import ConflictError, InvalidRequestError
from leads import sync_page, sync_person, sync_plan, sync_pull, sync_store
from leads.sync_contacts import BATCH
from leads.sync_letters import Answers, Letter, entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.hubspot import Result
    from leads.sync_person import Person
    from leads.sync_pull import Work
    from leads.sync_runs import Run


@dataclass(slots=True)
class Pushing:
    """Collects what is to be sent until a batch is full: contacts that exist, and new ones by each identity."""

    work: Work
    waiting: dict[str, list[Letter]] = field(default_factory=dict)

    def look(self, people: Sequence[Person]) -> None:
        """Decide what some leads need; those that need nothing are settled at once."""
        settled: list[dict[str, Any]] = []
        adopted: list[tuple[Person, Any]] = []
        for person in people:
            if person.problem == sync_page.UNCLEAR and not person.hubspot_id:
                continue
            letter = _letter(self.work, person, adopted)
            if letter:
                self._post(letter)
            else:
                settled.append({"lead_id": person.lead_id, "looked_at": person.updated_at})
        if not self.work.dry_run:
            self._settle(settled, adopted)

    def flush(self) -> None:
        """Send what waits, also batches that are not full; what HubSpot takes in part comes back and is sent too."""
        while any(self.waiting.values()):
            for box in list(self.waiting):
                self._send(box)

    def _post(self, letter: Letter) -> None:
        box = self.waiting.setdefault(letter.write.id_property or "", [])
        box.append(letter)
        if len(box) >= BATCH:
            self._send(letter.write.id_property or "")

    def _settle(self, settled: list[dict[str, Any]], adopted: list[tuple[Person, Any]]) -> None:
        moved = {person.lead_id: person.updated_at for person, _ in adopted}
        rows = [row | {"looked_at": moved.get(row["lead_id"], row["looked_at"])} for row in settled]
        with db.transaction(self.work.conn):
            sync_store.adopt(self.work.conn, adopted)
            sync_store.settle(self.work.conn, rows)

    def _send(self, box: str) -> None:
        letters = self.waiting.pop(box, [])
        if self.work.dry_run:
            self.work.journal.note([entry("pushed" if not box else "created", letter) for letter in letters])
            return
        for letter in _keep(self.work, _answered(self.work, letters)):
            self._post(letter)


def push(work: Work, run: Run) -> Run:
    """Send everything that is left; returns the run, done."""
    # A full run has just met every contact, so whoever is not linked is not there.
    if run.mode == "changes":
        _find(work)
    pushing = Pushing(work)
    after = ""
    while people := sync_store.candidates(work.conn, after, BATCH):
        after = people[-1].lead_id
        pushing.look([work.planned.pop(person.lead_id, person) for person in people])
    pushing.look(list(work.planned.values()))
    pushing.flush()
    return run.at("done")


def _find(work: Work) -> None:
    """Leads whose contact was never read: what HubSpot has is asked for before anything is written.

    Those without a contact may have one since the last look; of others the flow of new leads wrote it a moment ago.
    """
    after = ""
    while people := sync_store.candidates(work.conn, after, BATCH, unread=True):
        after = people[-1].lead_id
        unlinked = [person for person in people if not person.hubspot_id]
        emails = [person.email for person in unlinked if person.email]
        others = [person.manychat_id for person in unlinked if person.manychat_id and not person.email]
        if not work.dry_run:
            # What was not clear may be by now; the look that follows says so again if it is not.
            sync_store.settle(work.conn, [{"lead_id": person.lead_id} for person in people if person.problem])
        found = work.contacts.read([person.hubspot_id for person in people if person.hubspot_id])
        found += work.contacts.read(emails, "email") + work.contacts.read(others, work.property_map.identity)
        sync_pull.take_in(work, list({record.id: record for record in found}.values()), None)


def _letter(work: Work, person: Person, adopted: list[tuple[Person, Any]]) -> Letter | None:
    contact_id = person.hubspot_id
    if not contact_id:
        return _first_letter(work, person)
    ours = sync_person.ours(work.property_map, person)
    known = sync_person.known(person)
    found = sync_plan.merge(sync_person.rules(work.property_map), ours, known, known, person.sent)
    # Where the write mode forbids what ours says, ours gives way; but nobody is renamed by what nobody looked at.
    given = {name: value for name, value in found.pulled.items() if name not in ("email", work.property_map.identity)}
    if given:
        read_at, person = person.updated_at, sync_person.take(work.property_map, person, given, dates.utcnow())
        adopted.append((person, read_at))
    return Letter(person, Write(contact_id, found.pushed, None)) if found.pushed else None


def _first_letter(work: Work, person: Person) -> Letter | None:
    """A new contact gets everything; whoever has neither address nor ManyChat id cannot be told from others."""
    properties = work.property_map.to_hubspot(person.properties)
    for name in ("email", work.property_map.identity):
        if properties.get(name):
            return Letter(person, Write(properties[name], properties, name), work.property_map.names())
    return None


def _answered(work: Work, letters: Sequence[Letter]) -> list[tuple[Letter, Result | Problem]]:
    """Send a batch. One that HubSpot refuses as a whole is halved until it is clear whose fault it is."""
    try:
        answers = work.contacts.write([letter.write for letter in letters])
    except (InvalidRequestError, ConflictError) as error:
        if len(letters) > 1:
            half = len(letters) // 2
            return _answered(work, letters[:half]) + _answered(work, letters[half:])
        refused = tuple(PropertyProblem(**found) for found in error.details.get("properties") or ())
        return [(letters[0], Problem(error.code, error.message, refused))]
    return list(zip(letters, answers, strict=True))


def _keep(work: Work, answered: Sequence[tuple[Letter, Result | Problem]]) -> list[Letter]:
    """Note what became of a batch; returns what is to be sent once more."""
    found = Answers()
    for letter, answer in answered:
        found.add(letter, answer)
    try:
        found.save(work)
    except ConflictError:
        # Two leads turned out to be one contact: whoever comes second is told, and does not keep the others away.
        if len(answered) > 1:
            return [again for one in answered for again in _keep(work, [one])]
        letter = answered[0][0]
        alone = Answers()
        alone.add(letter, Problem(sync_page.UNCLEAR, "The contact belongs to another lead."))
        alone.save(work)
        return []
    return found.again
