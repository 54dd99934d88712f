"""What people get: messages, mails and incidents in the sandbox, each once, however the sending goes."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from kit import db
from platform_tasks.alerts import book
from platform_tasks.alerts.deliver import deliver
from platform_tasks.alerts.events import Event

ALERTS, INCIDENTS, TEST = "C0ALERTS", "C0INCIDENTS", "C0ALERTTEST"
FAILED = Event(
    "flow_failed", "opsflows.etl.etl_example failed", flow_id="etl_example", namespace="opsflows.etl",
    data_date=date(2026, 11, 20), error_class="unavailable", message="The source <b>did</b> not answer.",
    detail={"task": "extract", "attempt": 3, "replay": "Replay it."}, execution_id="e1",
)  # fmt: skip
CRITICAL = replace(FAILED, level="CRITICAL")


def states(conn):
    rows = db.fetch_all(conn, "select channel, change, state from ops.alert_deliveries order by delivery_id")
    return [(row["channel"], row["change"], row["state"]) for row in rows]


def text_of(card):
    return " ".join(str(block) for block in card["blocks"])


def test_a_warning_is_a_message_and_a_mail(conn, told):
    book.fire(conn, FAILED)
    assert deliver(conn).sent == 2
    [card], [mail] = told.cards(ALERTS), told.mails()
    assert "etl_example failed" in card["text"]
    assert "2026-11-20" in text_of(card)
    assert "&lt;b&gt;" in text_of(card)
    assert "flow_failed.md" in text_of(card)
    assert mail["recipients"] == ["data@opsflows.example"]
    assert "etl_example failed" in mail["subject"]
    assert "extract" in mail["text"]
    assert mail["headers"]["auto-submitted"] == "auto-generated"
    assert told.cards() == told.incidents() == []


def test_a_critical_one_wakes_somebody(conn, told):
    book.fire(conn, CRITICAL)
    assert deliver(conn).sent == 2
    [incident], [card] = told.incidents(), told.cards(INCIDENTS)
    assert (incident["status"], incident["severity"]) == ("triggered", "critical")
    assert incident["events"][0]["payload"]["custom_details"]["task"] == "extract"
    assert "etl_example failed" in card["text"]
    assert told.mails() == []


def test_a_thousand_failures_of_one_cause_are_one_message_and_one_update(conn, told, make_due):
    for number in range(1000):
        book.fire(conn, FAILED)
        if number % 100 == 0:
            deliver(conn)
    make_due()
    deliver(conn)
    assert not deliver(conn).sent
    [card], [_mail] = told.cards(ALERTS), told.mails()
    assert card["edits"] == 1
    assert "1000" in text_of(card)
    assert len(told.calls("slack", "chat.postMessage")) == 1
    assert len(told.calls("slack", "chat.update")) == 1


@pytest.mark.slow
def test_fifty_causes_are_fifty_messages(conn, told):
    for number in range(50):
        for _ in range(2):
            book.fire(conn, replace(FAILED, error_class=f"cause_{number}"))
    deliver(conn)
    cards = told.cards(ALERTS)
    assert len(cards) == 50
    assert {card["edits"] for card in cards} == {0}


def test_a_count_that_the_message_shows_already_is_not_told_again(conn, told, make_due):
    book.fire(conn, FAILED)
    book.fire(conn, FAILED)
    deliver(conn)
    make_due()
    assert deliver(conn).dropped == 1
    assert told.cards(ALERTS)[0]["edits"] == 0


def test_the_end_changes_the_message_answers_the_mail_and_closes_the_incident(conn, told):
    fired = book.fire(conn, FAILED)
    deliver(conn)
    book.escalate(conn, fired.alert_id)
    deliver(conn)
    assert "CRÍTICO" in told.cards(ALERTS)[0]["text"].upper()
    book.resolve(conn, fired.key, by="e2")
    deliver(conn)
    assert told.cards(ALERTS)[0]["text"].startswith("✅")
    assert told.cards(INCIDENTS)[0]["text"].startswith("✅")
    assert told.incidents()[0]["status"] == "resolved"
    first, last = told.mails()
    assert last["headers"]["in-reply-to"] == first["message_id"]
    assert last["subject"].startswith("✅")


def test_an_acknowledgement_shows_everywhere_but_in_the_mail(conn, told):
    fired = book.fire(conn, CRITICAL)
    deliver(conn)
    book.acknowledge(conn, fired.alert_id, "Ana <b>")
    deliver(conn)
    assert told.incidents()[0]["status"] == "acknowledged"
    assert "Ana &lt;b&gt;" in text_of(told.cards(INCIDENTS)[0])


def test_what_ended_before_it_was_told_is_told_as_ended_and_wakes_nobody(conn, told):
    fired = book.fire(conn, CRITICAL)
    book.resolve(conn, fired.key)
    deliver(conn)
    assert told.incidents() == []
    [card] = told.cards(INCIDENTS)
    assert card["text"].startswith("✅")
    assert card["edits"] == 0


def test_a_rehearsal_reaches_the_test_channel_only(conn, told):
    book.fire(conn, replace(CRITICAL, test=True))
    deliver(conn)
    assert len(told.cards(TEST)) == 1
    assert "PRUEBA" in told.cards(TEST)[0]["text"]
    assert told.cards(ALERTS) == told.cards(INCIDENTS) == told.mails() == told.incidents() == []


@pytest.mark.parametrize("without", ["OPSFLOWS_ALERTS_TEST_CHANNEL", "SLACK_BOT_TOKEN"])
def test_a_rehearsal_without_a_test_channel_reaches_nobody(conn, told, monkeypatch, without):
    monkeypatch.delenv(without)
    book.fire(conn, replace(FAILED, test=True))
    assert deliver(conn).failed == 1
    assert told.state("slack")["cards"] == told.mails() == told.incidents() == []


def test_eight_deliverers_at_once_tell_each_thing_once(conn, told, dsn):
    for number in range(12):
        book.fire(conn, replace(FAILED, error_class=f"c{number}"))

    def work():
        with db.connect(dsn) as own:
            deliver(own)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(told.cards(ALERTS)), len(told.mails())) == (12, 12)
    assert {state for *_, state in states(conn)} == {"sent"}


@pytest.mark.parametrize("route", ["chat.postMessage"])
def test_a_message_of_unknown_end_is_looked_up_and_not_repeated(conn, told, make_due, route):
    told.fault("slack", route, "status", status=500, after_apply=True, calls=1)
    book.fire(conn, FAILED)
    assert deliver(conn).unknown == 1
    make_due()
    assert deliver(conn).sent == 1
    assert len(told.cards(ALERTS)) == 1
    fired = book.fire(conn, FAILED)
    book.resolve(conn, fired.key)
    deliver(conn)
    assert told.cards(ALERTS)[0]["text"].startswith("✅")  # its reference was found too


def test_a_message_that_never_arrived_is_posted_after_the_look_up(conn, told, make_due):
    told.fault("slack", "chat.postMessage", "status", status=500, calls=1)
    book.fire(conn, FAILED)
    deliver(conn)
    assert told.cards(ALERTS) == []
    make_due()
    deliver(conn)
    assert len(told.cards(ALERTS)) == 1


def test_without_the_scope_to_look_up_nothing_is_repeated(conn, told, make_due):
    told.fault("slack", "chat.postMessage", "status", status=500, after_apply=True, calls=1)
    told.fault("slack", "conversations.history", "error", code="missing_scope")
    book.fire(conn, FAILED)
    deliver(conn)
    make_due()
    assert deliver(conn).unknown == 1
    make_due()
    assert deliver(conn).sent == 0
    assert len(told.cards(ALERTS)) == 1


def test_a_mail_of_unknown_end_is_not_sent_twice(conn, told, make_due):
    book.fire(conn, FAILED)
    db.execute(conn, "update ops.alert_deliveries set state = 'sending' where channel = 'email'")
    make_due()
    done = deliver(conn)
    assert (done.sent, done.unknown) == (1, 1)
    make_due()
    deliver(conn)
    assert told.mails() == []


def test_a_mail_server_that_says_later_gets_it_later(conn, told, make_due):
    told.configure(mail={"answer": "451 4.3.0 Later"})
    book.fire(conn, FAILED)
    done = deliver(conn)
    assert (done.sent, done.retried) == (1, 1)
    told.configure(mail={"answer": ""})
    make_due()
    assert deliver(conn).sent == 1
    assert len(told.mails()) == 1


def test_a_channel_that_refuses_is_replaced(conn, told):
    told.fault("slack", "chat.postMessage", "error", code="is_archived", calls=1)
    book.fire(conn, replace(FAILED, level="INFO"))
    done = deliver(conn)
    assert (done.failed, done.sent) == (1, 2)
    assert len(told.cards(INCIDENTS)) == 1
    assert len(told.mails()) == 1


def test_without_pagerduty_a_critical_one_is_a_mail_too(conn, told, monkeypatch):
    monkeypatch.delenv("PAGERDUTY_ROUTING_KEY")
    book.fire(conn, CRITICAL)
    deliver(conn)
    assert len(told.cards(INCIDENTS)) == 1
    assert len(told.mails()) == 1


def test_who_is_away_for_long_is_replaced_meanwhile(conn, told, make_due):
    told.fault("pagerduty", "enqueue", "error", code="rate_limited", retry_after=0)
    book.fire(conn, CRITICAL)
    for _ in range(3):
        deliver(conn)
        make_due()
    deliver(conn)
    assert len(told.mails()) == 1
    assert told.incidents() == []


def test_what_is_held_back_goes_when_its_time_comes(conn, told, make_due):
    fired = book.fire(conn, FAILED)
    deliver(conn)
    book.snooze(conn, fired.alert_id, datetime.now(UTC) + timedelta(hours=1))
    book.resolve(conn, fired.key)
    deliver(conn)
    book.fire(conn, FAILED)
    assert deliver(conn).sent == 0
    assert len(told.cards(ALERTS)) == 1
    db.execute(conn, "update ops.alerts set snoozed_until = clock_timestamp()")
    make_due()
    deliver(conn)
    assert len(told.cards(ALERTS)) == 2


def test_a_webhook_alone_posts_the_start_and_the_end(conn, told, monkeypatch, make_due):
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    fired = book.fire(conn, FAILED)
    book.fire(conn, FAILED)
    deliver(conn)
    make_due()
    deliver(conn)
    book.resolve(conn, fired.key)
    deliver(conn)
    assert [card["text"][0] for card in told.cards()] == ["🟠", "✅"]


def test_the_link_to_acknowledge_is_in_the_message_and_ends_in_nothing_secret(conn, told, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_CONSOLE_URL", "https://console.example.com")
    book.fire(conn, FAILED)
    deliver(conn)
    assert "https://console.example.com/alerts/act/" in text_of(told.cards(ALERTS)[0])
    assert "https://console.example.com/alerts/act/" in told.mails()[0]["text"]
