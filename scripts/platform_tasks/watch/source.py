"""What Kestra's REST API tells of executions, flows and triggers, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from kit import dates, kestra
from kit.errors import InvalidResponseError, NotFoundError
from platform_tasks.watch.runs import NAMESPACE, is_ours

if TYPE_CHECKING:
    from datetime import datetime

OURS: Final = {"filters[namespace][STARTS_WITH]": NAMESPACE}
By = Literal["startDate", "endDate"]
_MOST_BYTES: Final = 100_000_000  # an execution tells all of its tasks


class Source:
    """Kestra, seen by the collector.

    Args:
        client: its API.
        page: executions in one answer.
    """

    def __init__(self, client: kestra.Client, page: int = kestra.PAGE) -> None:
        """Nothing is sent yet."""
        self._kestra = client
        self.page = page

    def executions(self, by: By, since: datetime, number: int) -> list[dict[str, Any]]:
        """A page of the executions that began, or ended, at a moment or later; the earliest first.

        Raises:
            OpsflowsError: Kestra is away, or answers something else.
        """
        filters = {**OURS, f"filters[{by}][GREATER_THAN_OR_EQUAL_TO]": dates.to_iso(since)}
        asked = {**filters, "sort": f"state.{by}:asc", "page": number, "size": self.page}
        found: list[dict[str, Any]] = self._kestra.search("executions/search", asked)["results"]
        return found

    def execution(self, execution_id: str) -> dict[str, Any] | None:
        """One execution; None when Kestra knows none of this id."""
        try:
            answer = self._kestra.api("GET", f"executions/{execution_id}", max_bytes=_MOST_BYTES).json()
        except NotFoundError:
            return None
        if not isinstance(answer, dict):
            raise InvalidResponseError("Kestra's answer is no execution.", provider=kestra.PROVIDER)
        return answer

    def flows(self) -> list[dict[str, Any]]:
        """Our flows, with their triggers and bounds."""
        return [flow for flow in self._kestra.pages("flows/search", OURS) if is_ours(str(flow.get("namespace")))]

    def triggers_off(self) -> set[tuple[str, str, str]]:
        """Triggers that somebody switched off: namespace, flow, trigger."""
        states = [row.get("state") or {} for row in self._kestra.pages("triggers/search", OURS)]
        off = [state for state in states if state.get("disabled")]
        return {(str(state["namespace"]), str(state["flowId"]), str(state["triggerId"])) for state in off}
