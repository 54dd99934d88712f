"""What Kestra has that is past its time, counted over its REST API; deleting is done by Kestra's own purge tasks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from kit import dates, kestra

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = "opsflows"
OURS: Final = {"filters[namespace][STARTS_WITH]": ROOT}
# Executions of the tickets have their own retention, with the pictures that they hold: the flow tickets_retention.
NOT_OURS: Final = "opsflows.tickets"
# Those that hold nothing and run every few minutes.
SWEEPS: Final = ("whatsapp_ticket_sweep", "whatsapp_ticket_review_sweep")
_BEFORE_ALL: Final = datetime(2000, 1, 1, tzinfo=UTC)


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
    filters = {**OURS, "filters[endDate][LESS_THAN_OR_EQUAL_TO]": before.isoformat()}
    return client.count("logs/search", filters)


def living(client: kestra.Client) -> Iterator[dict[str, Any]]:
    """Executions of ours that have not ended, oldest first; one may come twice, none is missed."""
    filters = {**OURS, "filters[state][NOT_IN]": ",".join(kestra.ENDED), "sort": "state.startDate:asc"}

    def ask(since: datetime, number: int) -> list[dict[str, Any]]:
        begun = {"filters[startDate][GREATER_THAN_OR_EQUAL_TO]": dates.to_iso(since)}
        page = {"page": number, "size": kestra.PAGE}
        found: list[dict[str, Any]] = client.search("executions/search", {**filters, **begun, **page})["results"]
        return found

    for page in kestra.in_time_order(ask, "startDate", _BEFORE_ALL):
        yield from page


def _count(client: kestra.Client, before: datetime, **same: str) -> int:
    filters = {f"filters[{field}][EQUALS]": value for field, value in same.items()}
    ended = {"filters[state][IN]": ",".join(kestra.ENDED)}
    until = {"filters[endDate][LESS_THAN_OR_EQUAL_TO]": before.isoformat()}
    return client.count("executions/search", {**filters, **ended, **until})
