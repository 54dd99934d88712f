"""Batches: each input carries a trace id, by which answers and errors of a 207 find their input again.

HubSpot answers in no order, and without trace ids one bad input makes it refuse the whole batch.
Source: HubSpot, "Batch endpoints: multi-status errors" (2026-09).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.hubspot import facts, records
from adapters.hubspot.records import Problem, PropertyProblem, Result, Write
from kit.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.errors import TerminalError

MOST: Final = 100
_TRACE = "objectWriteTraceId"
_ABOUT_ONE = frozenset({"hubspot_properties", "hubspot_conflict", "hubspot_not_found"})
_UNANSWERED = Problem("hubspot_unanswered", "HubSpot's answer does not say what became of this contact.")


def of_one(error: TerminalError) -> Problem | None:
    """What a refused batch of one says about that one; None when the refusal is not about a contact."""
    if error.code not in _ABOUT_ONE:
        return None
    found = tuple(PropertyProblem(**one) for one in error.details.get("properties") or [])
    return Problem(error.code, error.message, found, error.details.get("existing_id"))


def check_size(count: int) -> None:
    """Refuses what HubSpot would refuse, before it is sent.

    Raises:
        InvalidRequestError: over 100.
    """
    if count > MOST:
        raise InvalidRequestError(
            f"A batch of {count} contacts: HubSpot takes {MOST}.",
            code="hubspot_batch_size",
            next_action="Send smaller batches.",
            provider=records.PROVIDER,
        )


def body(inputs: Sequence[Write]) -> dict[str, Any]:
    """The request of a batch write."""
    check_size(len(inputs))
    return {"inputs": [_input(index, write) for index, write in enumerate(inputs)]}


def creation(inputs: Sequence[Write]) -> dict[str, Any]:
    """The request of a batch that makes contacts: HubSpot knows each by its own properties."""
    check_size(len(inputs))
    return {"inputs": [{"properties": dict(write.properties), _TRACE: str(i)} for i, write in enumerate(inputs)]}


def outcomes(inputs: Sequence[Write], answer: Mapping[str, Any]) -> list[Result | Problem]:
    """What became of each input, in their order."""
    found: dict[int, Result | Problem] = {}
    unmarked: list[Result] = []
    for item in records.results(answer):
        index = _index(item.get(_TRACE))
        if index is None:
            unmarked.append(records.result(item))
        else:
            found[index] = records.result(item)
    for error in answer.get("errors") or []:
        found |= dict.fromkeys(_concerned(error, inputs), facts.problem(error))
    found |= _by_value(inputs, unmarked)
    return [found.get(index, _UNANSWERED) for index in range(len(inputs))]


def _input(index: int, write: Write) -> dict[str, Any]:
    named = {"idProperty": write.id_property} if write.id_property else {}
    return {"id": write.id, **named, "properties": dict(write.properties), _TRACE: str(index)}


def _index(trace: Any) -> int | None:
    return int(trace) if isinstance(trace, str) and trace.isdecimal() else None


def _concerned(error: Mapping[str, Any], inputs: Sequence[Write]) -> list[int]:
    """The inputs that an error is about: by trace id, else by the ids in its context."""
    context = error.get("context") if isinstance(error.get("context"), dict) else {}
    traces = [_index(trace) for trace in (context or {}).get(_TRACE) or []]
    if traces:
        return [index for index in traces if index is not None]
    ids = {_same(str(value)) for value in (context or {}).get("ids") or []}
    return [index for index, write in enumerate(inputs) if _same(write.id) in ids]


def _by_value(inputs: Sequence[Write], unmarked: Sequence[Result]) -> dict[int, Result | Problem]:
    """Results without a trace id, by the value of the unique property, or by HubSpot's id."""
    by_id = {result.id: result for result in unmarked}
    found: dict[int, Result | Problem] = {}
    for index, write in enumerate(inputs):
        name = write.id_property
        fits = (
            by_id.get(write.id)
            if name is None
            else next((one for one in unmarked if _same(one.properties.get(name) or "") == _same(write.id)), None)
        )
        if fits:
            found[index] = fits
    return found


def _same(value: str) -> str:
    return value.strip().lower()
