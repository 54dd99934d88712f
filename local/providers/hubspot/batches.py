"""Batches of up to 100: refused as a whole for duplicates, answered with 207 when some inputs fail."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from local.providers.answers import Answer, as_json
from local.providers.hubspot import errors, values

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.providers.hubspot.portal import Portal

MOST = 100
_TRACE = "objectWriteTraceId"
Input = dict[str, Any]


class Batches:
    """The batch routes of contacts."""

    def __init__(self, portal: Portal) -> None:
        """For one portal."""
        self._portal = portal

    def create(self, body: dict[str, Any]) -> Answer:
        """Make contacts."""
        inputs = _inputs(body)
        emails = [str((one.get("properties") or {}).get("email") or "").strip().lower() for one in inputs]
        _refuse_duplicates([email for email in emails if email])
        return self._written(inputs, lambda one: (self._portal.create(_properties(one)).id, {}), 201)

    def update(self, body: dict[str, Any]) -> Answer:
        """Change contacts that are there."""
        inputs = _inputs(body)
        _refuse_duplicates([str(one.get("id", "")).lower() for one in inputs])

        def update(one: Input) -> tuple[str, dict[str, Any]]:
            found = self._portal.get(str(one.get("id", "")), one.get("idProperty"))
            return self._portal.update(found, _properties(one)).id, {}

        return self._written(inputs, update, 200)

    def upsert(self, body: dict[str, Any]) -> Answer:
        """Change those that are there, make the others."""
        inputs = _inputs(body)
        _refuse_duplicates([str(one.get("id", "")).strip().lower() for one in inputs])
        return self._written(inputs, self._upsert, 200)

    def read(self, body: dict[str, Any]) -> Answer:
        """Bring contacts by id, or by a unique property."""
        inputs = _inputs(body)
        wanted = [str(name) for name in body.get("properties") or []]
        asked = dict.fromkeys(str(one.get("id", "")) for one in inputs)
        found = {value: self._portal.find(value, body.get("idProperty")) for value in asked}
        shown = {one.id: self._portal.shown(one, wanted) for one in found.values() if one}
        return _answer([*shown.values()], _missing([value for value, one in found.items() if one is None]), self._now())

    def archive(self, body: dict[str, Any]) -> Answer:
        """Move contacts to the bin."""
        for one in _inputs(body):
            if contact := self._portal.find(str(one.get("id", "")), None):
                self._portal.archive(contact)
        return Answer(204, b"")

    def _upsert(self, one: Input) -> tuple[str, dict[str, Any]]:
        name, value = one.get("idProperty"), str(one.get("id", "")).strip()
        found = self._portal.find(value, name)
        if found:
            return self._portal.update(found, _properties(one)).id, {"new": False}
        if not name or name == "hs_object_id":
            raise errors.gone()
        # The e-mail that names a contact is the new one's, unless the properties say another.
        return self._portal.create({name: value, **_properties(one)}).id, {"new": True}

    def _written(
        self, inputs: list[Input], write: Callable[[Input], tuple[str, dict[str, Any]]], status: int
    ) -> Answer:
        results: list[dict[str, Any]] = []
        problems: list[dict[str, Any]] = []
        traced = all(one.get(_TRACE) for one in inputs) and self._by_parts(inputs)
        if not traced:
            self._rehearse(inputs)
        for one in inputs:
            trace = {_TRACE: one[_TRACE]} if one.get(_TRACE) else {}
            try:
                contact_id, more = write(one)
            except errors.Refused as refused:
                if not traced:
                    raise
                context = {_TRACE: [one[_TRACE]], "ids": [str(one.get("id", ""))]}
                problems.append(refused.body() | {"context": context})
                continue
            contact = self._portal.state.contacts[contact_id]
            results.append(self._portal.shown(contact) | trace | more)
        return _answer(results, problems, self._now(), status)

    def _by_parts(self, inputs: list[Input]) -> bool:
        """Whether a batch may be done in part: HubSpot's documents except upserts by e-mail."""
        by_email = any(one.get("idProperty") == "email" for one in inputs)
        return self._portal.world.config.hubspot.partial_email_upsert or not by_email

    def _rehearse(self, inputs: list[Input]) -> None:
        """Refuse the whole for the first value that is refused, before anything is written."""
        definitions = self._portal.state.definitions
        for one in inputs:
            given = {name: values.as_text(value) for name, value in _properties(one).items()}
            problems = [values.problem(definitions.get(name), name, value, 0) for name, value in given.items()]
            if found := [problem for problem in problems if problem]:
                raise errors.invalid(found)

    def _now(self) -> str:
        return values.iso(self._portal.world.clock.now() * 1000)


def _inputs(body: dict[str, Any]) -> list[Input]:
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(one, dict) for one in inputs):
        raise errors.Refused("Invalid input JSON: some required fields were not set: [inputs]")
    if len(inputs) > MOST:
        raise errors.Refused(f"The maximum number of inputs supported in a batch request is {MOST}")
    return inputs


def _properties(one: Input) -> dict[str, Any]:
    found = one.get("properties")
    if not isinstance(found, dict):
        raise errors.Refused("Invalid input JSON: some required fields were not set: [properties]")
    return found


def _refuse_duplicates(ids: list[str]) -> None:
    if twice := [value for value, count in Counter(ids).items() if count > 1]:
        raise errors.Refused(
            f"Duplicate IDs found in batch input: [{', '.join(twice)}]. IDs must be unique", context={"ids": twice}
        )


def _missing(ids: list[str]) -> list[dict[str, Any]]:
    if not ids:
        return []
    said = "Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid."
    return [errors.Refused(said, 404).body() | {"context": {"ids": ids}}]


def _answer(results: list[dict[str, Any]], problems: list[dict[str, Any]], now: str, status: int = 200) -> Answer:
    body: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
    if problems:
        body |= {"numErrors": len(problems), "errors": problems}
    return as_json(207 if problems else status, body)
