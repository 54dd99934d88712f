"""A post of ManyChat through the real engine: acknowledged at once, in HubSpot seconds later, once."""

import json
import time

import pytest
import requests
from flowkit import Receipts, start, wait_for

from adapters import hubspot
from kit import settings, webhooks
from leads import mapping

pytestmark = [pytest.mark.engine]
FLOW = "opsflows.leads/leads_manychats_to_hubspot"


class Posts:
    """ManyChat's side, and what comes of it."""

    def __init__(self, stack, monkeypatch):
        for name, value in stack.sandbox.settings().items():
            monkeypatch.setenv(name, value)
        self.stack, self.secrets = stack, stack.sandbox.secrets()
        monkeypatch.setenv("HUBSPOT_TOKEN", self.secrets["HUBSPOT_TOKEN"])
        self.portal = hubspot.Client(settings.get())
        self.seen = Receipts(stack)

    def define(self):
        for item in mapping.load().properties:
            if item.define:
                self.portal.create_property({"name": item.property, **item.define})

    def signature(self, signed, secret=None):
        """The header that the edge sends on in place of ManyChat's secret."""
        known = secret or self.secrets["OPSFLOWS_MANYCHAT_SECRET"]
        return {"X-Hub-Signature-256": f"sha256={webhooks.sign_sha256(signed, known)}"}

    def send(self, body, secret=None):
        """Post an event; returns the execution."""
        url = f"{self.stack.target.url}/api/v1/main/executions/webhook/{FLOW}/{self.secrets['MANYCHAT_WEBHOOK_KEY']}"
        sent = json.dumps(body).encode()
        headers = self.signature(sent, secret) | {"Content-Type": "application/json"}
        answer = requests.post(url, data=sent, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()["id"]

    def contact(self, email):
        found = self.portal.batch_read([email], mapping.load().names(), "email")
        return found[0] if found else None


@pytest.fixture
def posts(stack, monkeypatch):
    stack.providers.reset("hubspot")
    made = Posts(stack, monkeypatch)
    made.define()
    return made


def test_a_lead_is_a_contact_once_and_a_forged_one_is_none(posts):
    body = {"id": 4711, "email": "ana@ejemplo.es", "first_name": "ANA", "last_interaction": "2026-11-21T10:00:00Z"}
    began = time.monotonic()
    executions = [posts.send(body), posts.send(body)]
    forged = posts.send(body | {"email": "mal@ejemplo.es"}, secret="not-the-secret")
    contact = wait_for(lambda: posts.contact("ana@ejemplo.es"), "the contact", 60)
    print(f"{time.monotonic() - began:.1f} s")
    outputs = [posts.seen.outputs(execution) for execution in executions]
    assert sorted(found["lead"] for found in outputs) == ["repeated", "stored"]
    assert {found["outcome"] for found in outputs} == {"ok"}
    refused = posts.seen.outputs(forged)
    assert (refused["outcome"], refused["lead"]) == ("signature_mismatch", "none")
    assert contact.properties["firstname"] == "Ana"
    assert posts.contact("mal@ejemplo.es") is None
    (event,) = posts.seen.rows("select deliveries, state, outcome from leads.inbox where raw ->> 'id' = '4711'")
    assert event == {"deliveries": 2, "state": "done", "outcome": "created"}


def test_a_run_without_a_post_writes_what_was_left(posts):
    """What a crash or a bad hour left waits for the next run, whatever starts it."""
    raw = json.dumps({"id": 4712, "email": "luz@ejemplo.es"})
    lead = json.dumps({"manychat_id": "4712", "email": "luz@ejemplo.es"})
    posts.seen.rows(
        "insert into leads.inbox (key, raw, lead, happened_at, execution_id) values ('k4712', %s, %s, now(), 'gone')"
        " returning key",
        raw,
        lead,
    )
    collected = _start(posts, "leads_collect").get("collected")
    # Where the run of this minute was at it, ours was cancelled and has no outputs.
    assert collected is None or collected["state"] in {"collected", "elsewhere", "idle"}
    wait_for(lambda: posts.contact("luz@ejemplo.es"), "the contact", 60)


def _start(posts, flow, **inputs):
    return posts.seen.outputs(start(posts.stack, f"leads.{flow}", **inputs))


def test_properties_are_made_and_a_state_is_set_by_a_person_and_by_a_post(posts):
    assert _start(posts, "hubspot_setup")["created"] == ["estado_interes"]
    contact = posts.portal.create({"email": "eva@ejemplo.es"}).id
    asked = {"hubspot_contact_id": contact, "nuevo_estado": "interesado"}
    assert _start(posts, "hubspot_update_estado_interes", **asked) == {"resultado": "Éxito"}
    url = (
        f"{posts.stack.target.url}/api/v1/main/executions/webhook/opsflows.leads/hubspot_update_estado_interes/"
        + posts.secrets["MANYCHAT_WEBHOOK_KEY"]
    )
    headers = posts.signature(f"{contact}\nquizás".encode())
    answer = requests.post(url, json=asked | {"nuevo_estado": "quizás"}, headers=headers, timeout=60)
    assert answer.status_code == 200
    assert answer.json()["resultado"].startswith("OPCION_INVALIDA: ")


def test_a_person_is_erased_by_the_flow(posts):
    found = _start(posts, "leads_erasure", person="ana@ejemplo.es", dry_run="false")
    assert found["outcome"] == "ok"
    assert posts.seen.rows("select 1 from leads.leads where email = 'ana@ejemplo.es'") == []
