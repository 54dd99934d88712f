"""Keyset paging: a page begins after the last row of the one before, so that page 1,000 costs what page 1 does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from kit import base64url
from kit.text import storable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kit.db import Row

_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and where the next ones begin.

    Attributes:
        rows: of this page.
        after: what `?after=` of the next page says; blank on the last one.
    """

    rows: list[Row]
    after: str


def cut(rows: list[Row], size: int, keys: Sequence[str]) -> Page:
    """A page of `size` rows, from rows that were asked for one more than that.

    Args:
        rows: `size + 1` at most, in the order of `keys`.
        size: of the page.
        keys: columns that give each row its place, unique together.
    """
    if len(rows) <= size:
        return Page(rows, "")
    shown = rows[:size]
    return Page(shown, write([_plain(shown[-1][key]) for key in keys]))


def write(values: Sequence[str | int | float]) -> str:
    """A place as text for an address."""
    return base64url.encode(json.dumps(list(values)).encode())


def read(text: str, kinds: Sequence[type]) -> tuple[Any, ...] | None:
    """The place that an address names; None for the first page, and for what makes no sense."""
    if not text or len(text) > _LONGEST:
        return None
    try:
        values = json.loads(base64url.decode(text))
    except (ValueError, RecursionError):
        return None
    fits = isinstance(values, list) and [type(value) for value in values] == list(kinds)
    return tuple(values) if fits and all(map(_storable, values)) else None


def moment(text: str | None) -> datetime | None:
    """The moment that a text names, in UTC when it names no zone; None for what is none."""
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def _storable(value: Any) -> bool:
    """Whether Postgres takes it: no NUL, no half of a character, no number beyond a bigint."""
    if isinstance(value, str):
        return bool(storable(value) == value)
    return -(2**63) <= int(value) < 2**63


def _plain(value: Any) -> str | int | float:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float) else str(value)
