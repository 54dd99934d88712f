"""Leads against the sandbox's HubSpot and a real Postgres."""

import itertools
import json

import pytest

from adapters import hubspot
from kit import db, http, settings
from leads import collect, inbox, mapping, webhook
from tests.kit_support import conn, dsn, migrated

__all__ = ["conn", "dsn", "migrated"]

QUICK = http.RetryPolicy(attempts=2, total_s=8.0, connect_s=2.0, read_s=2.0, wait_initial_s=0.01, wait_max_s=0.05)
# A property of the map that nobody made in the portal.
LACKING = "manychat_locale"
_numbers = itertools.count(1)


@pytest.fixture
def portal(sandbox, dsn, monkeypatch):  # noqa: ARG001 - the sandbox sets the environment that is read here
    """HubSpot with our properties but one; the window of leads is closed at once."""
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    monkeypatch.setenv("OPSFLOWS_LEADS_WINDOW_S", "0")
    client = hubspot.Client(settings.get(), policy=QUICK)
    for item in mapping.load().properties:
        if item.define and item.property != LACKING:
            client.create_property({"name": item.property, **item.define})
    return client


class Leads:
    """Events in, contacts out."""

    def __init__(self, conn, portal, sandbox):
        self.conn, self.portal, self.sandbox = conn, portal, sandbox

    def post(self, **body):
        """Store an event; returns its key."""
        given = {"request_id": f"r{next(_numbers)}", "last_interaction": "2026-11-21T10:00:00Z", **body}
        event = webhook.parse(json.dumps(given).encode())
        inbox.store(self.conn, event, "e1", 0.0)
        return event.key

    def collect(self, execution_id="e1"):
        return collect.Collector(self.conn, lambda: self.portal, execution_id, answer=True).run()

    def take(self, **body):
        key = self.post(**body)
        return key, self.collect()

    def contact(self, value, name="email"):
        found = self.portal.batch_read([value], mapping.load().names(), name)
        return found[0].properties if found else None

    def event(self, key):
        return db.fetch_one(self.conn, "select * from leads.inbox where key = %s", (key,))

    def calls(self):
        """How many calls HubSpot had."""
        return len(self.sandbox.calls("hubspot"))

    def contacts(self):
        """How many contacts there are."""
        return len(self.portal.list(["email"]).results)

    def forget(self):
        """Lose what was recorded of the contacts, as a crash does between HubSpot's answer and the commit."""
        db.execute(self.conn, "update leads.leads set hubspot_id = null, sent = '{}', state = 'new'")

    def rows(self, sql):
        return db.fetch_all(self.conn, sql)


@pytest.fixture
def leads(conn, portal, sandbox):
    return Leads(conn, portal, sandbox)
