"""The search: filters, one sort, pages of 200, ten thousand results at most; what the index knows may be old."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.providers.hubspot import errors, values

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.providers.hubspot.portal import Portal
    from local.providers.hubspot.state import Contact, Definition

PAGE_MOST, GROUPS_MOST, FILTERS_MOST, ALL_FILTERS_MOST = 200, 5, 6, 18
DEFAULT_PAGE = 10
_TEXTS = ("firstname", "lastname", "email", "phone", "company", "hs_object_id")
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "LT": lambda value, bound: value < bound,
    "LTE": lambda value, bound: value <= bound,
    "GT": lambda value, bound: value > bound,
    "GTE": lambda value, bound: value >= bound,
}
Properties = dict[str, str]
Fits = "Callable[[Properties], bool]"


class Search:
    """Runs searches; the result of the last one is kept for its further pages."""

    def __init__(self, portal: Portal) -> None:
        """For one portal."""
        self._portal = portal
        self._last: tuple[Any, list[str]] = (None, [])

    def run(self, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to a search."""
        limit, after = _number(body.get("limit"), DEFAULT_PAGE), _number(body.get("after"), 0)
        most = self._portal.world.config.hubspot.search_most
        if not 1 <= limit <= PAGE_MOST:
            raise errors.Refused(f"limit must be between 1 and {PAGE_MOST}")
        if after + limit > most:
            raise errors.Refused(f"The search endpoint is limited to {most:,} total results for any given query.")
        found = self._found(body)
        wanted = [str(name) for name in body.get("properties") or []]
        contacts = self._portal.state.contacts
        part = [self._old(contacts[contact_id], wanted) for contact_id in found[after : after + limit]]
        answer: dict[str, Any] = {"total": len(found), "results": part}
        if after + limit < len(found):
            answer["paging"] = {"next": {"after": str(after + limit)}}
        return answer

    def _found(self, body: dict[str, Any]) -> list[str]:
        """The ids of all contacts that fit, sorted."""
        state, now = self._portal.state, self._portal.world.clock.now()
        asked = json.dumps([body.get(part) for part in ("filterGroups", "sorts", "query")], sort_keys=True)
        lagging = self._portal.world.config.hubspot.search_lag_s
        key = (asked, state.version, id(state), now if lagging else 0)
        if self._last[0] == key:
            return self._last[1]
        fits, order = self._filter(body), self._order(body)
        hits = [
            (seen, contact.id)
            for contact in state.contacts.values()
            if contact.archived is None and (seen := contact.seen(now)) is not None and fits(seen)
        ]
        found = [contact_id for _, contact_id in order(hits)]
        self._last = (key, found)
        return found

    def _old(self, contact: Contact, wanted: list[str]) -> dict[str, Any]:
        """A contact as the index knows it."""
        seen = contact.seen(self._portal.world.clock.now())
        copy = contact.model_copy(update={"properties": seen if seen is not None else contact.properties})
        return self._portal.shown(copy, wanted)

    def _filter(self, body: dict[str, Any]) -> Callable[[Properties], bool]:
        groups = body.get("filterGroups") or []
        filters = [group.get("filters") or [] for group in groups]
        if len(groups) > GROUPS_MOST or any(len(group) > FILTERS_MOST for group in filters):
            raise errors.Refused(f"No more than {GROUPS_MOST} groups of {FILTERS_MOST} filters are allowed.")
        if sum(map(len, filters)) > ALL_FILTERS_MOST:
            raise errors.Refused(f"No more than {ALL_FILTERS_MOST} filters are allowed.")
        tests = [[self._test(one) for one in group] for group in filters]
        words = str(body.get("query") or "").lower()

        def fits(properties: Properties) -> bool:
            named = not words or any(words in properties.get(name, "").lower() for name in _TEXTS)
            return named and (not tests or any(all(test(properties) for test in group) for group in tests))

        return fits

    def _test(self, one: dict[str, Any]) -> Callable[[Properties], bool]:  # noqa: PLR0911 - a table of operators
        name, operator = str(one.get("propertyName", "")), str(one.get("operator", ""))
        definition = self._portal.state.definitions.get(name)
        if definition is None:
            raise errors.Refused(f"There was a problem with the request. Property {name} does not exist.")
        if operator == "HAS_PROPERTY":
            return lambda properties: bool(properties.get(name))
        if operator == "NOT_HAS_PROPERTY":
            return lambda properties: not properties.get(name)
        if operator in {"IN", "NOT_IN"}:
            among = {_key(definition, value) for value in one.get("values") or []}
            return lambda properties: (
                name in properties and (values.key(definition, properties[name]) in among) == (operator == "IN")
            )
        bound = _key(definition, one.get("value"))
        if operator in {"EQ", "NEQ"}:
            return lambda properties: (
                (name in properties and values.key(definition, properties[name]) == bound) == (operator == "EQ")
            )
        if operator in _COMPARED:
            return _against(definition, name, [(_COMPARED[operator], bound)])
        if operator == "BETWEEN":
            high = _key(definition, one.get("highValue"))
            return _against(definition, name, [(_COMPARED["GTE"], bound), (_COMPARED["LTE"], high)])
        if operator in {"CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"}:
            word = str(one.get("value", "")).strip("*").lower()
            return lambda properties: (word in properties.get(name, "").lower()) == (operator == "CONTAINS_TOKEN")
        raise errors.Refused(f"Invalid operator {operator}.")

    def _order(self, body: dict[str, Any]) -> Callable[[list[tuple[Properties, str]]], list[tuple[Properties, str]]]:
        sorts = body.get("sorts") or []
        if len(sorts) > 1:
            raise errors.Refused("Only one sort is allowed.")
        first = sorts[0] if sorts else {}
        name = str(first.get("propertyName", "") if isinstance(first, dict) else first)
        definition = self._portal.state.definitions.get(name)
        if name and definition is None:
            raise errors.Refused(f"Property {name} does not exist.")
        falling = isinstance(first, dict) and first.get("direction") == "DESCENDING"

        def key(hit: tuple[Properties, str]) -> tuple[Any, ...]:
            value = values.key(definition, hit[0][name]) if name and name in hit[0] else None
            return (value is not None, value if value is not None else 0, int(hit[1]))

        return lambda hits: sorted(hits, key=key, reverse=falling)


def _against(
    definition: Definition, name: str, bounds: list[tuple[Callable[[Any, Any], bool], Any]]
) -> Callable[[Properties], bool]:
    def test(properties: Properties) -> bool:
        value = values.key(definition, properties[name]) if name in properties else None
        return value is not None and all(compare(value, bound) for compare, bound in bounds)

    return test


def _key(definition: Definition, value: Any) -> float | str:
    found = values.key(definition, values.as_text(value))
    if value is None or found is None:
        raise errors.Refused(f"Invalid value {value} for the property {definition.name}.")
    return found


def _number(value: Any, default: int) -> int:
    try:
        return default if value in {None, ""} else int(value)
    except (TypeError, ValueError):
        raise errors.Refused(f"Invalid number {value!r}.") from None
