"""The executions that a deploy starts and waits for, and those that it must not disturb."""

import time
from collections import Counter
from typing import Any, NamedTuple

from kit import redaction
from tools.deploy.client import TENANT, explained, status
from tools.deploy.server import NAMESPACE, Server, is_ours

ENDED = ("SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED", "RETRIED", "SKIPPED")
PAGE = 500
POLL_S = (0.05, 1.0)  # first and longest wait between two looks


class Revision(NamedTuple):
    """One revision of one flow."""

    namespace: str
    flow_id: str
    number: int


class TooLateError(Exception):
    """An execution had not ended when it should have; it goes on."""


def start(server: Server, namespace: str, flow_id: str, inputs: dict[str, str] | None = None) -> str:
    """Start a flow and return the execution's id."""
    with explained(f"start {namespace}.{flow_id}"):
        return str(server.client.executions.create_execution(TENANT, namespace, flow_id, inputs=inputs).id)


def state(server: Server, execution: str) -> str:
    """The state of an execution, such as `RUNNING`."""
    with explained(f"read the execution {execution}"):
        return str(server.client.executions.execution(execution, TENANT).state.current.value)


def wait(server: Server, execution: str, within_s: float) -> str:
    """The state in which an execution ends.

    Raises:
        TooLateError: it had not ended in time.
    """
    ends = time.monotonic() + within_s
    pause = POLL_S[0]
    while (found := state(server, execution)) not in ENDED:
        if time.monotonic() > ends:
            raise TooLateError(found)
        time.sleep(pause)
        pause = min(pause * 1.5, POLL_S[1])
    return found


def why(server: Server, execution: str) -> str:
    """The last error in an execution's log, redacted; a hint where to look when there is none."""
    with explained(f"read the log of {execution}"):
        found = server.client.logs.list_logs_from_execution(execution, TENANT, min_level="ERROR")
    texts = [str(entry.message).strip() for entry in found if entry.message]
    return redaction.redact(texts[-1])[:1000] if texts else f"its log has no error; look at the execution {execution}"


def end(server: Server, execution: str, how: str) -> None:
    """`kill` or `resume` an execution; one that has ended meanwhile is left as it is."""
    with explained(f"{how} the execution {execution}"):
        try:
            getattr(server.client.executions, f"{how}_execution")(execution, TENANT)
        except Exception as error:
            if status(error) not in (404, 409, 422):
                raise


def living_of(server: Server, namespace: str, flow_id: str) -> list[Any]:
    """The executions of one flow that have not ended, oldest first, as the server tells them."""
    same_flow = {"field": "flowId", "operation": "EQUALS", "value": flow_id}
    return _living(server, [{"field": "namespace", "operation": "EQUALS", "value": namespace}, same_flow], 1)


def living(server: Server) -> Counter[Revision]:
    """How many executions in our namespaces have not ended, by the flow's revision that they run on.

    Queued, paused and scheduled ones count. Pages are cut by start time, because page numbers would skip some when
    earlier executions end between two calls.
    """
    ours = {"field": "namespace", "operation": "STARTS_WITH", "value": NAMESPACE}
    seen: dict[str, Revision] = {}
    since: str | None = None
    page = 1
    while True:
        after = [{"field": "startDate", "operation": "GREATER_THAN_OR_EQUAL_TO", "value": since}] if since else []
        found = _living(server, [ours, *after], page)
        seen |= {item["id"]: _revision(item) for item in found if is_ours(item["namespace"])}
        if len(found) < PAGE:
            return Counter(seen.values())
        last = found[-1]["state"]["startDate"]
        page = page + 1 if last == since else 1
        since = last


def _living(server: Server, filters: list[dict[str, Any]], page: int) -> list[Any]:
    not_ended = {"field": "state", "operation": "NOT_IN", "value": list(ENDED)}
    with explained("list the executions"):
        found = server.client.executions.search_executions(
            TENANT, page, PAGE, sort=["state.startDate:asc"], filters=[not_ended, *filters]
        )
    return list(found["results"])


def _revision(item: dict[str, Any]) -> Revision:
    return Revision(item["namespace"], item["flowId"], item["flowRevision"])
