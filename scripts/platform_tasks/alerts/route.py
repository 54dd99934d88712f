"""Task: fire or end an alert for a flow that has no Python of its own, or only say what would be told."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads it
from typing import Any, Literal

from pydantic import Field

from kit import db, task
from kit.errors import OpsflowsError
from platform_tasks.alerts import book, channels, deliver, direct, rules
from platform_tasks.alerts.events import Event, Level


class Inputs(task.TaskInputs):
    """The event; see `platform_tasks.alerts.events.Event`."""

    action: Literal["fire", "resolve"] = "fire"
    event: str = Field(pattern=r"^[a-z][a-z0-9_]{0,79}$")
    title: str = Field(max_length=200)
    message: str = Field("", max_length=4000)
    flow_id: str = ""
    namespace: str = ""
    data_date: date | None = None
    error_class: str = ""
    level: Level | None = None
    detail: dict[str, Any] = Field(default_factory=dict)
    execution: str = ""
    test: bool = False
    dry_run: bool = False


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Fire and deliver.

    Returns:
        `key`, `level`, `channels`, `change` (blank: only counted), `count`, `delivered`; of a rehearsal three.
    """
    channels.hide_secrets()
    event = Event(
        event=inputs.event, title=inputs.title, message=inputs.message, flow_id=inputs.flow_id,
        namespace=inputs.namespace, data_date=inputs.data_date, error_class=inputs.error_class, level=inputs.level,
        detail=inputs.detail, execution_id=inputs.execution, test=inputs.test,
    )  # fmt: skip
    told = _plan(event)
    if inputs.dry_run:
        return {**told, "change": "dry_run", "count": 0, "delivered": {}}
    try:
        with db.connect(connect_s=5) as conn:
            if inputs.action == "resolve":
                ended = book.resolve(conn, event.key, by=inputs.execution)
                told |= {"change": "resolved" if ended else "", "count": 0}
            else:
                fired = book.fire(conn, event)
                told |= {"level": fired.level, "change": fired.change or "", "count": fired.count}
            delivered = deliver.deliver(conn, most=20)
    except OpsflowsError as error:
        ctx.log.warning("alert.book_away", code=error.code)
        way = "nobody" if inputs.action == "resolve" else direct.tell(event)
        if way == "nobody":
            raise
        return {**told, "change": f"direct_{way}", "count": 0, "delivered": {}}
    return {**told, "delivered": delivered.counts()}


def _plan(event: Event) -> dict[str, Any]:
    book_of_rules = rules.load()
    rule = book_of_rules.rule(event.event)
    level = event.level or rule.level
    channels = ["test"] if event.test else list(book_of_rules.channels(rule, level))
    return {"key": event.key, "level": level, "channels": channels}


if __name__ == "__main__":
    task.main(Inputs, run)
