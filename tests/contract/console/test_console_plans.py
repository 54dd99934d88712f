"""No page reads a big table from its beginning to its end: by EXPLAIN over a book of 10,000 runs and 50,000 metrics."""

import json
from datetime import UTC, datetime

import pytest

from console import collector
from console.etl import book
from kit import db

BIG = {
    "etl_runs",
    "etl_improved_metrics",
    "etl_improved_alerts",
    "etl_improved_audit",
    "etl_lineage_edges",
    "etl_quarantine",
    "messages",
    "tickets",
    "attempts",
    "alerts",
    "leads",
    "reviews",
    "troubles",
    "flow_runs",
}
FILL = """
insert into etl_runs (flow, run_label, run_name, execution_id, dry_run, status, parents, total_rows,
                      expected_rows, ratio, started_at, finished_at)
select 'flow_' || n % 4, 'label-' || n % 9, 'run-' || n, 'exec' || n, n % 50 = 0,
       case when n % 40 = 0 then 'failed' else 'succeeded' end, jsonb_build_array('exec' || n - 1), 98, 100, 0.98,
       now() - n * interval '1 hour', now() - n * interval '1 hour'
from generate_series(1, 10000) n;
insert into etl_improved_metrics (run_id, name, value)
select run_id, 'm' || m, m from etl_runs, generate_series(1, 5) m;
insert into etl_improved_alerts (run_id, kind, level, message, created_at)
select run_id, 'kind', 'warning', 'x', started_at from etl_runs;
insert into etl_improved_audit (run_id, action) select run_id, 'loaded' from etl_runs;
insert into etl_lineage_edges (run_id, direction, dataset) select run_id, 'input', 'x' from etl_runs;
insert into etl_quarantine (load_id, chunk, line, dataset, code, raw, state)
select 'run-' || n % 500, 0, n, 'dataset-' || n % 3, 'code-' || n % 4, 'x',
       case when n % 10 = 0 then 'open' else 'dropped' end
from generate_series(1, 20000) n;
insert into tickets.messages (message_id, ticket_id, sender_id, phone_number_id, kind, media, sent_at, received_at,
                              execution_id)
select n::text, 'T-' || n, 'ES.1', '1', 'image', '{}', now(), now() - n * interval '1 hour', 'e'
from generate_series(1, 20000) n;
insert into tickets.tickets (ticket_id, verdict, release, execution_id)
select ticket_id, 'accept', '1', 'e' from tickets.messages;
insert into tickets.attempts (ticket_id, execution_id, ordinal, provider, outcome, latency_ms, cost_usd, created_at)
select ticket_id, execution_id, 0, 'vision', 'ok', 1, 0.01, received_at from tickets.messages;
insert into ops.alerts (key, event, level, title, state, fired_at)
select n::text, 'x', 'INFO', 'x', 'resolved', now() - n * interval '1 minute' from generate_series(1, 5000) n;
insert into ops.flow_runs (execution_id, namespace, flow_id, state, created_at)
select n::text, 'opsflows.x', 'flow_' || n % 20, 'SUCCESS', now() - n * interval '10 minutes'
from generate_series(1, 20000) n;
insert into tickets.reviews (review_id, ticket_id, state, expires_at, execution_id)
select 'R-' || ticket_id, ticket_id, 'expired', now(), 'e' from tickets.tickets;
insert into leads.leads (lead_id, updated_at)
select 'L-' || n, now() - n * interval '1 minute' from generate_series(1, 20000) n;
insert into leads.troubles (lead_id, code, found_at)
select lead_id, 'x', updated_at - interval '30 days' from leads.leads;
"""
EMPTY = """
truncate etl_runs, etl_run_days, etl_quarantine, tickets.messages, tickets.tickets, tickets.attempts, ops.alerts,
         leads.leads, ops.flow_runs cascade
"""
HISTORY = {
    **dict.fromkeys(("flow", "run_label", "status", "dry_run")),
    "start": "-infinity",
    "end": "infinity",
    "before_at": "infinity",
    "before_id": 2**62,
    "most": 26,
}


