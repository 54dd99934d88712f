"""Every flow that starts by itself says how long it may take, in a form that alerts understand."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from platform_tasks.watch import cron, schedules
from tests.watch_support import NOON

ROOT = Path(__file__).resolve().parents[3]
FLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in sorted((ROOT / "flows").glob("*/*.yaml"))}
SCHEDULED = {
    name: flow
    for name, flow in FLOWS.items()
    if any(one["type"] == schedules.SCHEDULE for one in flow.get("triggers", []))
}


def test_there_are_some():
    assert {"etl_improved", "runs_collect", "tickets_monthly_report"} <= set(SCHEDULED)


@pytest.mark.parametrize("name", SCHEDULED)
def test_it_has_one_bound_that_only_labels(name: str):
    """One that kills would take the work of a slow night with it; who is told decides."""
    [sla] = SCHEDULED[name]["sla"]
    assert {key: value for key, value in sla.items() if key != "duration"} == {
        "id": "too_long",
        "type": "MAX_DURATION",
        "behavior": "NONE",
        "labels": {"sla": "missed"},
    }
    assert 60 <= schedules.seconds(sla["duration"]) <= 86_400


def triggers() -> list[Any]:
    found = [(name, one) for name, flow in SCHEDULED.items() for one in flow["triggers"]]
    return [pytest.param(one, id=f"{name}.{one['id']}") for name, one in found if one["type"] == schedules.SCHEDULE]


@pytest.mark.parametrize("trigger", triggers())
def test_its_schedule_can_be_read_and_names_its_zone(trigger: dict[str, Any]):
    assert cron.due_after(trigger["cron"], trigger["timezone"], NOON)
    # Without it a missed time would run as often as it was missed.
    assert trigger.get("disabled") or trigger["recoverMissedSchedules"] in ("LAST", "NONE")


@pytest.mark.parametrize("name", SCHEDULED)
def test_the_watchers_read_it_from_the_flow(name: str):
    flow = SCHEDULED[name]
    [bound] = schedules.bounds([flow]).values()
    found, unreadable = schedules.read([flow], set(), NOON)
    assert unreadable == []
    assert {one.sla_s for one in found} == {bound}
