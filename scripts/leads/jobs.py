"""Batches that survive what HubSpot refuses of them.

A property that it does not take is left out and the contact written without it. A batch that it refuses as a whole is
halved until the one contact is found that is to blame, so no contact waits for another's mistake.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from adapters.hubspot import Problem, PropertyProblem, Result, Write
from kit.errors import ConflictError, InvalidRequestError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.hubspot import Record
    from leads.people import Person

    Call = Callable[[Sequence[Write]], list[Result | Problem]]

# Each round leaves out what the one before was refused for; HubSpot names all bad properties at once.
_ROUNDS: Final = 4


@dataclass(slots=True)
class Job:
    """One contact to write.

    Attributes:
        person: whose it is.
        properties: what is to be written, by HubSpot's names.
        contact_id: HubSpot's id; None for a new contact.
        refused: properties that were left out, and why.
        done: what HubSpot answered, at the end.
        problem: why it is not written.
    """

    person: Person
    properties: dict[str, str]
    contact_id: str | None = None
    refused: dict[str, PropertyProblem] = field(default_factory=dict)
    done: Record | None = None
    problem: Problem | None = None

    def write(self, identity: str) -> Write:
        """The input of a batch."""
        if self.contact_id:
            return Write(self.contact_id, self.properties, None)
        name = "email" if "email" in self.properties else identity
        return Write(self.properties.get(name, ""), self.properties, name)

    def leave_out(self, problem: Problem, identity: str) -> bool:
        """Leave out what is refused, or an id that another contact has; false when nothing that was sent is named."""
        named = {one.name: one for one in problem.properties if one.name in self.properties}
        if not named and exists(problem):
            taken = next((name for name in (identity, "email") if name in self.properties), None)
            named = {taken: PropertyProblem(taken, "TAKEN", problem.message)} if taken else {}
        self.refused |= named
        self.properties = {name: value for name, value in self.properties.items() if name not in named}
        return bool(named)

    @property
    def is_settled(self) -> bool:
        """Whether a contact that exists needs nothing any more, because all that it lacked was left out."""
        return bool(self.contact_id) and not self.properties


def send(call: Call, jobs: Sequence[Job], identity: str) -> list[Job]:
    """Write contacts; each job then has `done` or `problem`.

    Args:
        call: a method of the client that writes a batch.
        jobs: at most 100.
        identity: the unique property that holds ManyChat's id.

    Returns:
        The jobs that met a contact that is there already.
    """
    waiting = list(jobs)
    met: list[Job] = []
    for _ in range(_ROUNDS):
        again: list[Job] = []
        for job, answer in zip(waiting, _answers(call, waiting, identity), strict=True):
            if isinstance(answer, Result):
                job.done, job.problem = answer, None
                continue
            job.problem = answer
            if not job.contact_id and exists(answer):
                met.append(job)
            elif job.leave_out(answer, identity) and _identified(job, identity):
                if job.is_settled:
                    job.problem = None
                else:
                    again.append(job)
        if not again:
            break
        waiting = again
    return met


def _answers(call: Call, jobs: Sequence[Job], identity: str) -> list[Result | Problem]:
    if not jobs:
        return []
    try:
        return call([job.write(identity) for job in jobs])
    except (ConflictError, InvalidRequestError, NotFoundError) as error:
        if len(jobs) > 1:
            middle = len(jobs) // 2
            return [*_answers(call, jobs[:middle], identity), *_answers(call, jobs[middle:], identity)]
        named = tuple(PropertyProblem(**found) for found in error.details.get("properties") or ())
        return [Problem(error.code, error.message, named, error.details.get("existing_id"))]


def exists(problem: Problem) -> bool:
    """Whether a contact is in the way that has the same e-mail or unique property."""
    return problem.code == "hubspot_conflict" or problem.existing_id is not None


def _identified(job: Job, identity: str) -> bool:
    """Whether what is left still says who it is; a contact without any unique property would be made twice."""
    return bool(job.contact_id or {"email", identity} & set(job.properties))
