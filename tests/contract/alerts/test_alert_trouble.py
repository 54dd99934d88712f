"""Alerts while a provider is away, hangs or is not set up: nothing is told twice, stays open, or is lost."""

from datetime import UTC, datetime, timedelta

import pytest

from kit import db
from platform_tasks.alerts import book, channels
from platform_tasks.alerts.deliver import deliver
from platform_tasks.alerts.events import Event

ALERTS, INCIDENTS = "C0ALERTS", "C0INCIDENTS"
FAILED = Event("flow_failed", "broken", flow_id="etl_example", namespace="opsflows.etl", error_class="x")
CRITICAL = Event(
    "flow_failed", "broken", flow_id="etl_example", namespace="opsflows.etl", error_class="x", level="CRITICAL"
)


def texts(told, channel=ALERTS):
    return [card["text"] for card in told.cards(channel)]


def actions(told):
    return [event["event_action"] for one in told.incidents() for event in one["events"]]


@pytest.fixture
def no_mail(monkeypatch):
    monkeypatch.delenv("OPSFLOWS_SMTP_HOST")


def test_a_doubt_outlasts_an_outage_of_who_could_end_it(conn, told, make_due):
    told.fault("slack", "chat.postMessage", "status", status=500, after_apply=True, calls=1)
    told.fault("slack", "conversations.history", "error", code="ratelimited")
    book.fire(conn, FAILED)
    deliver(conn)
    make_due()
    assert deliver(conn).retried == 1
    told.clear_faults()
    make_due()
    assert deliver(conn).sent == 1
    assert len(told.cards(ALERTS)) == 1


def test_who_never_takes_a_message_nor_says_so_is_replaced(conn, told, make_due):
    told.fault("slack", "chat.postMessage", "status", status=500, contains=ALERTS)
    book.fire(conn, Event("flow_warning", "odd", flow_id="f"))
    for _ in range(3):
        deliver(conn)
        make_due()
    deliver(conn)
    assert (len(told.cards(ALERTS)), len(told.cards(INCIDENTS)), len(told.mails())) == (0, 1, 1)


def test_the_same_place_by_another_name_is_not_told_instead(conn, told, monkeypatch, no_mail):  # noqa: ARG001
    monkeypatch.setenv("OPSFLOWS_INCIDENTS_SLACK_CHANNEL", ALERTS)
    book.fire(conn, FAILED)
    deliver(conn)
    assert len(told.cards(ALERTS)) == 1


def test_a_webhook_is_one_place(conn, told, monkeypatch, no_mail):  # noqa: ARG001
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    book.fire(conn, FAILED)
    deliver(conn)
    assert len(told.cards()) == 1


def test_every_message_of_a_raised_alert_says_that_it_is_over(conn, told, no_mail):  # noqa: ARG001
    fired = book.fire(conn, FAILED)
    deliver(conn)  # without mail #incidents hears of it too
    book.escalate(conn, fired.alert_id)
    deliver(conn)
    book.resolve(conn, fired.key)
    deliver(conn)
    assert len(texts(told, INCIDENTS)) == 2
    assert {text[0] for text in texts(told) + texts(told, INCIDENTS)} == {"✅"}


def test_an_end_that_comes_late_does_not_close_the_incident_of_what_is_back(conn, told, make_due):
    first = book.fire(conn, CRITICAL)
    deliver(conn)
    book.resolve(conn, first.key)
    told.fault("pagerduty", "enqueue", "error", code="rate_limited", retry_after=0)
    deliver(conn)
    told.clear_faults()
    book.fire(conn, CRITICAL)
    make_due()
    deliver(conn)
    assert [one["status"] for one in told.incidents()] == ["triggered"]


def test_the_end_under_way_is_waited_for_before_the_comeback_is_told(conn, told):
    first = book.fire(conn, CRITICAL)
    deliver(conn)
    book.resolve(conn, first.key)
    sql = (
        "update ops.alert_deliveries set state = %s, claimed_until = clock_timestamp() + '1 minute' where channel = %s"
    )
    db.execute(conn, sql + " and change = 'resolved'", ("sending", "pagerduty"))
    book.fire(conn, CRITICAL)
    deliver(conn)
    assert actions(told) == ["trigger"]


def test_an_incident_of_unknown_beginning_is_closed(conn, told):
    told.fault("pagerduty", "enqueue", "status", status=500, after_apply=True)
    fired = book.fire(conn, CRITICAL)
    deliver(conn)
    told.clear_faults()
    book.resolve(conn, fired.key)
    deliver(conn)
    assert [one["status"] for one in told.incidents()] == ["resolved"]


def test_who_acknowledged_before_the_incident_came_is_not_woken_for_long(conn, told, make_due):
    told.fault("pagerduty", "enqueue", "error", code="rate_limited", retry_after=0)
    fired = book.fire(conn, CRITICAL)
    deliver(conn)
    told.clear_faults()
    book.acknowledge(conn, fired.alert_id, "Ana")
    deliver(conn)
    make_due()
    deliver(conn)
    assert actions(told) == ["trigger", "acknowledge"]


@pytest.mark.parametrize("end", ["\u2028", "\x85", "\x0b", "\x7f"])
def test_a_title_of_two_lines_is_a_subject_of_one(conn, told, end):
    book.fire(conn, Event("flow_failed", f"first{end}second", flow_id="f"))
    assert deliver(conn).sent == 2
    assert "first second" in told.mails()[0]["subject"]


def test_one_that_cannot_be_told_does_not_keep_the_others(conn, told, monkeypatch):
    real = channels.tell

    def tell(what):
        if what.delivery["channel"] == "data_alerts":
            raise KeyError("a defect of ours")
        return real(what)

    monkeypatch.setattr(channels, "tell", tell)
    book.fire(conn, FAILED)
    done = deliver(conn)
    assert (done.failed, done.sent) == (1, 2)
    assert len(told.cards(INCIDENTS)) == len(told.mails()) == 1


def test_what_was_held_back_for_days_is_tried_as_long_as_any(conn, told, make_due):
    told.configure(mail={"answer": "451 4.3.0 Later"})
    book.fire(conn, FAILED)
    db.execute(conn, "update ops.alert_deliveries set created_at = clock_timestamp() - interval '3 days'")
    assert deliver(conn).retried == 1
    told.configure(mail={"answer": ""})
    make_due()
    assert deliver(conn).sent == 1


def test_who_is_away_for_a_day_is_given_up(conn, told, make_due):
    told.configure(mail={"answer": "451 4.3.0 Later"})
    book.fire(conn, FAILED)
    deliver(conn)
    db.execute(conn, "update ops.alert_deliveries set attempts = 99 where channel = 'email'")
    make_due()
    assert deliver(conn).failed == 1


def test_what_is_snoozed_before_it_was_told_is_told_when_that_ends(conn, told):
    fired = book.fire(conn, FAILED)
    book.snooze(conn, fired.alert_id, datetime.now(UTC) + timedelta(hours=1))
    deliver(conn)
    assert told.cards(ALERTS) == told.mails() == []
    db.execute(conn, "update ops.alerts set snoozed_until = clock_timestamp()")
    assert deliver(conn).sent == 2


def test_a_recipient_that_is_refused_is_logged(conn, told, monkeypatch, capsys):
    monkeypatch.setenv("OPSFLOWS_ALERTS_EMAIL_TO", "data@opsflows.example,gone@opsflows.example")
    told.configure(mail={"refused": ["gone@opsflows.example"]})
    book.fire(conn, FAILED)
    assert deliver(conn).sent == 2
    assert "alert.recipients_refused" in "".join(capsys.readouterr())
