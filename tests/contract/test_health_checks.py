"""health_check against a real Postgres and the provider sandbox: what it finds, and that one check hides no other."""

import json
import os
import re
import subprocess
import threading
import time
from types import SimpleNamespace

import pytest

from kit import db, task
from kit.errors import UnavailableError
from platform_tasks.health import check, database, engine, looking, machine
from platform_tasks.health.model import Check, Finding, Result, graded
from tests.kit_support import conn, dsn, migrated

__all__ = ["conn", "dsn", "migrated"]
CTX = task.Context(execution_id="e1")


@pytest.fixture
def at_home(dsn, sandbox, monkeypatch):
    """Everything is set up."""
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    return sandbox


def states(results):
    return {one.check.name: one.finding.state for one in results if one.finding}


def alerts(conn):
    rows = db.fetch_all(conn, "select error_class, event, level, state from ops.alerts order by alert_id")
    return [tuple(row.values()) for row in rows]


def result(name, state, *, critical=False):
    return Result(Check(name, lambda: None, critical=critical), Finding(state, "seen"), 1)


@pytest.mark.usefixtures("at_home")
def test_everything_that_is_set_up_is_well(conn):
    found = check.run(check.Inputs(deadline_s=30), CTX)
    providers = {"whatsapp", "google_sheets", "slack", "openai", "hubspot", "manychat", "vault", "etl_api"}
    bad = {name: one for name, one in found["checks"].items() if one["state"] != "ok" and name != "disk"}
    assert bad == {}
    assert providers & {one.name for one in check.CHECKS} == providers
    assert {"database", "database_schema", "slack", "email", "pagerduty", "openai", "hubspot", "manychat"} <= set(
        found["checks"]
    )
    assert "engine" not in found["checks"]  # Kestra is not set up here
    stored = db.fetch_all(conn, "select name, state, took_ms, failures from ops.health_checks")
    assert {row["name"] for row in stored} == set(found["checks"])
    assert {row["failures"] for row in stored} == {0}


@pytest.mark.usefixtures("at_home")
def test_a_key_that_is_refused_fails_its_own_check_only(conn, monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-revoked-canary-0123456789")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-revoked-canary-0123456789")
    found = check.run(check.Inputs(deadline_s=30), CTX)["checks"]
    assert {name for name, one in found.items() if one["state"] == "failed"} == {"slack", "openai"}
    assert "canary" not in str(found)
    rows = db.fetch_all(conn, "select detail from ops.health_checks")
    assert "canary" not in str(rows)


