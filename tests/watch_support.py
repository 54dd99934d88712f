"""Executions, flows and triggers as Kestra's API tells them, and a Kestra of such executions that answers as pages."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from kit import dates, kestra

if TYPE_CHECKING:
    from platform_tasks.watch.source import By

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SCHEDULE = "io.kestra.plugin.core.trigger.Schedule"


def execution(
    name: str,
    at: datetime = NOON,
    *,
    flow: str = "etl_improved",
    namespace: str = "opsflows.etl",
    state: str = "SUCCESS",
    waited_s: float = 1.0,
    took_s: float = 10.0,
    due: datetime | None = None,
    trigger: str = "every_day",
    labels: dict[str, str] | None = None,
    inputs: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """An execution; one that has not ended began to run after `waited_s`, and one that is CREATED did not begin."""
    begun = at + timedelta(seconds=waited_s)
    steps = [("CREATED", at)]
    own = list(steps)
    if state != "CREATED":
        steps.append(("RUNNING", at))
        own.append(("RUNNING", begun))
    if state not in ("CREATED", "RUNNING"):
        steps.append((state, begun + timedelta(seconds=took_s)))
        own.append((state, begun + timedelta(seconds=took_s)))
    answer: dict[str, Any] = {
        "id": name,
        "namespace": namespace,
        "flowId": flow,
        "taskRunList": [{"taskId": "first_task", "state": {"current": state, "histories": histories(own)}}],
        "labels": [{"key": key, "value": value} for key, value in (labels or {}).items()]
        + [{"key": "system.correlationId", "value": name}],
        "inputs": inputs or {},
        "state": {"current": state, "histories": histories(steps), "startDate": dates.to_iso(at)},
    }
    if state in kestra.ENDED:
        answer["state"]["endDate"] = dates.to_iso(steps[-1][1])
    if due:
        date = due.isoformat()
        answer["trigger"] = {"id": trigger, "type": SCHEDULE, "variables": {"date": date}}
    return answer


def histories(steps: list[tuple[str, datetime]]) -> list[dict[str, str]]:
    return [{"state": state, "date": dates.to_iso(at)} for state, at in steps]


def flow(name: str = "etl_improved", cron: str = "30 3 * * *", timezone: str = "UTC", **more: Any) -> dict[str, Any]:
    """A flow with one schedule, `every_day`, that may take an hour."""
    return {
        "id": name,
        "namespace": "opsflows.etl",
        "sla": [{"id": "too_long", "type": "MAX_DURATION", "duration": "PT1H"}],
        "triggers": [
            {"id": "every_day", "type": SCHEDULE, "cron": cron, "timezone": timezone},
            {"id": "hook", "type": "io.kestra.plugin.core.trigger.Webhook"},
        ],
        **more,
    }


@dataclass
class FakeSource:
    """What `platform_tasks.watch.source.Source` offers, over executions that a test makes."""

    found: list[dict[str, Any]] = field(default_factory=list)
    all_flows: list[dict[str, Any]] = field(default_factory=list)
    off: set[tuple[str, str, str]] = field(default_factory=set)
    page: int = 100
    asked: list[tuple[str, str, int]] = field(default_factory=list)

    def executions(self, by: By, since: datetime, number: int) -> list[dict[str, Any]]:
        self.asked.append((by, dates.to_iso(since), number))
        told = [one for one in self.found if by in one["state"]]
        late = [one for one in told if datetime.fromisoformat(one["state"][by]) >= since]
        late.sort(key=lambda one: one["state"][by])
        return copy.deepcopy(late[(number - 1) * self.page : number * self.page])

    def execution(self, execution_id: str) -> dict[str, Any] | None:
        self.asked.append(("id", execution_id, 0))
        return next((one for one in self.found if one["id"] == execution_id), None)

    def flows(self) -> list[dict[str, Any]]:
        return self.all_flows

    def triggers_off(self) -> set[tuple[str, str, str]]:
        return self.off


def killed_source() -> FakeSource:
    """Ten executions over three pages, one of which still runs, and a flow with a schedule."""
    made = [execution(f"e{number}", NOON - timedelta(minutes=number)) for number in range(9)]
    return FakeSource([*made, execution("running", NOON, state="RUNNING")], [flow()], page=4)
