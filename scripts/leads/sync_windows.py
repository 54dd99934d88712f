"""Which contacts a sync asks HubSpot for, and how it goes on after a crash. No I/O.

HubSpot's search shows at most 10,000 contacts of one query, whatever the page, and contacts that change meanwhile move
between pages. So no page is asked for by its number: the window of times is fixed when the run begins, and each page
asks for the contacts of the window with an id above the last one. A contact that changes meanwhile leaves the window
and is in the next one.

The search index lags behind writes, so each window begins a little before the end of the one before (`overlap_s`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

# The most that HubSpot puts on a page of its search, of its list and into a batch.
SEARCH_PAGE = 200
LIST_PAGE = 100
BATCH = 100
_FIRST_ID = "0"


@dataclass(frozen=True, slots=True)
class Window:
    """The contacts that changed from `since` (included) to `until` (excluded), above an id.

    Attributes:
        since: aware UTC.
        until: aware UTC.
        after_id: HubSpot's id of the last contact that was taken over.
    """

    since: datetime
    until: datetime
    after_id: str = _FIRST_ID

    def past(self, contact_id: str) -> Window:
        """The rest of the window."""
        return replace(self, after_id=contact_id)


def next_window(watermark: datetime, now: datetime, overlap_s: float) -> Window:
    """The window after the one that ended at `watermark`."""
    return Window(watermark - timedelta(seconds=overlap_s), max(now, watermark))


def filters(window: Window) -> list[dict[str, Any]]:
    """The window as filter groups of HubSpot's search."""
    conditions = (
        ("lastmodifieddate", "GTE", milliseconds(window.since)),
        ("lastmodifieddate", "LT", milliseconds(window.until)),
        ("hs_object_id", "GT", window.after_id),
    )
    return [
        {"filters": [{"propertyName": name, "operator": how, "value": str(value)} for name, how, value in conditions]}
    ]


def sorts() -> list[dict[str, str]]:
    """The order in which the pages of a window come."""
    return [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]


def milliseconds(at: datetime) -> int:
    """A time as HubSpot's searches and properties have it."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def least_calls(rows: int, size: int) -> int:
    """How many calls of `size` rows it takes at least."""
    return -(-rows // size)