@pytest.mark.usefixtures("at_home")
def test_a_mail_server_that_is_away_and_a_routing_key_of_nobody_are_seen(conn, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_SMTP_PORT", "1")
    monkeypatch.setenv("PAGERDUTY_ROUTING_KEY", "R0UTINGKEY0F0NOBODY0CANARY012345")
    found = check.run(check.Inputs(deadline_s=30), CTX)["checks"]
    assert {name for name, one in found.items() if one["state"] == "failed"} == {"email", "pagerduty"}
    assert "CANARY" not in str(found) + str(db.fetch_all(conn, "select detail from ops.health_checks"))


@pytest.mark.usefixtures("at_home")
def test_a_check_that_crashes_or_refuses_hides_no_other():
    checks = [one for one in check.CHECKS if one.name in ("slack", "database")]
    broken = Check("broken", lambda: 1 / 0)
    refused = Check("refused", refuse)
    found = looking.look([broken, *checks, refused], 10)
    assert states(found) == {"broken": "failed", "slack": "ok", "database": "ok", "refused": "failed"}
    assert found[0].finding.detail.startswith("ZeroDivisionError")
    assert found[3].finding.detail.startswith("unavailable")


def refuse():
    raise UnavailableError("It is away.", provider="x")


def test_a_check_that_hangs_ends_with_the_deadline():
    release = threading.Event()
    began = time.monotonic()
    quick = Check("quick", lambda: Finding("ok", ""))
    found = looking.look([Check("hangs", lambda: release.wait() and None), quick], 0.2)
    assert time.monotonic() - began < 5
    release.set()
    assert states(found) == {"hangs": "failed", "quick": "ok"}
    assert found[0].finding.detail == "No answer within 0 seconds."


def test_a_provider_is_told_of_at_its_second_failure_and_its_end(conn):
    check.record(conn, [result("slack", "failed")], CTX)
    assert alerts(conn) == []
    check.record(conn, [result("slack", "failed")], CTX)
    assert alerts(conn) == [("slack", "health_failed", "WARNING", "firing")]
    check.record(conn, [result("slack", "failed")], CTX)
    assert len(alerts(conn)) == 1
    check.record(conn, [result("slack", "ok")], CTX)
    assert alerts(conn) == [("slack", "health_failed", "WARNING", "resolved")]
    check.record(conn, [result("slack", "failed")], CTX)
    assert len(alerts(conn)) == 1  # the count began anew


def test_what_everything_needs_is_told_at_once_and_loudly(conn):
    check.record(conn, [result("engine", "failed", critical=True)], CTX)
    assert alerts(conn) == [("engine", "health_failed", "CRITICAL", "firing")]


def test_a_warning_becomes_a_failure_of_the_same_trouble(conn):
    check.record(conn, [result("disk", "warning")], CTX)
    for _ in range(2):
        check.record(conn, [result("disk", "failed")], CTX)
    [(name, _event, level, state)] = alerts(conn)
    assert (name, level, state) == ("disk", "WARNING", "firing")


def test_what_is_not_set_up_any_more_has_no_state_and_no_alert(conn):
    for _ in range(2):
        check.record(conn, [result("slack", "failed")], CTX)
    check.record(conn, [Result(Check("slack", lambda: None), None, 1)], CTX)
    assert db.fetch_all(conn, "select name from ops.health_checks") == []
    assert alerts(conn) == [("slack", "health_failed", "WARNING", "resolved")]


def test_a_check_that_a_release_has_no_more_has_no_state_and_no_alert(conn, monkeypatch):
    for _ in range(2):
        check.record(conn, [result("slack", "failed")], CTX)
    monkeypatch.setattr(check, "CHECKS", [one for one in check.CHECKS if one.name != "slack"])
    check.record(conn, [result("disk", "ok")], CTX)
    assert [row["name"] for row in db.fetch_all(conn, "select name from ops.health_checks")] == ["disk"]
    assert alerts(conn) == [("slack", "health_failed", "WARNING", "resolved")]


def test_since_says_how_long_it_has_been_so(conn):
    check.record(conn, [result("disk", "ok")], CTX)
    first = db.fetch_one(conn, "select since, checked_at from ops.health_checks")
    check.record(conn, [result("disk", "ok")], CTX)
    second = db.fetch_one(conn, "select since, checked_at from ops.health_checks")
    check.record(conn, [result("disk", "warning")], CTX)
    third = db.fetch_one(conn, "select since from ops.health_checks")
    assert first["since"] == second["since"] < third["since"]
    assert first["checked_at"] < second["checked_at"]


@pytest.mark.usefixtures("at_home")
def test_an_old_transaction_and_a_missing_migration_are_seen(conn, dsn, monkeypatch):
    monkeypatch.setattr(database, "_OLD_S", (0.0, 1e9))
    with db.connect(dsn) as other, db.transaction(other):
        db.execute(other, "select 1")
        assert database.transactions().state == "warning"
    version = db.fetch_one(conn, "select max(version) as v from ops.schema_migrations")["v"]
    with db.transaction(conn):
        db.execute(conn, "update ops.schema_migrations set version = version + 9000 where version = %s", (version,))
    assert database.schema().state == "ok"
    db.execute(conn, "update ops.schema_migrations set version = version - 9000 where version > 9000")
    monkeypatch.setattr("platform_tasks.migrate.read", lambda _folder: [type("M", (), {"version": version + 1})])
    assert database.schema().state == "failed"


@pytest.mark.usefixtures("at_home")
def test_the_limit_of_our_own_role_counts(conn):
    """The tests' role is a superuser, whom its limit does not keep out."""
    assert database.connections().state == "ok"
    limit = "do $$ begin execute format('alter role %I connection limit ' || {}, current_user); end $$"
    try:
        db.execute(conn, limit.format(1))
        found = database.connections()
    finally:
        db.execute(conn, limit.format(-1))
    assert found.state == "failed"
    assert found.detail.endswith(" of the 1 connections of our role are taken.")


@pytest.mark.usefixtures("at_home")
def test_a_clock_that_is_off_is_seen(monkeypatch):
    assert database.clock().state == "ok"
    real = time.time
    monkeypatch.setattr(database.time, "time", lambda: real() + 30)
    assert database.clock().state == "warning"
    monkeypatch.setattr(database.time, "time", lambda: real() - 300)
    assert database.clock().state == "failed"


@pytest.mark.parametrize(("value", "state"), [(0.79, "ok"), (0.8, "warning"), (0.94, "warning"), (0.95, "failed")])
def test_figures_are_judged_by_their_bounds(value, state):
    assert graded(value, 0.8, 0.95, "").state == state


def test_certificates_are_judged_by_their_days():
    found = [machine._judged(days, "x").state for days in (90, 15, 14, 4, 3, -1)]
    assert found == ["ok", "ok", "warning", "warning", "failed", "failed"]


def test_a_disk_is_full_when_nothing_is_left_for_us(monkeypatch):
    """Of 100 GB, five are kept for the superuser."""
    said = holding(monkeypatch, blocks=25_000_000, bfree=2_500_000, bavail=1_250_000)
    assert machine.disk().state == "warning"
    said |= {"f_bfree": 1_500_000, "f_bavail": 250_000}
    assert machine.disk().state == "failed"
    assert machine.disk().detail == "The disk is 99% full; 1.0 GB are free."


def test_a_disk_is_full_when_it_can_hold_no_more_files(monkeypatch):
    said = holding(monkeypatch, ffree=50, favail=50)
    assert machine.disk().state == "failed"
    assert machine.disk().detail == "95% of the files that the disk can hold exist; 50 are left."
    said |= {"f_ffree": 210, "f_favail": 200}
    assert machine.disk().state == "ok"


def test_a_disk_without_a_number_of_files_is_judged_by_its_space(monkeypatch):
    holding(monkeypatch, files=0, ffree=0, favail=0)
    assert machine.disk().detail == "The disk is 10% full; 90.0 GB are free."


def test_a_disk_is_judged_as_df_does():
    told = subprocess.run(["df", "--output=pcent,ipcent", "."], capture_output=True, text=True, check=True).stdout
    worst = max(int(share) for share in re.findall(r"(\d+)%", told))
    assert machine.disk().value == pytest.approx(worst / 100, abs=0.02)


def holding(monkeypatch, **figures):
    """A disk of 100 GB, a tenth of it full, unless figures say otherwise; they may be changed in what returns."""
    space = {"blocks": 25_000_000, "bfree": 22_500_000, "bavail": 22_500_000, "frsize": 4000}
    files = {"files": 1000, "ffree": 990, "favail": 990}
    said = {f"f_{name}": value for name, value in (space | files | figures).items()}
    monkeypatch.setattr(machine.os, "statvfs", lambda _path: SimpleNamespace(**said))
    return said


def test_of_our_addresses_the_certificate_that_ends_first_counts(monkeypatch):
    days = {"console.opsflows.example": 60, "kestra.opsflows.example": 2}
    monkeypatch.setattr(machine, "days_left", lambda host, *_rest: days[host])
    monkeypatch.setenv("OPSFLOWS_CONSOLE_URL", "https://console.opsflows.example")
    monkeypatch.setenv("OPSFLOWS_KESTRA_PUBLIC_URL", "https://kestra.opsflows.example:8443")
    found = machine.edge_certificate()
    assert (found.state, found.value) == ("failed", 2.0)
    assert "kestra.opsflows.example" in found.detail


@pytest.mark.usefixtures("at_home")
def test_without_kestra_and_tls_there_is_nothing_to_see():
    assert [engine.answers(), engine.queue(), engine.stuck(), engine.clock()] == [None] * 4
    assert machine.database_certificate() is None
    assert machine.edge_certificate() is None


def test_a_provider_that_puts_our_key_into_its_refusal_is_told_of_without_it(at_home, conn):
    token = os.environ["SLACK_BOT_TOKEN"]
    leak = json.dumps({"ok": False, "error": "invalid_auth", "detail": token})
    at_home.fault("slack", "auth.test", "status", status=200, body=leak)
    for _ in range(2):
        assert check.run(check.Inputs(deadline_s=30), CTX)["checks"]["slack"]["state"] == "failed"
    assert alerts(conn) == [("slack", "health_failed", "WARNING", "firing")]
    told = db.fetch_all(conn, "select a::text || h::text as text from ops.alerts a, ops.health_checks h")
    assert told
    assert token not in str(told)
