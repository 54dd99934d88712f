"""runs_collect and runs_watch on the real engine: what it ran is in Postgres, and so is what it will run."""

from typing import Any

import pytest
import requests
from flowkit import Receipts, start

from kit import db
from tests.waiting import wait_for

SCHEDULE = "select * from ops.flow_schedules where flow_id = 'tickets_retention'"


@pytest.fixture
def rows(receipts: Receipts) -> Any:
    """Rows of the stack's database."""
    return receipts.rows


def run(receipts: Receipts, flow: str) -> str:
    """Start it until it is not turned away because the one of the minute is at work; returns its execution."""

    def ended_well() -> str | None:
        execution = receipts.execution(start(receipts.stack, flow))
        ended = execution["state"]["current"]
        assert ended in ("SUCCESS", "CANCELLED"), receipts.get(f"logs/{execution['id']}").text[-4000:]
        return str(execution["id"]) if ended == "SUCCESS" else None

    return str(wait_for(ended_well, f"{flow} to get its turn"))


def read_flows_again(receipts: Receipts) -> None:
    """Flows are read every two minutes; a test does not wait so long."""
    with db.connect(receipts.stack.postgres.dsn) as conn:
        db.execute(conn, "update ops.watch_marks set at = '2000-01-01' where name = 'schedules'")


def test_what_ran_is_told_with_waiting_and_working_apart(receipts: Receipts, rows: Any):
    first = run(receipts, "platform.deploy_smoke")

    def told() -> dict[str, Any] | None:
        collector = run(receipts, "platform.runs_collect")
        assert receipts.outputs(collector)["outcome"] == "ok"
        found = rows("select * from ops.flow_runs where execution_id = %s and ended_at is not null", first)
        return found[0] if found else None

    row = wait_for(told, "the execution to be collected")
    assert (row["namespace"], row["flow_id"], row["state"], row["trigger"]) == (
        *("opsflows.platform", "deploy_smoke"),
        *("SUCCESS", ""),
    )
    assert row["queued_s"] >= 0
    assert row["run_s"] > 0
    assert row["labels"]["domain"] == "platform"
    assert rows("select 1 from ops.watch_marks where name = 'runs_collect' and at > now() - interval '5 minutes'")


def test_schedules_are_those_of_the_engine_and_switches_count(receipts: Receipts, rows: Any):
    switch(receipts, disabled=True)
    try:
        read_flows_again(receipts)
        run(receipts, "platform.runs_collect")
        [off] = rows(SCHEDULE)
        assert (off["disabled"], off["next_at"]) == (True, None)
    finally:
        switch(receipts, disabled=False)
    read_flows_again(receipts)
    run(receipts, "platform.runs_collect")
    [on] = rows(SCHEDULE)
    assert (on["cron"], on["timezone"], on["disabled"], on["sla_s"]) == ("40 2 * * *", "UTC", False, 3600)
    assert on["since"] > off["since"]
    assert on["next_at"] > on["since"]
    assert {row["flow_id"] for row in rows("select flow_id from ops.flow_schedules")} >= {"etl_improved", "runs_watch"}


def test_a_look_around_tells_what_is_missing_and_its_end(receipts: Receipts, rows: Any):
    key = "opsflows.tickets.tickets_retention||flow_missing:every_night"

    def firing(wanted: bool) -> bool:  # noqa: FBT001 - told by its name
        run(receipts, "platform.runs_watch")
        found = rows("select 1 from ops.alerts where key = %s and state = 'firing'", key)
        return bool(found) is wanted

    read_flows_again(receipts)
    run(receipts, "platform.runs_collect")
    run(receipts, "platform.runs_watch")
    with db.connect(receipts.stack.postgres.dsn) as conn:
        db.execute(conn, "update ops.flow_schedules set since = '2026-01-01' where flow_id = 'tickets_retention'")
        db.execute(conn, "update ops.watch_marks set upto = '2026-01-01' where name = 'runs_watch'")  # it always looked
    assert firing(wanted=True)
    with db.connect(receipts.stack.postgres.dsn) as conn:
        db.execute(conn, "update ops.flow_schedules set since = now() where flow_id = 'tickets_retention'")
    assert firing(wanted=False)


def switch(receipts: Receipts, *, disabled: bool) -> None:
    """Switch the nightly trigger of tickets_retention, as a person does in Kestra's UI."""
    target = receipts.stack.target
    named = {"namespace": "opsflows.tickets", "flowId": "tickets_retention", "triggerId": "every_night"}
    answer = requests.put(
        f"{target.url}/api/v1/main/triggers/set-disabled",
        json={**named, "disabled": disabled},
        auth=(target.username, target.password),
        timeout=30,
    )
    answer.raise_for_status()


@pytest.mark.parametrize(
    ("flow", "outcomes"), [("metrics_watch", {"ok"}), ("slow_queries", {"ok", "statements_uncounted"})]
)
def test_the_other_watchers_run_with_what_they_include(receipts: Receipts, flow: str, outcomes: set[str]):
    """The embedded Postgres may lack pg_stat_statements; then slow_queries says so, with nothing to report."""
    assert receipts.outputs(run(receipts, f"platform.{flow}"))["outcome"] in outcomes