def _asked(run_id):
    """Each statement with what a page asks for."""
    far = {"before_at": "2026-01-01T00:00:00Z"}
    yield "console/history.sql", HISTORY
    for filters in (
        {"flow": "flow_1"},
        {"run_label": "label-1"},
        {"status": "failed"},
        {"dry_run": True},
        {"dry_run": False},
        {"flow": "flow_1", "run_label": "label-1", "status": "succeeded", "dry_run": False},
        {"start": "2026-01-01", "end": "2026-02-01"},
        far,
    ):
        yield "console/history.sql", HISTORY | filters
    for name in ("latest_run", "choices", "alerts_by_kind", "health", "all_time"):
        yield f"console/{name}.sql", {}
    for name in ("run", "run_measured", "run_steps", "run_alerts", "run_edges"):
        yield f"console/{name}.sql", {"run_id": run_id}
    yield "console/run_followed.sql", {"run_id": run_id, "parents": ["exec4", "run-5"]}
    yield "console/run_followers.sql", {"run_id": run_id, "execution_id": "exec4", "run_name": "run-4"}
    yield "console/run_quarantine.sql", {"load_id": "run-4"}
    yield "console/newest_of_flows.sql", {"flows": ["flow_1", "flow_2"]}
    for name in ("alerts_recent", "alerts_told"):
        yield f"console/{name}.sql", {"most": 50}
    yield "console/quarantine_reasons.sql", {"most": book.COUNTED}
    place = {"before_at": "infinity", "before_load": "", "before_chunk": 0, "before_line": 0, "most": 26}
    yield "console/quarantine_rows.sql", {"dataset": "dataset-1", "code": "code-1", **place}
    month = {"zone": "Europe/Madrid", "since": datetime.now(UTC).replace(day=1)}
    yield "console/costs_by_month.sql", month
    yield "console/receipts_by_month.sql", month
    listed = dict.fromkeys(("state", "verdict", "sender", "begins", "ends"))
    for name in ("needs_person", "alert_counts", "leads_waiting"):
        yield f"console/{name}.sql", {}
    yield "console/flows_today.sql", {"begins": datetime.now(UTC)}
    first = {"after_at": None, "after_id": None, "most": 26, "state": None}
    yield "console/alerts_page.sql", first | {"level": None, "flow": None}
    yield "console/leads_page.sql", first
    yield "tickets/list_tickets.sql", {**listed, "before_at": "infinity", "before_id": "", "most": 51}


@pytest.fixture(scope="module")
def filled(migrated):
    with db.connect(migrated) as conn:
        db.execute(conn, EMPTY)
        db.execute(conn, FILL)
        db.execute(conn, "vacuum analyze")
        row = db.fetch_one(conn, "select max(run_id) - 5000 as run_id from etl_runs")
        yield conn, row["run_id"]
        db.execute(conn, EMPTY)


def _scans(plan):
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for inner in plan.get("Plans", ()):
        yield from _scans(inner)


def test_no_statement_of_a_page_reads_a_big_table_whole(filled):
    conn, run_id = filled
    found = {}
    for name, values in _asked(run_id):
        plan = db.fetch_one(conn, f"explain (format json) {db.load_sql(name)}", values)["QUERY PLAN"][0]["Plan"]
        if bad := BIG & set(_scans(plan)):
            found[name, json.dumps(values, default=str)] = bad
    assert not found


def test_the_guard_sees_a_scan(filled):
    conn, _ = filled
    plan = db.fetch_one(conn, "explain (format json) select max(value) from etl_improved_metrics")["QUERY PLAN"][0][
        "Plan"
    ]
    assert list(_scans(plan)) == ["etl_improved_metrics"]


# As after a year: nearly everything is over, and the last day is little of it.
YEAR = """
update tickets.messages set state = 'done', finished_at = received_at;
update tickets.tickets t set created_at = m.received_at from tickets.messages m where m.ticket_id = t.ticket_id;
truncate etl_quarantine;
insert into etl_quarantine (load_id, chunk, line, dataset, code, raw, state)
select 'run-' || n % 500, 0, n, 'dataset-' || n % 3, 'code-' || n % 4, 'x',
       case when n > 100 then 'replayed' else 'open' end
from generate_series(1, 20000) n;
insert into leads.inbox (key, raw, happened_at, execution_id, state, done_at, outcome)
select n::text, '{}', now(), 'e', 'done', now() - n * interval '1 hour', 'updated' from generate_series(1, 20000) n;
insert into ops.effects (key, kind, state, started_at)
select 'effect-' || n, 'whatsapp.text', 'done', now() - n * interval '1 hour' from generate_series(1, 20000) n;
insert into ops.claims (key, holder, state, lease_until)
select 'claim-' || n, 'h', 'done', now() from generate_series(1, 20000) n;
update ops.flow_runs set started_at = created_at, ended_at = created_at, run_s = 5, queued_s = 1;
update tickets.reviews set finished_at = now();
update leads.troubles set told_at = found_at;
vacuum full analyze
"""
SCRAPED = BIG | {"inbox", "effects", "claims"}


def test_no_scrape_reads_a_big_table_whole(filled):
    conn, _ = filled
    try:
        for statement in YEAR.split(";"):
            db.execute(conn, statement)
        found = {}
        for query in {one.query for one in collector.registry() if one.query}:
            asked = f"explain (format json) {db.load_sql(f'metrics/{query}.sql')}"
            plan = db.fetch_one(conn, asked)["QUERY PLAN"][0]["Plan"]
            if bad := SCRAPED & set(_scans(plan)):
                found[query] = bad
        assert not found
    finally:
        db.execute(conn, "truncate leads.inbox, ops.effects, ops.claims cascade")
