"""The tasks of the alert flows: what has recovered ends, what nobody looks after rises, and a database that is away."""

from dataclasses import replace
from datetime import date

import pytest

from kit import db, kv, task
from kit.errors import ConnectError
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


def test_a_failure_that_was_noted_late_is_over_when_the_flow_succeeded_meanwhile(conn):
    ran(conn, state="FAILED", after="-10 minutes", name="bad")
    ran(conn, after="-5 minutes")
    book.fire(conn, replace(FAILED, execution_id="bad"))
    assert len(escalate.recovered(conn)) == 1


def test_a_flow_that_fails_now_and_then_is_told_twice_and_not_each_time(conn):
    flapping = replace(FAILED, data_date=None)
    for change in ("fired", "again"):
        assert book.fire(conn, flapping).change == change
        ran(conn, day=None, name=change)
        resolved = escalate.recovered(conn)
    assert resolved == []
    assert book.fire(conn, flapping).change is None
    db.execute(conn, "update ops.alerts set seen_at = clock_timestamp() - interval '11 minutes'")
    assert len(escalate.recovered(conn)) == 1


def test_a_failure_that_somebody_looked_after_ends_after_days_of_silence(conn):
    fired = book.fire(conn, FAILED)
    caller = book.fire(conn, replace(FAILED, event="flow_missing", error_class="watched"))
    book.fire(conn, replace(FAILED, error_class="nobody looks after it"))
    for one in (fired, caller):
        book.acknowledge(conn, one.alert_id, "Ana")
    silent = "update ops.alerts set seen_at = seen_at - interval '73 hours'"
    db.execute(conn, silent)
    assert escalate.recovered(conn) == []
    db.execute(conn, silent + ", acknowledged_at = acknowledged_at - interval '73 hours'")
    assert escalate.recovered(conn) == [fired.alert_id]


def test_a_test_ends_by_itself(conn):
    book.fire(conn, replace(FAILED, test=True))
    assert escalate.recovered(conn) == []
    db.execute(conn, "update ops.alerts set seen_at = clock_timestamp() - interval '11 minutes'")
    assert len(escalate.recovered(conn)) == 1
    assert book.fire(conn, replace(FAILED, test=True)).change == "again"


def test_a_warning_that_could_not_be_told_for_half_an_hour_is_raised(conn):
    book.fire(conn, FAILED)
    db.execute(conn, "update ops.alert_deliveries set created_at = clock_timestamp() - interval '1 hour', attempts = 7")
    assert escalate.unattended(conn) == []
    db.execute(conn, "update ops.alert_deliveries set attempts = 8")
    assert len(escalate.unattended(conn)) == 1


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
    assert direct.tell(FAILED) == "mail"
    assert "base de datos" in told.mails()[0]["text"]
    monkeypatch.delenv("OPSFLOWS_SMTP_HOST")
    assert direct.tell(FAILED) == "nobody"


def test_what_could_not_be_told_directly_is_not_taken_for_told(told, monkeypatch):
    kept = {}

    class Store:
        def get(self, key):
            return kept.get(key)

        def set(self, key, value, ttl_s):
            kept[key] = (value, ttl_s)

        def delete(self, key):
            return kept.pop(key, None) is not None

    monkeypatch.setattr(kv, "Store", Store)
    monkeypatch.setenv("OPSFLOWS_PG_DSN", NOWHERE)
    monkeypatch.delenv("PAGERDUTY_ROUTING_KEY")
    monkeypatch.delenv("OPSFLOWS_SMTP_HOST")
    told.fault("slack", "chat.postMessage", "error", code="service_unavailable")
    assert direct.tell(FAILED) == "nobody"
    told.clear_faults()
    assert [direct.tell(FAILED) for _ in range(2)] == ["slack", "told_before"]
    told.fault("slack", "chat.postMessage", "status", status=500, after_apply=True)
    other = replace(FAILED, error_class="y")
    assert [direct.tell(other) for _ in range(2)] == ["slack", "told_before"]


def test_a_database_that_refuses_us_is_no_reason_to_be_silent(told, dsn, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn + "_gone")
    assert route.run(route.Inputs(event="flow_failed", title="T"), CTX)["change"] == "direct_pagerduty"
    assert len(told.incidents()) == 1


def test_what_nobody_could_be_told_of_fails(told, monkeypatch):  # noqa: ARG001 - its settings
    monkeypatch.setenv("OPSFLOWS_PG_DSN", NOWHERE)
    for name in ("PAGERDUTY_ROUTING_KEY", "SLACK_BOT_TOKEN", "SLACK_WEBHOOK_URL", "OPSFLOWS_SMTP_HOST"):
        monkeypatch.delenv(name)
    with pytest.raises(ConnectError):
        route.run(route.Inputs(event="flow_failed", title="T"), CTX)


def test_what_is_told_without_the_database_has_no_link_that_needs_it(told, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", NOWHERE)
    monkeypatch.setenv("OPSFLOWS_CONSOLE_URL", "https://console.example.com")
    direct.tell(FAILED)
    assert "/alerts/act/" not in str(told.incidents())


def test_a_rehearsal_tells_nobody_without_the_database_either(told, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", NOWHERE)
    assert direct.tell(replace(FAILED, test=True)) == "nobody"
    assert told.incidents() == told.state("slack")["cards"] == []
