"""The book of troubles on a real Postgres: what is told, what is only counted, and what ends it."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from kit import db
from kit.errors import InvalidRequestError
from platform_tasks.alerts import book
from platform_tasks.alerts.events import Event

DAY = date(2026, 11, 20)
FAILED = Event(
    "flow_failed", "etl_example failed", flow_id="etl_example", namespace="opsflows.etl", data_date=DAY,
    error_class="unavailable", message="The source did not answer.", detail={"task": "extract"}, execution_id="e1",
)  # fmt: skip


def outbox(conn, state="pending"):
    sql = "select channel, change from ops.alert_deliveries where state = %s order by delivery_id"
    return [(row["channel"], row["change"]) for row in db.fetch_all(conn, sql, (state,))]


def alert(conn, alert_id):
    return db.fetch_one(conn, "select * from ops.alerts where alert_id = %s", (alert_id,))


def test_a_first_failure_is_told_by_its_levels_channels(conn):
    fired = book.fire(conn, FAILED)
    assert (fired.change, fired.level, fired.count) == ("fired", "WARNING", 1)
    assert fired.key == "opsflows.etl.etl_example|2026-11-20|unavailable"
    assert outbox(conn) == [("data_alerts", "fired"), ("email", "fired")]
    assert alert(conn, fired.alert_id)["detail"] == {"task": "extract"}


def test_the_same_failure_again_is_counted_and_told_once(conn):
    fired = [book.fire(conn, FAILED) for _ in range(5)]
    assert [each.change for each in fired] == ["fired", None, None, None, None]
    assert len({each.alert_id for each in fired}) == 1
    assert fired[-1].count == 5
    assert outbox(conn) == [("data_alerts", "fired"), ("email", "fired"), ("data_alerts", "counted")]


@pytest.mark.parametrize(
    "other", [{"flow_id": "etl_improved"}, {"data_date": date(2026, 11, 21)}, {"error_class": "connect"}]
)
def test_another_flow_day_or_cause_is_another_trouble(conn, other):
    assert book.fire(conn, FAILED).alert_id != book.fire(conn, replace(FAILED, **other)).alert_id


def test_forty_processes_at_once_make_one_alert(conn, dsn):
    def fire():
        with db.connect(dsn) as own:
            book.fire(own, FAILED)

    threads = [threading.Thread(target=fire) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = db.fetch_all(conn, "select count, state from ops.alerts")
    assert rows == [{"count": 40, "state": "firing"}]
    assert sorted(outbox(conn)) == [("data_alerts", "counted"), ("data_alerts", "fired"), ("email", "fired")]


def test_a_worse_failure_is_told_where_that_level_goes(conn):
    book.fire(conn, FAILED)
    worse = book.fire(conn, replace(FAILED, level="CRITICAL"))
    assert (worse.change, worse.level) == ("escalated", "CRITICAL")
    assert ("pagerduty", "escalated") in outbox(conn)
    assert ("incidents", "escalated") in outbox(conn)
    assert ("data_alerts", "counted") in outbox(conn)  # the first message shows the new level


def test_a_milder_failure_does_not_lower_the_level(conn):
    book.fire(conn, replace(FAILED, level="CRITICAL"))
    assert book.fire(conn, FAILED).level == "CRITICAL"


def test_the_end_is_told_once_and_the_next_failure_is_again(conn):
    fired = book.fire(conn, FAILED)
    book.fire(conn, FAILED)
    assert book.resolve(conn, fired.key, by="e2") == fired.alert_id
    assert book.resolve(conn, fired.key) is None
    assert ("data_alerts", "counted") not in outbox(conn)
    assert ("data_alerts", "resolved") in outbox(conn)
    assert alert(conn, fired.alert_id)["resolved_by"] == "e2"
    again = book.fire(conn, FAILED)
    assert (again.change, again.count) == ("again", 1)
    assert again.alert_id != fired.alert_id


def test_who_acknowledges_first_counts(conn):
    fired = book.fire(conn, FAILED)
    assert book.acknowledge(conn, fired.alert_id, "Ana")
    assert not book.acknowledge(conn, fired.alert_id, "Luis")
    assert alert(conn, fired.alert_id)["acknowledged_by"] == "Ana"
    assert ("data_alerts", "acknowledged") in outbox(conn)
    assert not book.escalate(conn, fired.alert_id)


def test_a_snoozed_trouble_is_not_escalated_and_stays_silent_when_it_comes_back(conn):
    fired = book.fire(conn, FAILED)
    until = datetime.now(UTC) + timedelta(hours=4)
    assert book.snooze(conn, fired.alert_id, until)
    assert not book.escalate(conn, fired.alert_id)
    book.resolve(conn, fired.key)
    again = book.fire(conn, FAILED)
    due = db.fetch_all(conn, "select due_at from ops.alert_deliveries where alert_id = %s", (again.alert_id,))
    assert {row["due_at"] for row in due} == {until}


def test_what_gets_worse_is_no_longer_snoozed_and_goes_by_the_worse_rule(conn):
    warned = book.fire(conn, replace(FAILED, event="flow_warning"))
    book.snooze(conn, warned.alert_id, datetime.now(UTC) + timedelta(hours=4))
    assert book.fire(conn, FAILED).change == "escalated"
    row = alert(conn, warned.alert_id)
    assert (row["event"], row["runbook"], row["recovers"]) == ("flow_failed", "flow_failed", "success")
    assert row["snoozed_until"] is None
    book.fire(conn, replace(FAILED, event="flow_warning"))
    assert alert(conn, warned.alert_id)["event"] == "flow_failed"


def test_a_trouble_that_nobody_ended_is_told_again_after_days_of_silence(conn):
    first = book.fire(conn, FAILED)
    db.execute(conn, "update ops.alerts set seen_at = clock_timestamp() - interval '71 hours'")
    assert book.fire(conn, FAILED).change is None
    db.execute(conn, "update ops.alerts set seen_at = clock_timestamp() - interval '73 hours'")
    again = book.fire(conn, FAILED)
    assert (again.change, again.count) == ("again", 1)
    assert alert(conn, first.alert_id)["resolved_by"] == "silence"
    assert ("email", "resolved") not in outbox(conn)


def test_a_warning_escalates_once(conn):
    fired = book.fire(conn, FAILED)
    assert book.escalate(conn, fired.alert_id)
    assert not book.escalate(conn, fired.alert_id)
    assert alert(conn, fired.alert_id)["level"] == "CRITICAL"
    assert ("pagerduty", "escalated") in outbox(conn)


def test_a_test_alert_goes_to_the_test_channel_only(conn):
    tested = book.fire(conn, replace(FAILED, test=True, level="CRITICAL"))
    real = book.fire(conn, FAILED)
    assert tested.alert_id != real.alert_id
    assert outbox(conn)[0] == ("test", "fired")
    book.resolve(conn, tested.key)
    assert {row["channel"] for row in db.fetch_all(
        conn, "select channel from ops.alert_deliveries where alert_id = %s", (tested.alert_id,)
    )} == {"test"}  # fmt: skip


def test_an_event_without_a_rule_is_told_all_the_same(conn):
    assert book.fire(conn, replace(FAILED, event="never_heard_of")).level == "WARNING"
    assert ("email", "fired") in outbox(conn)


def test_what_is_kept_is_redacted_and_bounded(conn):
    leaky = replace(
        FAILED,
        title="token xoxb-123456789012-abcdefghijkl",
        message="Authorization: Bearer abcdefghijkl\x00 " + "x" * 9000,
        detail={"url": "https://u:secretsecret@h/", "deep": [{"mail": "ana.lopez@example.com"}]},
        error_class="ana.lopez@example.com",
    )
    row = alert(conn, book.fire(conn, leaky).alert_id)
    told = " ".join(str(row[name]) for name in ("title", "message", "detail", "error_class", "key"))
    assert not [word for word in ("xoxb-1", "abcdefghijkl", "secretsecret", "ana.lopez") if word in told]
    assert len(row["message"]) <= 2000


def test_an_unfinished_transaction_leaves_nothing(conn):
    def fire_and_fail():
        with db.transaction(conn):
            book.fire(conn, FAILED)
            db.execute(conn, "select 1 / 0")

    with pytest.raises(InvalidRequestError):
        fire_and_fail()
    assert outbox(conn) == []
    assert db.fetch_all(conn, "select 1 from ops.alerts") == []
