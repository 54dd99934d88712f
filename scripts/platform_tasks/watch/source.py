"""What Kestra's REST API tells of executions, flows and triggers, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from kit import dates, kestra
from kit.errors import InvalidResponseError, NotFoundError
from platform_tasks.watch.runs import NAMESPACE, is_ours

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

PAGE: Final = 100
By = Literal["startDate", "endDate"]
_MOST_BYTES: Final = 100_000_000  # an execution tells all of its tasks
_MOST_PAGES: Final = 1000  # of flows or triggers: an answer without an end is none


class Source:
    """Kestra, seen by the collector.

    Args:
        client: its API.
        page: executions in one answer.
    """

    def __init__(self, client: kestra.Client, page: int = PAGE) -> None:
        """Nothing is sent yet."""
        self._kestra = client
        self.page = page

    def executions(self, by: By, since: datetime, number: int) -> list[dict[str, Any]]:
        """A page of the executions that began, or ended, at a moment or later; the earliest first.

        Raises:
            OpsflowsError: Kestra is away, or answers something else.
        """
        filters = {f"filters[{by}][GREATER_THAN_OR_EQUAL_TO]": dates.to_iso(since)}
        return self._page("executions", number, sort=f"state.{by}:asc", **filters)

    def execution(self, execution_id: str) -> dict[str, Any] | None:
        """One execution; None when Kestra knows none of this id."""
        try:
            answer = self._kestra.api("GET", f"executions/{execution_id}", max_bytes=_MOST_BYTES).json()
        except NotFoundError:
            return None
        if not isinstance(answer, dict):
            raise _no("an execution")
        return answer

    def flows(self) -> list[dict[str, Any]]:
        """Our flows, with their triggers and bounds."""
        return [flow for flow in self._all("flows") if is_ours(str(flow.get("namespace")))]

    def triggers_off(self) -> set[tuple[str, str, str]]:
        """Triggers that somebody switched off: namespace, flow, trigger."""
        states = [row.get("state") or {} for row in self._all("triggers")]
        off = [state for state in states if state.get("disabled")]
        return {(str(state["namespace"]), str(state["flowId"]), str(state["triggerId"])) for state in off}

    def _all(self, what: str) -> Iterator[dict[str, Any]]:
        for number in range(1, _MOST_PAGES + 1):
            rows = self._page(what, number)
            yield from rows
            if len(rows) < self.page:
                return
        raise _no(f"an end of its {what}")

    def _page(self, what: str, number: int, **params: str) -> list[dict[str, Any]]:
        asked = {"page": number, "size": self.page, "filters[namespace][STARTS_WITH]": NAMESPACE, **params}
        answer = self._kestra.api("GET", f"{what}/search", params=asked, max_bytes=_MOST_BYTES).json()
        rows = answer.get("results") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise _no(f"a list of {what}")
        return rows


def _no(what: str) -> InvalidResponseError:
    return InvalidResponseError(f"Kestra's answer holds no {what}.", provider=kestra.PROVIDER)
