"""What Kestra has that is past its time, counted over its REST API; deleting is done by Kestra's own purge tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kit import kestra

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

ROOT: Final = "opsflows"
PAGE: Final = 500
# Executions of the tickets have their own retention, with the pictures that they hold: the flow tickets_retention.
NOT_OURS: Final = "opsflows.tickets"
# Those that hold nothing and run every few minutes.
SWEEPS: Final = ("whatsapp_ticket_sweep", "whatsapp_ticket_review_sweep")


def namespaces(client: kestra.Client) -> list[str]:
    """The namespaces of our flows whose executions are purged as a whole."""
    ours = {str(name) for name in client.namespaces() if name == ROOT or str(name).startswith(f"{ROOT}.")}
    # `opsflows` itself would reach all below it, since Kestra reads a namespace as a prefix.
    return sorted(ours - {ROOT, NOT_OURS})


def executions(client: kestra.Client, before: datetime, names: list[str]) -> dict[str, int]:
    """Executions that ended before a moment, by namespace or, of the tickets, by flow."""
    counts = {name: _count(client, before, namespace=name) for name in names}
    return counts | {flow: _count(client, before, namespace=NOT_OURS, flowId=flow) for flow in SWEEPS}


def logs(client: kestra.Client, before: datetime) -> int:
    """Lines of logs that are older."""
    filters = {"filters[namespace][STARTS_WITH]": ROOT, "filters[endDate][LESS_THAN_OR_EQUAL_TO]": before.isoformat()}
    return client.count("logs/search", filters)


def living(client: kestra.Client) -> Iterator[dict[str, Any]]:
    """Executions of ours that have not ended, oldest first."""
    filters = {
        "filters[namespace][STARTS_WITH]": ROOT,
        "filters[state][NOT_IN]": ",".join(kestra.ENDED),
        "sort": "state.startDate:asc",
    }
    yield from pages(client, "executions/search", filters)


def pages(client: kestra.Client, path: str, filters: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything that a search finds."""
    page = 1
    while True:
        found = client.search(path, {**filters, "page": page, "size": PAGE})
        yield from found["results"]
        if page * PAGE >= found["total"]:
            return
        page += 1


def _count(client: kestra.Client, before: datetime, **same: str) -> int:
    filters = {f"filters[{field}][EQUALS]": value for field, value in same.items()}
    ended = {"filters[state][IN]": ",".join(kestra.ENDED)}
    until = {"filters[endDate][LESS_THAN_OR_EQUAL_TO]": before.isoformat()}
    return client.count("executions/search", {**filters, **ended, **until})
