"""What is known of a person, made of events in any order: the newest value of each field counts.

For fields of the first touch (write mode `on_create`) the oldest one counts instead. Of two values of the same moment
the one with the greater (for a first touch: the smaller) key counts, then the greater value; so the result does not
depend on the order in which events arrive, nor on how often.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kit import dates

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Stamp = dict[str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """A person's values, and of each when (`at`, ISO 8601 in UTC), by which event (`key`) and side (`by`) it came."""

    values: dict[str, str] = field(default_factory=dict)
    stamps: dict[str, Stamp] = field(default_factory=dict)


def merge(
    known: Known,
    values: Mapping[str, str],
    *,
    at: datetime,
    key: str,
    by: str = "manychat",
    first_touch: Collection[str] = (),
) -> Known:
    """Return what is known after an event.

    Args:
        known: what was known before.
        values: the event's fields; one that is absent changes nothing.
        at: when they became true.
        key: the event's key.
        by: who said so: `manychat`, `hubspot` or `console`.
        first_touch: fields whose oldest value counts.
    """
    stamp = {"at": dates.to_iso(at), "key": key, "by": by}
    made, stamps = dict(known.values), dict(known.stamps)
    for name, value in values.items():
        old = stamps.get(name)
        if old is None or _wins(stamp, value, old, made.get(name, ""), oldest=name in first_touch):
            made[name], stamps[name] = value, stamp
    return Known(made, stamps)


def _wins(stamp: Stamp, value: str, old: Stamp, held: str, *, oldest: bool) -> bool:
    new, present = _rank(stamp, value), _rank(old, held)
    return new < present if oldest else new > present


def _rank(stamp: Stamp, value: str) -> tuple[datetime, Any, str]:
    return datetime.fromisoformat(stamp["at"]), stamp["key"], value
