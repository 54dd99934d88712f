"""HubSpot's events reach the leads: signed, once, in any order."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from synckit import Sync

from adapters.hubspot import signature
from kit import secrets, task
from leads import events

URL = "https://hooks.example.com/hooks/hubspot"


@pytest.fixture
def hear(sync: Sync, monkeypatch: pytest.MonkeyPatch):  # noqa: ARG001 - it sets the environment
    """Posts events to the task, signed unless told otherwise; gives what became of them, or the refusal."""
    monkeypatch.setenv("OPSFLOWS_HUBSPOT_WEBHOOK_URL", URL)
    secret = secrets.get("HUBSPOT_CLIENT_SECRET")

    def post(*found: dict[str, Any], url: str = URL, signed_at: float | None = None, body: bytes = b"", **sent: bytes):
        body = body or json.dumps(found).encode()
        now = time.time()
        stamp = str(round((now if signed_at is None else now + signed_at) * 1000))
        signed = signature.sign("POST", url, sent.get("signed", body), stamp, secret)
        headers = {"X-Hubspot-Signature-V3": [signed], "X-Hubspot-Request-Timestamp": [stamp]}
        Path("body.bin").write_bytes(body)
        inputs = events.Inputs(
            body_file="body.bin", headers=json.dumps(headers), received_at=datetime.fromtimestamp(now, UTC)
        )
        made = events.run(inputs, task.Context(execution_id="hearing"))
        return made.get("outcome", {}).get("code") or made["events"]

    return post


def changed(contact: str, name: str, value: str, at: int = 1000, **more: Any) -> dict[str, Any]:
    return {
        "eventId": at,
        "subscriptionId": 1,
        "portalId": 1,
        "occurredAt": round(time.time() * 1000) + at,
        "subscriptionType": "contact.propertyChange",
        "attemptNumber": 0,
        "objectId": int(contact),
        "propertyName": name,
        "propertyValue": value,
        **more,
    }


def told(contact: str, kind: str, **more: Any) -> dict[str, Any]:
    event = changed(contact, "", "", **more) | {"subscriptionType": f"contact.{kind}"}
    return {name: value for name, value in event.items() if not name.startswith("property")}


@pytest.fixture
def contact(sync: Sync) -> str:
    (made,) = sync.portal.seed({"email": "a@ejemplo.es", "firstname": "Ana"})
    sync.run()
    return made


def test_a_change_reaches_the_lead_once(sync: Sync, hear, contact: str):
    event = changed(contact, "firstname", "Ana María")
    assert hear(event) == {"pulled": 1}
    assert hear(event | {"attemptNumber": 3}) == {"repeated": 1}
    assert sync.lead_of(contact)["properties"]["first_name"] == "Ana María"


def test_the_latest_change_counts_in_any_order(sync: Sync, hear, contact: str):
    hear(changed(contact, "phone", "+34600000003", at=3000))
    assert hear(changed(contact, "phone", "+34600000002", at=2000)) == {"same": 1}
    assert sync.lead_of(contact)["phone"] == "+34600000003"
    assert hear(changed(contact, "phone", "", at=4000)) == {"pulled": 1}
    assert sync.lead_of(contact)["phone"] is None


def test_what_we_have_changed_meanwhile_is_kept_and_sent(sync: Sync, hear, contact: str):
    lead = sync.lead_of(contact)["lead_id"]
    sync.change(lead, datetime.fromtimestamp(time.time() + 60, UTC), locale="fr")
    assert hear(changed(contact, "manychat_locale", "en")) == {"kept": 1}
    assert sync.lead(lead)["properties"]["locale"] == "fr"


def test_deleted_restored_and_merged_contacts(sync: Sync, hear, contact: str):
    (other,) = sync.portal.seed({"email": "b@ejemplo.es"})
    sync.run()
    assert hear(told(contact, "deletion")) == {"gone": 1}
    assert sync.lead_of(contact)["state"] == "deleted"
    assert hear(told(contact, "restore", at=2000)) == {"restored": 1}
    merge = told(contact, "merge", at=3000) | {"primaryObjectId": int(contact), "mergedObjectIds": [int(other)]}
    assert hear(merge) == {"merged": 1}
    assert sync.leads() == 1
    assert hear(told(other, "privacyDeletion", at=4000)) == {"same": 1}


def test_an_address_of_somebody_else_is_not_taken(sync: Sync, hear, contact: str):
    sync.portal.seed({"email": "b@ejemplo.es"})
    sync.run()
    assert hear(changed(contact, "email", "b@ejemplo.es")) == {"kept": 1}
    assert sync.lead_of(contact)["email"] == "a@ejemplo.es"


def test_what_does_not_concern_us_is_counted(hear, contact: str):
    company = told(contact, "creation") | {"subscriptionType": "company.creation"}
    found = hear(company, changed(contact, "jobtitle", "x"), changed("999", "firstname", "x"), {"nothing": 1})
    assert found == {"other": 2, "not_mapped": 1, "unknown": 1}


def test_a_body_of_another_form_is_refused(hear):
    assert hear(body=b"[") == "malformed_json"
    assert hear(body=b'{"eventId": 1}') == "malformed_body"


@pytest.mark.parametrize(("seconds", "code"), [(-299, None), (-301, "signature_stale"), (301, "signature_future")])
def test_the_time_of_signing_is_bound_both_ways(hear, seconds: float, code: str | None):
    assert hear(signed_at=seconds, body=b"[]") == (code or {})


def test_what_is_not_signed_as_it_came_is_refused(hear, sync: Sync, contact: str):
    event = changed(contact, "firstname", "Eve")
    assert hear(event, signed=b"[]") == "signature_mismatch"
    assert hear(event, url=URL + "?x") == "signature_mismatch"
    assert sync.lead_of(contact)["properties"]["first_name"] == "Ana"
