"""A console with something of everything on its pages: runs, schedules, alerts, breakers, letters, claims, leads."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kit import claims, dates, db, dead_letters
from platform_tasks.alerts import book
from platform_tasks.alerts.events import Event

if TYPE_CHECKING:
    from kit.db import Connection

LEAD = "L-7QK2M4X9AB"
EMAIL = "ana.lopez@acme.test"
PHONE = "+34600111222"
RUNS = [
    # namespace, flow, state, minutes ago, seconds, longest
    ("etl", "etl_example", "SUCCESS", 40, 95.0, 600),
    ("etl", "etl_improved", "FAILED", 25, 12.0, 600),
    ("etl", "etl_improved", "SUCCESS", 1465, 61.0, 600),
    ("leads", "hubspot_sync_contacts", "SUCCESS", 12, 700.0, 300),
    ("leads", "manychat_to_hubspot", "SUCCESS", 1, 2.4, None),
    ("platform", "alert_escalation", "RUNNING", 0, None, 60),
    ("platform", "dlq_replay", "WARNING", 200, 8.0, None),
    ("tickets", "whatsapp_ticket_process", "SUCCESS", 3, 6.2, None),
]
SCHEDULES = [
    # namespace, flow, minutes until the next run, longest, disabled
    ("etl", "etl_example", 1400, 600, False),
    ("etl", "etl_improved", 1415, 600, False),
    ("etl", "etl_maintenance", 4000, 3600, True),
    ("leads", "hubspot_sync_contacts", 48, 300, False),
    ("platform", "state_maintenance", -90, 900, False),
    ("platform", "alert_escalation", 1, 60, False),
]


def fill(conn: Connection) -> None:
    """Put something of everything into an empty database."""
    _runs(conn)
    _alerts(conn)
    _state(conn)
    _leads(conn)


def _runs(conn: Connection) -> None:
    now = dates.utcnow()
    for number, (namespace, flow, state, ago, took, sla) in enumerate(RUNS):
        began = now - timedelta(minutes=ago)
        ended = began + timedelta(seconds=took) if took is not None else None
        db.execute(
            conn,
            "insert into ops.flow_runs (execution_id, namespace, flow_id, state, created_at, started_at, ended_at, "
            "queued_s, run_s, sla_s) values (%s, %s, %s, %s, %s, %s, %s, 0.1, %s, %s)",
            (f"5run{number}", f"opsflows.{namespace}", flow, state, began, began, ended, took, sla),
        )
    for namespace, flow, ahead, sla, disabled in SCHEDULES:
        db.execute(
            conn,
            "insert into ops.flow_schedules (namespace, flow_id, trigger_id, cron, timezone, disabled, next_at, "
            "grace_s, sla_s) values (%s, %s, 'daily', '0 3 * * *', 'Europe/Madrid', %s, %s, 600, %s)",
            (f"opsflows.{namespace}", flow, disabled, now + timedelta(minutes=ahead), sla),
        )


def _alerts(conn: Connection) -> None:
    for level, flow, title in (
        ("CRITICAL", "etl_improved", "etl_improved failed: the source answers 503"),
        ("WARNING", "hubspot_sync_contacts", "hubspot_sync_contacts took twice as long as usual"),
        ("INFO", "etl_example", "etl_example took fewer rows than usual"),
    ):
        event = Event(
            event="flow_failed",
            flow_id=flow,
            namespace="opsflows.etl",
            error_class="unavailable",
            title=title,
            message=f"{title}. Attempt 3 of 3, task load_rows.",
            execution_id="5run1",
            level=level,
        )
        fired = book.fire(conn, event)
        if level == "CRITICAL":
            book.fire(conn, event)
        if level == "INFO":
            book.resolve_alert(conn, fired.alert_id, by="test")


def _state(conn: Connection) -> None:
    db.execute(
        conn,
        "insert into ops.breakers (provider, state, failures, code, failed_at, opened_at, cooldown_s, probe_at) values "
        "('hubspot', 'open', 5, 'unavailable', clock_timestamp(), clock_timestamp() - interval '4 minutes', 60, "
        "clock_timestamp() + interval '40 seconds')",
    )
    for number in range(3):
        dead_letters.put(
            conn,
            provider="hubspot",
            kind="leads_event",
            key=f"event-{number}",
            reason="hubspot_properties" if number else "invalid_request",
            error="HubSpot refuses the property city_of_birth.",
            payload={"email": EMAIL},
            execution_id="5run3",
        )
    claims.claim(conn, "whatsapp:message:wamid.HBgL", "7exec/read_ticket", 600)
    claims.claim(conn, "manychat:event:0a1b", "8exec/collect", 600)
    db.execute(
        conn,
        "update ops.claims set lease_until = clock_timestamp() - interval '1 hour' where key = 'manychat:event:0a1b'",
    )


def _leads(conn: Connection) -> None:
    db.execute(
        conn,
        "insert into leads.leads (lead_id, hubspot_id, manychat_id, email, phone, properties, state, sent_at) values "
        "(%s, '90210', 'mc-77', %s, %s, %s, 'synced', clock_timestamp())",
        (LEAD, EMAIL, PHONE, '{"first_name": "Ana", "last_name": "López", "city": "Madrid"}'),
    )
    db.execute(
        conn,
        "insert into leads.leads (lead_id, email, properties, state, problem) values "
        "('L-0000000001', 'bruno@acme.test', '{\"first_name\": \"Bruno\"}', 'refused', 'hubspot_properties')",
    )
    db.execute(
        conn,
        "insert into leads.inbox (key, raw, happened_at, execution_id, state, lead_id, outcome) values "
        "('e1', '{}', clock_timestamp(), '5run4', 'done', %s, 'created'), "
        "('e2', '{}', clock_timestamp(), '5run5', 'waiting', null, null)",
        (LEAD,),
    )
    db.execute(
        conn,
        "insert into leads.sync_log (execution_id, lead_id, hubspot_id, action, properties) values "
        "('5run3', %s, '90210', 'updated', '{email,city}')",
        (LEAD,),
    )
    db.execute(
        conn,
        "insert into leads.sync_runs (mode, state, phase, since, until, execution_id, counts, finished_at) values "
        "('changes', 'done', 'done', clock_timestamp() - interval '1 hour', clock_timestamp(), '5run3', "
        "'{\"pulled\": 12, \"pushed\": 3}', clock_timestamp() + interval '11 seconds')",
    )
