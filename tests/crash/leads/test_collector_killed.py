"""kill -9 of the collector at each of its steps: the next run loses no lead, doubles none, and knows what it wrote."""

import json

import cut_short
import pytest

from adapters import hubspot, manychat
from kit import db, queries, settings, task
from leads import answer, inbox, mapping, run_collector, webhook
from local.providers.client import SandboxClient

pytestmark = pytest.mark.slow
CTX = task.Context(execution_id="after")
NEW, KNOWN = 4, "eva@ejemplo.es"
# A collector, and the task that tells ManyChat.
WORK = """
from kit import task
from leads import answer, run_collector
ctx = task.Context(execution_id="killed")
run_collector.run(run_collector.Inputs(), ctx)
answer.run(answer.Inputs(), ctx)
"""
PORTAL, BOT = ("adapters.hubspot", "Client"), ("adapters.manychat", "Client")
POINTS = {
    "the batch is claimed, not committed": ("leads.people", "", "gather", "after", 1),
    "before HubSpot is called": (*PORTAL, "batch_create", "before", 1),
    "HubSpot made the contacts": (*PORTAL, "batch_create", "after", 1),
    "the contacts are noted, not committed": ("leads.inbox", "", "record", "after", NEW),
    "HubSpot changed a contact": (*PORTAL, "batch_update", "after", 1),
    "all is recorded, ManyChat not told": ("leads.answer", "", "run", "before", 1),
    "ManyChat was told, not noted": (*BOT, "set_fields", "after", 2),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_collector_is_gone_on_with(
    sandbox: SandboxClient, conn: db.Connection, point: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPSFLOWS_LEADS_WINDOW_S", "0")
    portal = hubspot.Client(settings.get())
    for item in mapping.load().properties:
        if item.define:
            portal.create_property({"name": item.property, **item.define})
    there = portal.create({"email": KNOWN, "firstname": "Sra. Eva"})
    emails = [f"neu{number}@ejemplo.es" for number in range(NEW)] + [KNOWN]
    people = dict(zip(emails, sandbox.manychat.seed(*({"first_name": "Neu"} for _ in emails)), strict=True))
    for email, who in people.items():
        post(conn, id=who, email=email, first_name="Ana", last_name="Ruiz", last_interaction="2026-11-21T10:00:00Z")
    cut_short.kill(conn, POINTS[point], WORK)
    run()
    assert {row["state"] for row in rows(conn, "select state from leads.inbox")} == {"done"}
    assert {row["answer"] for row in rows(conn, "select answer from leads.inbox")} == {"done"}
    assert not rows(conn, "select 1 from ops.dead_letters")
    assert not rows(conn, "select 1 from leads.troubles")
    assert len(portal.list(["email"]).results) == len(people)
    contacts = {contact.properties["email"]: contact for contact in portal.batch_read(emails, ["email"], "email")}
    bot = manychat.Client(settings.get())
    for email, who in people.items():
        assert contacts[email].id in str(bot.info(who)["custom_fields"])
    assert contacts[KNOWN].id == there.id

    # What the killed run wrote is ours to renew, and of a new contact what it left empty; what others wrote is not.
    for email, who in people.items():
        post(conn, id=who, email=email, first_name="Anita", last_name="Sanz", last_interaction="2026-11-21T11:00:00Z")
        post(conn, id=who, email=email, utm_source="ads", last_interaction="2026-11-21T09:00:00Z")
    run()
    names = ["email", "firstname", "lastname", "utm_source"]
    found = {record.properties["email"]: record.properties for record in portal.batch_read(emails, names, "email")}
    expected = {"firstname": "Anita", "lastname": "Sanz", "utm_source": "ads"}
    assert {email: pick(found[email]) for email in emails[:-1]} == dict.fromkeys(emails[:-1], expected)
    assert pick(found[KNOWN]) == {"firstname": "Sra. Eva", "lastname": "Sanz", "utm_source": None}
    assert {str(row["intents"]) for row in rows(conn, "select intents from leads.leads")} == {"[]"}


def post(conn: db.Connection, **body: str) -> None:
    inbox.store(conn, webhook.parse(json.dumps(body).encode()), "posted", 0.0)


def run() -> None:
    run_collector.run(run_collector.Inputs(), CTX)
    answer.run(answer.Inputs(), CTX)


def rows(conn: db.Connection, query: str) -> list[queries.Row]:
    return db.fetch_all(conn, query)


def pick(properties: dict[str, str | None]) -> dict[str, str | None]:
    return {name: properties[name] for name in ("firstname", "lastname", "utm_source")}
