"""The tasks of the alert flows: what has recovered ends, what nobody looks after rises, and a database that is away."""

from dataclasses import replace
from datetime import date

import pytest

from kit import db, task
from platform_tasks.alerts import book, direct, escalate, route
from platform_tasks.alerts.deliver import deliver
from platform_tasks.alerts.events import Event

CTX = task.Context(execution_id="e9")
DAY = date(2026, 11, 20)
FAILED = Event("flow_failed", "broken", flow_id="etl_example", namespace="opsflows.etl", data_date=DAY, error_class="x")
NOWHERE = "postgresql://opsflows@127.0.0.1:1/opsflows"
RUN = """
insert into ops.flow_runs (execution_id, namespace, flow_id, state, created_at, ended_at, data_date, labels)
values (%s, 'opsflows.etl', 'etl_example', %s, clock_timestamp(), clock_timestamp() + %s::interval, %s, %s)
"""


def ran(conn, state="SUCCESS", after="1 second", day=DAY, labels="{}", name="good"):
    db.execute(conn, RUN, (name, state, after, day, labels))


def told_before(conn, minutes):
    db.execute(
        conn,
        "update ops.alert_deliveries set sent_at = clock_timestamp() - make_interval(mins => %s) where state = 'sent'",
        (minutes,),
    )


def test_a_good_run_of_the_same_day_ends_it(conn, told):
    book.fire(conn, FAILED)
    ran(conn)
    done = escalate.run(escalate.Inputs(), CTX)
    assert len(done["resolved"]) == 1
    assert told.cards("C0ALERTS")[0]["text"].startswith("✅")


@pytest.mark.parametrize(
    "other", [{"state": "FAILED"}, {"after": "-1 hour"}, {"day": date(2026, 11, 21)}, {"state": "RUNNING"}]
)
def test_another_run_does_not(conn, other):
    book.fire(conn, FAILED)
    ran(conn, **other)
    assert escalate.recovered(conn) == []


def test_without_a_day_the_next_good_run_does(conn):
    book.fire(conn, replace(FAILED, data_date=None))
    ran(conn, day=None)
    assert len(escalate.recovered(conn)) == 1


def test_a_slow_run_is_no_recovery_from_slowness(conn):
    book.fire(conn, replace(FAILED, event="sla_missed"))
    ran(conn, labels='{"sla": "missed"}')
    assert escalate.recovered(conn) == []
    ran(conn, name="fast")
    assert len(escalate.recovered(conn)) == 1


def test_what_its_caller_ends_is_left_to_it(conn):
    book.fire(conn, replace(FAILED, event="etl_low_ratio"))
    ran(conn)
    assert escalate.recovered(conn) == []


def test_a_warning_that_nobody_looks_after_wakes_somebody_after_half_an_hour(conn, told):
    book.fire(conn, FAILED)
    deliver(conn)
    told_before(conn, 29)
    assert escalate.run(escalate.Inputs(), CTX)["escalated"] == []
    told_before(conn, 31)
    assert len(escalate.run(escalate.Inputs(), CTX)["escalated"]) == 1
    assert told.incidents()[0]["status"] == "triggered"
    assert escalate.run(escalate.Inputs(), CTX)["escalated"] == []


def test_what_was_acknowledged_or_is_held_back_is_not_raised(conn, told):
    first = book.fire(conn, FAILED)
    deliver(conn)
    told_before(conn, 60)
    book.acknowledge(conn, first.alert_id, "Ana")
    book.fire(conn, replace(FAILED, error_class="held"))
    db.execute(conn, "update ops.alert_deliveries set due_at = clock_timestamp() + '1 hour' where state = 'pending'")
    db.execute(conn, "update ops.alert_deliveries set created_at = clock_timestamp() - interval '2 hours'")
    assert escalate.unattended(conn) == []
    assert told.incidents() == []


def test_the_router_rehearses_fires_and_ends(conn, told):
    values = {"event": "flow_failed", "title": "T", "flow_id": "f", "level": "CRITICAL"}
    planned = route.run(route.Inputs(**values, dry_run=True), CTX)
    assert (planned["change"], planned["channels"]) == ("dry_run", ["pagerduty", "incidents"])
    assert db.fetch_all(conn, "select 1 from ops.alerts") == []
    assert route.run(route.Inputs(**values), CTX)["change"] == "fired"
    assert route.run(route.Inputs(**values), CTX)["count"] == 2
    assert route.run(route.Inputs(**values, action="resolve"), CTX)["change"] == "resolved"
    assert told.incidents()[0]["status"] == "resolved"


def test_without_the_database_one_incident_is_opened_which_the_book_ends_later(told, dsn, monkeypatch):
    values = {"event": "flow_failed", "title": "T", "flow_id": "f"}
    monkeypatch.setenv("OPSFLOWS_PG_DSN", NOWHERE)
    for _ in range(3):
        assert route.run(route.Inputs(**values), CTX)["change"] == "direct_pagerduty"
    [incident] = told.incidents()
    assert len(incident["events"]) == 3
    assert "base de datos" in str(incident["events"][0])
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    route.run(route.Inputs(**values, level="CRITICAL"), CTX)
    route.run(route.Inputs(**values, action="resolve"), CTX)
    assert [one["status"] for one in told.incidents()] == ["resolved"]


def test_without_database_and_pagerduty_slack_is_told(told, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", NOWHERE)
    monkeypatch.delenv("PAGERDUTY_ROUTING_KEY")
    assert direct.tell(FAILED) == "slack"
    assert len(told.cards("C0INCIDENTS")) == 1
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    monkeypatch.delenv("SLACK_WEBHOOK_URL")
    assert direct.tell(FAILED) == "nobody"


def test_a_rehearsal_tells_nobody_without_the_database_either(told, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", NOWHERE)
    assert direct.tell(replace(FAILED, test=True)) == "nobody"
    assert told.incidents() == told.state("slack")["cards"] == []
