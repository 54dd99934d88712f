"""The facts in a body of HubSpot's errors: category, refused properties, the contact in the way.

The same body comes as a whole answer and as one error of a batch. Property errors are JSON inside `message`.
Source: HubSpot, "Error handling" (2026-09), and bodies that users of its API published.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from adapters.hubspot.records import Problem, PropertyProblem
from kit.redaction import mask_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXISTING = re.compile(r"Existing ID: (\d+)")
_ALREADY = re.compile(r"(\d+) already has that value")
_DUPLICATES = "Duplicate IDs found"
_MESSAGE_KEPT = 300

CODES = {
    "CONFLICT": "hubspot_conflict",
    "OBJECT_NOT_FOUND": "hubspot_not_found",
    "OBJECT_ALREADY_EXISTS": "hubspot_conflict",
    "VALIDATION_ERROR": "hubspot_request",
    "RATE_LIMITS": "hubspot_rate_limited",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What one error says."""

    category: str
    message: str
    policy: str | None
    properties: tuple[PropertyProblem, ...]
    existing_id: str | None
    ids: tuple[str, ...]
    scopes: tuple[str, ...]
    correlation_id: str | None

    @property
    def code(self) -> str:
        """Our word for it, where the category decides; `hubspot_request` otherwise."""
        if self.properties:
            return "hubspot_properties"
        if self.message.startswith(_DUPLICATES):
            return "hubspot_duplicate_ids"
        return CODES.get(self.category, "hubspot_request")

    def details(self) -> dict[str, Any]:
        """The facts as an error's details: JSON-able, without values that people entered."""
        return {
            "category": self.category,
            "policy": self.policy,
            "properties": [asdict(problem) for problem in self.properties],
            "existing_id": self.existing_id,
            "ids": list(self.ids),
            "scopes": list(self.scopes),
        }


def read(error: Mapping[str, Any]) -> Facts:
    """Reads an error body; every part may be missing."""
    message = str(error.get("message") or "")
    context = error.get("context")
    context = context if isinstance(context, dict) else {}
    found = _properties(message, error.get("errors"))
    existing = _EXISTING.search(message) or next(filter(None, (_ALREADY.search(one.message) for one in found)), None)
    return Facts(
        category=str(error.get("category") or error.get("errorType") or ""),
        message=_sentence(message[: message.find("[{")].rstrip(": ") if found and "[{" in message else message),
        policy=str(error["policyName"]) if error.get("policyName") else None,
        properties=found,
        existing_id=existing[1] if existing else None,
        scopes=tuple(str(scope) for item in _list(error.get("errors")) for scope in _scopes(item)),
        ids=tuple(str(value) for value in _list(context.get("ids"))),
        correlation_id=str(error["correlationId"]) if error.get("correlationId") else None,
    )


def problem(error: Mapping[str, Any]) -> Problem:
    """One error of a batch."""
    facts = read(error)
    return Problem(facts.code, facts.message, facts.properties, facts.existing_id)


def _properties(message: str, errors: Any) -> tuple[PropertyProblem, ...]:
    listed = _inside(message) or [item for item in _list(errors) if isinstance(item, dict) and _named(item)]
    return tuple(
        PropertyProblem(
            _named(item), str(item.get("error") or item.get("code") or ""), _sentence(str(item.get("message") or ""))
        )
        for item in listed
    )


def _inside(message: str) -> list[Mapping[str, Any]]:
    """The list after the first sentence of a message such as `Property values were not valid: [{…}]`."""
    start = message.find("[{")
    try:
        # Text may follow the list, which a plain `loads` would refuse.
        found, _ = json.JSONDecoder().raw_decode(message[start:]) if start >= 0 else ([], 0)
    except (ValueError, RecursionError):
        return []
    return [item for item in found if isinstance(item, dict) and _named(item)]


def _scopes(item: Any) -> list[Any]:
    context = item.get("context") if isinstance(item, dict) else None
    return _list(context.get("requiredGranularScopes")) if isinstance(context, dict) else []


def _named(item: Mapping[str, Any]) -> str:
    context = item.get("context")
    names = context.get("propertyName") if isinstance(context, dict) else None
    return str(item.get("name") or next(iter(_list(names)), "") or "")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _sentence(text: str) -> str:
    """The start of a provider's text; secrets are hidden before the cut, which would leave half of one."""
    return mask_secrets(text.strip())[:_MESSAGE_KEPT].rstrip(".") + "."
