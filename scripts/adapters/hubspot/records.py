"""What HubSpot's answers hold, as types; read here, so that no other module knows their JSON.

Source: HubSpot, "CRM objects" and "Batch endpoints: multi-status errors" (2026-09).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kit.errors import InvalidResponseError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROVIDER = "hubspot"


@dataclass(frozen=True, slots=True)
class Record:
    """A contact: HubSpot's id and the properties that were asked for; all values are text, absent ones None."""

    id: str
    properties: dict[str, str | None]
    created_at: datetime | None = None
    updated_at: datetime | None = None
    archived: bool = False
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Result(Record):
    """What a batch wrote; `new` says whether the contact was made by it."""

    new: bool = False


@dataclass(frozen=True, slots=True)
class PropertyProblem:
    """A property that HubSpot refuses; `error` is its word: PROPERTY_DOESNT_EXIST, INVALID_OPTION and others."""

    name: str
    error: str
    message: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What a batch did not write: why, and for which properties; `existing_id` is the contact in the way."""

    code: str
    message: str
    properties: tuple[PropertyProblem, ...] = ()
    existing_id: str | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """One input of a batch: the contact whose `id_property` is `id` gets `properties`.

    `id_property` is `email`, or any property with unique values; None means that `id` is HubSpot's own.
    """

    id: str
    properties: Mapping[str, str]
    id_property: str | None = "email"


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list or of a search; `after` leads to the next part, None at the end; `total` of a search only."""

    results: list[Record] = field(default_factory=list)
    after: str | None = None
    total: int | None = None


def record(data: Mapping[str, Any]) -> Record:
    """Reads one object.

    Raises:
        InvalidResponseError: it has no id or no properties.
    """
    return Record(**_fields(data))


def result(data: Mapping[str, Any]) -> Result:
    """Reads one result of a batch write."""
    return Result(**_fields(data), new=data.get("new") is True)


def page(answer: Any) -> Page:
    """Reads a page of a list or of a search."""
    found = [record(item) for item in results(answer)]
    following = (answer.get("paging") or {}).get("next") or {}
    after, total = following.get("after"), answer.get("total")
    return Page(found, None if after is None else str(after), total if isinstance(total, int) else None)


def results(answer: Any) -> Sequence[Mapping[str, Any]]:
    """The list under `results`.

    Raises:
        InvalidResponseError: there is none.
    """
    found = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise InvalidResponseError("HubSpot's answer has no list of results.", provider=PROVIDER)
    return found


def _fields(data: Mapping[str, Any]) -> dict[str, Any]:
    properties = data.get("properties")
    if "id" not in data or not isinstance(properties, dict):
        raise InvalidResponseError("HubSpot's answer names no contact.", provider=PROVIDER)
    return {
        "id": str(data["id"]),
        "properties": {str(name): None if value is None else str(value) for name, value in properties.items()},
        "created_at": _time(data.get("createdAt")),
        "updated_at": _time(data.get("updatedAt")),
        "archived": data.get("archived") is True,
        "archived_at": _time(data.get("archivedAt")),
    }


def _time(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
