"""Alerts on a real Postgres, told to the real sandbox by day."""

import pytest

from kit import db
from platform_tasks.alerts import rules
from tests.kit_support import conn, dsn, migrated

__all__ = ["conn", "dsn", "migrated"]


@pytest.fixture(autouse=True)
def by_day(monkeypatch):
    """No quiet hours, whatever the clock says."""
    loud = rules.load().model_copy(update={"quiet_hours": None})
    monkeypatch.setattr(rules, "load", lambda: loud)


@pytest.fixture
def told(sandbox, dsn, monkeypatch):
    """The sandbox, whose settings and secrets are set, with the database."""
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    return sandbox


@pytest.fixture
def make_due(conn):
    """Lets time pass: what waits or is claimed is due now."""

    def pass_time():
        db.execute(
            conn,
            "update ops.alert_deliveries set due_at = clock_timestamp(), claimed_until = clock_timestamp()"
            " where state in ('pending', 'sending') or (state = 'unknown' and due_at < 'infinity')",
        )

    return pass_time
