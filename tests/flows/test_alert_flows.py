"""The alert flows on the real engine: a flow that fails is told once, with its cause, and its recovery ends it."""

import uuid
from typing import Any

import pytest
from flowkit import Receipts, start

from tests.waiting import wait_for

ALERTS, INCIDENTS, TEST = "C0ALERTS", "C0INCIDENTS", "C0ALERTTEST"


def alerts(receipts: Receipts, flow: str) -> list[dict[str, Any]]:
    sql = "select * from ops.alerts where flow_id = %s order by alert_id"
    return receipts.rows(sql, flow)


def about(cards: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    return [card for card in cards if text in str(card)]


@pytest.fixture
def consumer_fails(receipts: Receipts):
    """Lets etl_consumer fail: there is no such run."""

    def fail() -> str:
        name = f"none{uuid.uuid4().hex[:12]}"
        execution_id = start(receipts.stack, "etl.etl_consumer", etl_execution=name)
        assert receipts.execution(execution_id)["state"]["current"] == "FAILED"
        return execution_id

    return fail


def test_a_failed_flow_is_told_once_and_its_recovery_ends_it(receipts: Receipts, consumer_fails):
    receipts.row("with gone as (delete from ops.alerts where flow_id = 'etl_consumer') select 1")
    bad = start(receipts.stack, "platform.alert_router", title="x", data_date="2026-99-99")
    assert receipts.execution(bad)["state"]["current"] == "FAILED"
    first = consumer_fails()

    def told(count: int) -> dict[str, Any] | None:
        found = [row for row in alerts(receipts, "etl_consumer") if row["execution_id"] == first or count > 1]
        return next((row for row in found if row["count"] >= count), None)

    alert = wait_for(lambda: told(1), "the alert of the failure")
    assert (alert["event"], alert["level"], alert["state"]) == ("flow_failed", "WARNING", "firing")
    assert alert["detail"]["task"] == "refuse_bad_outcome"
    [card] = wait_for(lambda: about(receipts.providers.cards(ALERTS), first), "the message")
    assert "flow_failed.md" in str(card)
    assert wait_for(lambda: about(receipts.providers.mails(), first), "the mail")
    second = consumer_fails()
    again = wait_for(lambda: told(2), "the second failure to be counted")
    assert again["alert_id"] == alert["alert_id"]
    assert about(receipts.providers.cards(ALERTS), second) == []
    receipts.row(
        "insert into ops.flow_runs (execution_id, namespace, flow_id, state, created_at, ended_at)"
        " values (%s, 'opsflows.etl', 'etl_consumer', 'SUCCESS', clock_timestamp(), clock_timestamp()) returning 1",
        f"recovered{uuid.uuid4().hex[:12]}",
    )

    def over() -> bool:
        [shown] = [one for one in receipts.providers.cards(ALERTS) if one["ts"] == card["ts"]]
        return bool(shown["text"].startswith("✅"))

    wait_for(over, "the message to say that it is over", 150)
    assert alerts(receipts, "alert_router") == []


def test_the_router_says_what_it_would_do_and_does_it(receipts: Receipts):
    inputs = {"event": "flow_failed", "flow_id": f"made_up_{uuid.uuid4().hex[:6]}", "error_class": "night"}
    rehearsal = receipts.outputs(start(receipts.stack, "platform.alert_router", dry_run="true", **inputs))
    assert (rehearsal["change"], rehearsal["channels"]) == ("dry_run", ["data_alerts", "email"])
    assert alerts(receipts, inputs["flow_id"]) == []
    tested = start(receipts.stack, "platform.alert_router", test="true", level="CRITICAL", title="T", **inputs)
    assert receipts.outputs(tested)["channels"] == ["test"]
    assert len(about(receipts.providers.cards(TEST), inputs["flow_id"])) == 1
    real = receipts.outputs(start(receipts.stack, "platform.alert_router", level="CRITICAL", title="T", **inputs))
    assert (real["change"], real["count"]) == ("fired", 1)
    [incident] = about(receipts.providers.incidents(), inputs["flow_id"])
    assert len(about(receipts.providers.cards(INCIDENTS), inputs["flow_id"])) == 1
    ended = receipts.outputs(start(receipts.stack, "platform.alert_router", action="resolve", title="T", **inputs))
    assert ended["change"] == "resolved"
    [incident] = about(receipts.providers.incidents(), inputs["flow_id"])
    assert incident["status"] == "resolved"
