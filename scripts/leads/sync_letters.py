"""What a sync sends to HubSpot, contact by contact, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from adapters.hubspot import Problem, PropertyProblem, Write
from kit import db
from leads import sync_store
from leads.sync_log import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.hubspot import Result
    from leads.sync_person import Person
    from leads.sync_pull import Work

# The code of a lead that was written without some of its properties.
REFUSED_PROPERTIES = "refused_properties"
_GONE = "hubspot_not_found"


@dataclass(frozen=True, slots=True)
class Letter:
    """What one contact shall get.

    Attributes:
        names: of a lead without a contact, all properties of the map.
        refused: properties that HubSpot refused a moment ago.
    """

    person: Person
    write: Write
    names: tuple[str, ...] = ()
    refused: tuple[PropertyProblem, ...] = ()

    @property
    def left_out(self) -> tuple[str, ...]:
        """The names of the refused properties."""
        return tuple(problem.name for problem in self.refused)

    @property
    def is_worth_sending(self) -> bool:
        """Whether more than the identity is left of it, and that is not itself refused."""
        identity = self.write.id_property
        return identity not in self.left_out and bool(self.write.properties.keys() - {identity})

    def sent(self, *, new: bool) -> dict[str, str]:
        """What the contact has of us now. What a new one was left without is ours to fill later."""
        return dict.fromkeys(self.names if new else (), "") | dict(self.write.properties)

    def without(self, refused: Sequence[PropertyProblem]) -> Letter:
        """The rest of it, once HubSpot refused some properties."""
        names = {problem.name for problem in refused}
        kept = {name: text for name, text in self.write.properties.items() if name not in names}
        return replace(self, write=replace(self.write, properties=kept), refused=(*self.refused, *refused))


@dataclass(slots=True)
class Answers:
    """What became of a batch, gathered to be written at once.

    Attributes:
        again: what is sent once more, without the properties that were refused.
    """

    taken: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    settled: list[dict[str, Any]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    again: list[Letter] = field(default_factory=list)
    troubles: list[sync_store.Trouble] = field(default_factory=list)

    def add(self, letter: Letter, answer: Result | Problem) -> None:
        """Sort one answer in."""
        if not isinstance(answer, Problem):
            self._accept(letter, answer)
            return
        refused = [problem for problem in answer.properties if problem.name in letter.write.properties]
        rest = letter.without(refused)
        if refused and rest.is_worth_sending:
            self.again.append(rest)
        else:
            self._refuse(rest, answer.code)

    def _accept(self, letter: Letter, answer: Result) -> None:
        person, left_out = letter.person, letter.left_out
        code = REFUSED_PROPERTIES if left_out else None
        self.entries.append(entry("created" if answer.new else "pushed", letter, answer.id))
        if left_out:
            self.entries.append(Entry("refused", person.lead_id, answer.id, left_out, code))
            self._tell(letter)
        sent = letter.sent(new=answer.new)
        row = {
            "hubspot_id": answer.id,
            "sent": sent,
            "seen": person.seen | sent,
            "hubspot_updated_at": answer.updated_at,
        }
        self.taken.append(row | {"lead_id": person.lead_id, "problem": " ".join(left_out) or None})
        looked_at = None if left_out else person.updated_at
        self.settled.append({"lead_id": person.lead_id, "looked_at": looked_at, "problem": code})

    def _refuse(self, letter: Letter, code: str) -> None:
        person = letter.person
        if code == _GONE and person.hubspot_id:
            self.lost.append(person.hubspot_id)
        self.entries.append(Entry("refused", person.lead_id, person.hubspot_id, letter.left_out, code))
        self._tell(letter)
        if not person.hubspot_id or not letter.refused:
            self.troubles.append((person.lead_id, "sync_refused", " ".join(letter.left_out), code))
        self.refused.append({"lead_id": person.lead_id, "problem": code})
        self.settled.append({"lead_id": person.lead_id, "looked_at": None, "problem": code})

    def _tell(self, letter: Letter) -> None:
        person = letter.person
        self.troubles += [(person.lead_id, "property_refused", one.name, one.error) for one in letter.refused]

    def save(self, work: Work) -> None:
        """Write it all in one transaction."""
        with db.transaction(work.conn):
            sync_store.written(work.conn, self.taken)
            sync_store.refused(work.conn, self.refused)
            sync_store.gone(work.conn, self.lost)
            sync_store.settle(work.conn, self.settled)
            sync_store.write_log(work.conn, self.entries, work.execution_id)
            sync_store.tell(work.conn, self.troubles)
        work.journal.note(self.entries)


def entry(action: str, letter: Letter, hubspot_id: str | None = None) -> Entry:
    """Return the log's line of a letter: `created` or `pushed`, with the properties' names."""
    names = tuple(sorted(letter.write.properties))
    return Entry(action, letter.person.lead_id, hubspot_id or letter.person.hubspot_id, names)
