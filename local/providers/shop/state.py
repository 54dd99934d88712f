"""What the shop has: rows by dataset, in the order of their numbers."""

from __future__ import annotations

from bisect import bisect_left, insort
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import BaseModel, Field

PART: Final = "shop"
KEY: Final = "seq"
TIME: Final = "recorded_at"
DATASETS: Final = ("customers", "products", "sales_events")


class ShopState(BaseModel):
    """Rows by dataset and number; in memory only, because there may be a million."""

    rows: dict[str, dict[int, dict[str, Any]]] = Field(default_factory=dict)
    order: dict[str, list[tuple[str, int]]] = Field(default_factory=dict)

    def put(self, dataset: str, rows: list[dict[str, Any]]) -> None:
        """Keep rows; one whose number is there already takes its place."""
        kept, order = self.rows.setdefault(dataset, {}), self.order.setdefault(dataset, [])
        for number, stamp, row in [(int(row[KEY]), instant(row[TIME]), dict(row)) for row in rows]:
            if number in kept:
                order.remove((kept[number][TIME], number))
            kept[number] = {**row, TIME: stamp}
            insort(order, (stamp, number))

    def drop(self, dataset: str, first: int, last: int) -> None:
        """Forget the rows of a range of numbers."""
        kept = self.rows.get(dataset, {})
        for number in [number for number in kept if first <= number <= last]:
            del kept[number]
        self.order[dataset] = [found for found in self.order.get(dataset, []) if found[1] in kept]

    def window(self, dataset: str, since: str | None, until: str | None) -> list[int]:
        """The numbers of the rows that were recorded from `since` on and before `until`, in their order."""
        order = self.order.get(dataset, [])
        first = bisect_left(order, (instant(since), -1)) if since else 0
        after = bisect_left(order, (instant(until), -1)) if until else len(order)
        return [number for _stamp, number in order[first:after]]


def instant(text: str) -> str:
    """A time in one form, so that times are in order as text.

    Raises:
        ValueError: it is none, or has no zone.
    """
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return f"{found.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
