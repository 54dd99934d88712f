"""Task: an execution ended badly; note it, and tell whoever should know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from kit import db, kestra, settings, task
from kit.errors import NotFoundError, TransientError
from platform_tasks.alerts import book, channels, deliver, direct, failure, rules

if TYPE_CHECKING:
    from platform_tasks.alerts.events import Event

_LINES = 20


class Inputs(task.TaskInputs):
    """The execution that ended."""

    execution: str = Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Fire and deliver; without the database, tell directly.

    Returns:
        `fired`: key, level, change and count; `told`: `book`, `direct`, `child` when the cause is a subflow's, which
        tells for itself, or `elsewhere` when another flow tells it; `delivered`: how many deliveries came to which end.
    """
    channels.hide_secrets()
    client = kestra.Client(settings.get())
    execution = client.api("GET", f"executions/{inputs.execution}").json()
    child = failure.trouble(execution).child
    if child and _failed(client, child):
        return {"told": "child", "fired": {"execution": child}, "delivered": {}}
    event = failure.event(execution, _lines(client, inputs.execution))
    if event.event == "flow_failed" and f"{event.namespace}.{event.flow_id}" in rules.load().told_elsewhere:
        return {"told": "elsewhere", "fired": {"key": event.key}, "delivered": {}}
    try:
        with db.connect(connect_s=5) as conn:
            fired = book.fire(conn, event)
            delivered = deliver.deliver(conn, most=10)
    except TransientError as error:
        return _directly(event, error, ctx)
    ctx.counter("alerts_fired", 1, event=event.event, level=fired.level)
    told = {"key": fired.key, "level": fired.level, "change": fired.change or "", "count": fired.count}
    return {"told": "book", "fired": told, "delivered": delivered.counts()}


def _directly(event: Event, error: TransientError, ctx: task.Context) -> dict[str, Any]:
    ctx.log.warning("alert.book_away", code=error.code)
    way = direct.tell(event)
    return {"told": "direct", "fired": {"key": event.key, "way": way}, "delivered": {}}


def _failed(client: kestra.Client, execution_id: str) -> bool:
    try:
        return client.state(execution_id) in ("FAILED", "WARNING")
    except NotFoundError:
        return False


def _lines(client: kestra.Client, execution_id: str) -> list[str]:
    """What the execution logged that went wrong; Kestra writes logs a moment after the state."""
    for level in ("ERROR", "WARN"):
        found = client.api("GET", f"logs/{execution_id}", params={"minLevel": level}).json()
        lines = [str(line.get("message", "")) for line in found if isinstance(line, dict)][-_LINES:]
        if lines:
            return lines
    return []


if __name__ == "__main__":
    task.main(Inputs, run)
