"""HubSpot as the sync uses it: every call is counted, and a dry run writes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leads import sync_windows
from leads.sync_windows import BATCH, LIST_PAGE, SEARCH_PAGE, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.hubspot import Client, Page, Problem, Record, Result, Write


@dataclass(slots=True)
class Contacts:
    """The contacts of a portal.

    Args:
        client: the adapter.
        properties: what to read of each contact.
        calls: how many calls of each kind were made: `list`, `search`, `archived`, `read`, `upsert`, `update`.
    """

    client: Client
    properties: Sequence[str]
    calls: Counter[str] = field(default_factory=Counter)

    def listed(self, after: str) -> Page:
        """A page of all contacts; `after` is blank for the first one."""
        self.calls["list"] += 1
        return self.client.list(self.properties, after=after or None, limit=LIST_PAGE)

    def archived(self, after: str) -> Page:
        """A page of those in the bin."""
        self.calls["archived"] += 1
        return self.client.list(["email"], after=after or None, archived=True, limit=LIST_PAGE)

    def changed(self, window: Window) -> list[Record]:
        """The next contacts of a window, by their ids; fewer than a page when there are no more."""
        self.calls["search"] += 1
        groups, order = sync_windows.filters(window), sync_windows.sorts()
        return self.client.search(groups, self.properties, sorts=order, limit=SEARCH_PAGE).results

    def read(self, ids: Sequence[str], id_property: str | None = None) -> list[Record]:
        """Those of up to 100 contacts that exist."""
        if not ids:
            return []
        self.calls["read"] += 1
        return self.client.batch_read(ids, self.properties, id_property)

    def write(self, inputs: Sequence[Write]) -> list[Result | Problem]:
        """Write up to 100 contacts, all known by HubSpot's id or none."""
        if not inputs:
            return []
        linked = inputs[0].id_property is None
        self.calls["update" if linked else "upsert"] += 1
        return self.client.batch_update(inputs) if linked else self.client.batch_upsert(inputs)


__all__ = ["BATCH", "LIST_PAGE", "SEARCH_PAGE", "Contacts"]
