"""The sync and HubSpot's webhooks on the engine: both sides end equal, a plan changes nothing, events arrive signed."""

import re
from typing import Any

import pytest
from flowkit import Receipts, wait_for

from adapters import hubspot
from kit import settings
from leads import mapping
from local.providers.credentials import HUBSPOT_PUBLIC_URL

pytestmark = [pytest.mark.engine]


class Portal:
    """The portal, and the flows of the leads."""

    def __init__(self, stack, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in stack.sandbox.settings().items():
            monkeypatch.setenv(name, value)
        self.secrets = stack.sandbox.secrets()
        monkeypatch.setenv("HUBSPOT_TOKEN", self.secrets["HUBSPOT_TOKEN"])
        self.stack, self.hand, self.seen = stack, stack.providers.hubspot, Receipts(stack)
        client = hubspot.Client(settings.get())
        for item in mapping.load().properties:
            if item.define:
                client.create_property({"name": item.property, **item.define})

    def sync(self, **inputs: str) -> dict[str, Any]:
        execution = self.start(**inputs)
        assert execution["state"]["current"] == "SUCCESS", execution
        return self.seen.outputs(execution["id"])

    def start(self, **inputs: str) -> dict[str, Any]:
        """An execution that has ended."""
        return self.seen.start("leads.leads_sync_hubspot", **inputs)

    def lead(self, contact_id: str) -> dict[str, Any] | None:
        return self.seen.row("select * from leads.leads where hubspot_id = %s", contact_id)


@pytest.fixture
def portal(stack, monkeypatch: pytest.MonkeyPatch) -> Portal:
    stack.providers.reset("hubspot")
    found = Portal(stack, monkeypatch)
    found.seen.rows("with emptied as (delete from leads.leads returning 1) select count(*) from emptied")
    found.seen.rows("with emptied as (delete from leads.sync_runs returning 1) select count(*) from emptied")
    return found


def test_a_plan_a_sync_and_an_event(portal: Portal):
    (contact,) = portal.hand.seed({"email": "ana@ejemplo.es", "firstname": "Ana"})
    planned = portal.sync(dry_run="true")
    assert (planned["outcome"], planned["counts"]) == ("ok", {"added": 1})
    owner = planned["plan"].split("/executions/")[1].split("/", maxsplit=1)[0]
    text = portal.seen.get(f"executions/{owner}/file", path=planned["plan"]).text
    assert f"added,,{contact}" in text.replace(text.splitlines()[1].split(",")[1], "")
    assert portal.lead(contact) is None
    assert portal.sync()["counts"] == {"added": 1}
    assert portal.lead(contact)["properties"]["first_name"] == "Ana"
    hear(portal, contact)


def test_a_refused_token_fails_the_run_and_the_next_one_goes_on(portal: Portal):
    (contact,) = portal.hand.seed({"email": "luz@ejemplo.es", "firstname": "Luz"})
    portal.stack.providers.fault("hubspot", "contacts.list", "status", status=401)
    try:
        execution = portal.start()
    finally:
        portal.stack.providers.clear_faults()
    assert execution["state"]["current"] == "FAILED", execution
    assert portal.start()["state"]["current"] == "SUCCESS"
    assert portal.lead(contact)["properties"]["first_name"] == "Luz"


def hear(portal: Portal, contact: str) -> None:
    """A person edits the contact; HubSpot tells, and a forged post is refused."""
    target = portal.stack.target
    path = f"opsflows.leads/hubspot_events/{portal.secrets['HUBSPOT_WEBHOOK_KEY']}"
    url = f"{target.url}/api/v1/main/executions/webhook/{path}"
    portal.hand.target(url, portal.secrets["HUBSPOT_CLIENT_SECRET"], signed_url=HUBSPOT_PUBLIC_URL)
    portal.hand.edit(contact, firstname="Ana María")
    wait_for(lambda: portal.lead(contact)["properties"]["first_name"] == "Ana María", "the change to arrive")
    (delivery,) = portal.hand.send({"objectId": int(contact)}, forge="body")
    execution = re.search(r'"id":"([^"]+)"', delivery["answer"])
    assert execution, delivery
    refused = portal.seen.outputs(execution[1])
    assert (refused["outcome"], refused["events"]) == ("signature_mismatch", {})
    portal.hand.no_target()
