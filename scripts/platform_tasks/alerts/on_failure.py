"""Task: an execution ended badly; note it, and tell whoever should know."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from kit import db, kestra, settings, task
from kit.errors import NotFoundError, OpsflowsError
from platform_tasks.alerts import book, channels, deliver, direct, failure, rules
from platform_tasks.watch import runs

if TYPE_CHECKING:
    from platform_tasks.alerts.events import Event

_LINES: Final = 20
_WAITS_S: Final = (0.3, 0.7, 1.0)
# Flows whose bad end is not told; the trigger of alert_on_failure names the same.
_UNTOLD: Final = frozenset({"alert_on_failure", "alert_router", "alert_escalation"})


class Inputs(task.TaskInputs):
    """The execution that ended."""

    execution: str = Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Fire and deliver; without the database, tell directly.

    Raises:
        OpsflowsError: it could not be noted, and nobody could be told directly either.

    Returns:
        `fired`: key, level, change and count; `told`: `book`, `direct`, `child` when the cause is a subflow's, which
        tells for itself, or `elsewhere` when another flow tells it; `delivered`: how many deliveries came to which end.
    """
    channels.hide_secrets()
    client = kestra.Client(settings.get())
    execution = client.api("GET", f"executions/{inputs.execution}").json()
    child = failure.trouble(execution).child
    if child and _tells_itself(client, child):
        return {"told": "child", "fired": {"execution": child}, "delivered": {}}
    failed = runs.read(execution).state == "FAILED"
    event = failure.event(execution, _lines(client, inputs.execution, failed=failed))
    if event.event == "flow_failed" and f"{event.namespace}.{event.flow_id}" in rules.load().told_elsewhere:
        return {"told": "elsewhere", "fired": {"key": event.key}, "delivered": {}}
    try:
        with db.connect(connect_s=5) as conn:
            # What an earlier try noted before it died happened once; its delivery goes on all the same.
            noted = ctx.attempt > 1 and book.is_firing(conn, event.key, event.execution_id)
            fired = None if noted else book.fire(conn, event)
            delivered = deliver.deliver(conn, most=10)
    except OpsflowsError as error:
        return _directly(event, error, ctx)
    told: dict[str, Any] = {"key": event.key}
    if fired:
        ctx.counter("alerts_fired", 1, event=event.event, level=fired.level)
        told |= {"level": fired.level, "change": fired.change or "", "count": fired.count}
    return {"told": "book", "fired": told, "delivered": delivered.counts()}


def _directly(event: Event, error: OpsflowsError, ctx: task.Context) -> dict[str, Any]:
    """Whatever keeps the book from being written, a wrong password too, somebody is to know of the failure."""
    ctx.log.warning("alert.book_away", code=error.code)
    way = direct.tell(event)
    if way == "nobody":
        raise error
    return {"told": "direct", "fired": {"key": event.key, "way": way}, "delivered": {}}


def _tells_itself(client: kestra.Client, execution_id: str) -> bool:
    """Whether a subflow's bad end starts this flow too; the alert flows' own end does not."""
    try:
        child = runs.read(client.api("GET", f"executions/{execution_id}").json())
    except NotFoundError:
        return False
    ours = child.namespace.startswith("opsflows.") and child.flow_id not in _UNTOLD
    return ours and child.state in ("FAILED", "WARNING")


def _lines(client: kestra.Client, execution_id: str, *, failed: bool) -> list[str]:
    """What the execution logged that went wrong: its errors, or what it warned of where there are none.

    Kestra writes logs a moment after the state, and a failure has at least one error: those that are not there yet are
    waited for, since the cause would have another name without them.
    """
    for wait in _WAITS_S if failed else ():
        if found := _logged(client, execution_id, "ERROR"):
            return found
        time.sleep(wait)
    return _logged(client, execution_id, "ERROR") or _logged(client, execution_id, "WARN")


def _logged(client: kestra.Client, execution_id: str, level: str) -> list[str]:
    found = client.api("GET", f"logs/{execution_id}", params={"minLevel": level}).json()
    return [str(line.get("message", "")) for line in found if isinstance(line, dict)][-_LINES:]


if __name__ == "__main__":
    task.main(Inputs, run)
