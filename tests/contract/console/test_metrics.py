"""GET /metrics: who may read it, what it tells, and what it does when the database is slow, broken or away."""

import re
import subprocess

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families as parsed

from console import collector, metrics
from kit import db, effects
from tests.promkit import promtool

TOKEN = "mK3vXw8pQz5tRb2nYc7hLs4dJf9gAe6u"
AUTH = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def token(monkeypatch):
    monkeypatch.setenv(metrics.TOKEN, TOKEN)
    monkeypatch.setattr(metrics.kept, "_at", float("-inf"))


def get(url, headers=AUTH):
    return requests.get(f"{url}/metrics", headers=headers, timeout=20)


def samples(text):
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in parsed(text) for s in family.samples}


def up(found):
    return {labels[0][1]: value for (name, labels), value in found.items() if name == collector.UP}


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer"}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": f"Basic {TOKEN}"}],
)
def test_only_the_token_opens_it(desk, headers):
    answer = get(desk.url, headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "opsflows_" not in answer.text


def test_without_a_token_there_is_nothing(desk, monkeypatch):
    monkeypatch.delenv(metrics.TOKEN)
    assert get(desk.url).status_code == 404


def test_guesses_end_and_the_right_token_still_passes(desk):
    answers = [get(desk.url, {"Authorization": f"Bearer wrong-{n}"}).status_code for n in range(40)]
    assert answers[0] == 401
    assert answers[-1] == 429
    assert get(desk.url).status_code == 200


def test_every_query_answers_and_every_column_is_there(desk):
    """On empty tables and on filled ones: a misspelt column would be a crash of that scrape."""
    desk.ticket()
    answer = get(desk.url)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = samples(answer.text)
    assert {query for query, value in up(found).items() if value != 1} == set()
    assert up(found).keys() == {one.query for one in collector.registry() if one.query}
    assert found["opsflows_receipts_24h", (("verdict", "review"),)] == 1
    assert found["opsflows_database_bytes", ()] > 1_000_000


def test_each_query_has_the_columns_that_the_registry_says(conn):
    for query in {one.query for one in collector.registry() if one.query}:
        with conn.cursor() as cursor:
            cursor.execute(db.load_sql(f"metrics/{query}.sql"))
            columns = [column.name for column in cursor.description]
        of_query = [one for one in collector.registry() if one.query == query]
        assert sorted(columns) == sorted([*of_query[0].labels, *(one.column for one in of_query)]), query
        assert len({one.labels for one in of_query}) == 1, query


def test_what_is_unknown_is_told(desk, conn):
    db.execute(
        conn,
        "insert into ops.effects (key, kind, state, started_at) values "
        "('sheet:T-1', 'sheets.row', 'unknown', now() - interval '2 hours')",
    )
    effects.record(conn, "sheet:T-2", "sheets.row", {})
    labels = (("kind", "sheets.row"), ("state", "unknown"))
    found = samples(get(desk.url).text)
    assert found["opsflows_effects_unsettled", labels] == 1
    assert found["opsflows_effects_unsettled_oldest_seconds", labels] >= 7200


def test_time_in_which_a_run_stood_still_is_not_beyond_its_bound(conn):
    db.execute(
        conn,
        "insert into ops.flow_runs (execution_id, namespace, flow_id, state, created_at, started_at, idle_s, sla_s) "
        "select state || idle_s, 'opsflows.x', state || idle_s, state, now() - interval '1 hour', "
        "now() - interval '1 hour', idle_s, 60 from (values ('PAUSED', 0), ('RUNNING', 3595), ('RUNNING', 3000)) "
        "as made (state, idle_s)",
    )
    found = db.fetch_all(conn, db.load_sql("metrics/flow_slow.sql"))
    assert [row["flow_id"] for row in found if row["namespace"] == "opsflows.x"] == ["RUNNING3000"]


def test_only_messages_that_should_be_out_are_late(dsn, conn):
    """Not those that quiet hours or a snooze hold back, and not those that stay in doubt: nobody sends these."""
    alert = """insert into ops.alerts (key, event, level, title, snoozed_until)
               values (%s, 'flow_failed', 'WARNING', 'x', now() + %s::interval) returning alert_id"""
    awake = db.fetch_one(conn, alert, ("a", None))["alert_id"]
    asleep = db.fetch_one(conn, alert, ("b", "1 day"))["alert_id"]
    delivery = """insert into ops.alert_deliveries (alert_id, channel, change, state, attempts, created_at, due_at)
                  values (%s, %s, %s, %s, %s, now() - interval '9 hours',
                          coalesce(%s::timestamptz, now() - interval '1 hour'))"""
    for given in (
        (awake, "quiet", "fired", "pending", 0, "2999-01-01"),
        (asleep, "snoozed", "counted", "pending", 0, None),
        (asleep, "snoozed_too", "again", "pending", 0, None),
        (asleep, "not_snoozed", "resolved", "pending", 0, None),
        (awake, "doubt", "fired", "unknown", 1, "infinity"),
        (awake, "never_tried", "fired", "pending", 0, None),
        (awake, "tried_again", "fired", "pending", 4, "2999-01-01"),
        (awake, "looked_up", "again", "unknown", 1, None),
    ):
        db.execute(conn, delivery, given)
    found = samples(read(dsn))
    late = {
        dict(labels)["channel"]: round(value / 3600)
        for (name, labels), value in found.items()
        if name == "opsflows_alert_deliveries_oldest_seconds"
    }
    held_back = {"quiet": 0, "snoozed": 0, "snoozed_too": 0, "doubt": 0}
    assert late == {**held_back, "not_snoozed": 1, "never_tried": 1, "tried_again": 9, "looked_up": 9}
    assert sum(value for (name, _), value in found.items() if name == "opsflows_alert_deliveries_open") == len(late)


def test_a_missed_sla_is_one_of_the_hour_in_which_it_was_missed(dsn, conn):
    run = """insert into ops.flow_runs (execution_id, namespace, flow_id, state, created_at, started_at, run_s, sla_s)
             values (%s, 'opsflows.etl', %s, 'RUNNING', now() - %s::interval, now() - %s::interval, %s, 1800)"""
    for flow, age, run_s in (
        ("long_ago", "10 hours", 3600),
        ("just_now", "50 minutes", None),
        ("ended", "70 minutes", 2000),
        ("in_time", "20 minutes", None),
    ):
        db.execute(conn, run, (flow, flow, age, age, run_s))
    found = samples(read(dsn))
    missed = {
        dict(labels)["flow_id"]: value
        for (name, labels), value in found.items()
        if name == "opsflows_flow_sla_missed_1h"
    }
    assert missed == {"long_ago": 0, "just_now": 1, "ended": 1}


def test_names_of_the_registry_follow_the_rules(desk):
    desk.ticket()
    names = [one.name for one in collector.registry()]
    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch(r"opsflows_[a-z][a-z0-9_]+", name)] == []
    told = subprocess.run(
        [promtool(), "check", "metrics"], input=get(desk.url).text, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr


def test_a_query_that_fails_costs_only_its_own_metrics(dsn, monkeypatch):
    load = db.load_sql
    monkeypatch.setattr(
        db, "load_sql", lambda name: "select 1 from nowhere" if name == "metrics/claims.sql" else load(name)
    )
    found = samples(read(dsn))
    assert {query for query, value in up(found).items() if value == 0} == {"claims"}
    assert not [name for name, _ in found if name.startswith("opsflows_claims")]
    assert ("opsflows_lead_events_waiting", ()) in found


def test_a_slow_query_is_ended(dsn, monkeypatch):
    load = db.load_sql
    monkeypatch.setattr(db, "load_sql", lambda name: "select pg_sleep(60)" if "claims" in name else load(name))
    found = samples(read(dsn, statement_s=4))
    assert up(found)["claims"] == 0
    assert up(found)["receipts"] == 1


def test_without_time_left_nothing_more_is_asked(dsn, monkeypatch):
    monkeypatch.setattr(collector, "TOTAL_S", 0.0)
    assert set(up(samples(read(dsn))).values()) == {0}


def test_a_database_that_is_away_is_no_error_of_the_page(desk, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", "host=127.0.0.1 port=1 dbname=none user=none")
    answer = get(desk.url)
    assert answer.status_code == 200
    found = samples(answer.text)
    assert set(up(found).values()) == {0}
    assert {name for name, _ in found} == {collector.UP, collector.AT}


def test_series_are_bounded_and_the_rest_is_counted(dsn, conn, monkeypatch):
    monkeypatch.setattr(collector, "MOST_ROWS", 3)
    db.execute(
        conn,
        "insert into ops.counters select 'n' || n, (now() at time zone 'UTC')::date, n from generate_series(1, 5) n",
    )
    found = samples(read(dsn))
    kept = {labels[0][1] for name, labels in found if name == "opsflows_events_today"}
    assert kept == {"n5", "n4", "n3"}
    assert found[collector.DROPPED, (("query", "counters"),)] == 2


def test_a_label_is_escaped_and_never_long(dsn, conn):
    name = 'a"b\\c\nd' + "x" * 500
    db.execute(conn, "insert into ops.counters values (%s, (now() at time zone 'UTC')::date, 1)", (name,))
    kept = [labels[0][1] for metric, labels in samples(read(dsn)) if metric == "opsflows_events_today"]
    assert kept == [name[: collector.LONGEST]]


def test_many_readers_are_one_question():
    now, asked = [0.0], []
    kept = metrics.Kept(lambda: asked.append(1) or str(len(asked)), kept_s=10, clock=lambda: now[0])
    assert [kept.text() for _ in range(3)] == ["1"] * 3
    now[0] = 10
    assert kept.text() == "2"


def read(dsn, statement_s=2.0):
    found = collector.collect(lambda: db.connect(dsn, statement_s=statement_s))
    return metrics.text(found)


def test_the_token_opens_the_figures_of_the_etl_chain_and_nothing_else_of_the_api(desk):
    assert requests.get(f"{desk.url}/api/etl/metrics", headers=AUTH, timeout=20).status_code == 200
    assert requests.get(f"{desk.url}/api/alerts/recent", headers=AUTH, timeout=20).status_code == 401
