"""Events become contacts: made, changed as the modes allow, and never doubled."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kit import db
from leads import collect

ROOT = Path(__file__).resolve().parents[3]

ANA = {"id": 7, "email": "ana@ejemplo.es", "first_name": "ANA", "phone": "600 111 222", "consent": "sí"}


def test_a_new_lead_is_a_contact(leads):
    key, made = leads.take(**ANA, utm_source="ads")
    assert (made.state, made.kinds, made.batches) == ("collected", {"created": 1}, 1)
    contact = leads.contact("ana@ejemplo.es")
    assert contact["firstname"] == "Ana"
    assert contact["phone"] == "+34600111222"
    assert contact["lifecyclestage"] == "lead"
    assert contact["consentimiento"] == "true"
    assert (contact["manychat_id"], contact["utm_source"]) == ("7", "ads")
    event = leads.event(key)
    assert (event["state"], event["outcome"], event["answer"]) == ("done", "created", "due")
    assert leads.collect().state == "idle"


def test_a_lead_without_an_address_is_known_by_its_manychat_id(leads):
    leads.take(id=7, first_name="Ana")
    leads.take(**ANA)
    contact = leads.contact("7", "manychat_id")
    assert contact["email"] == "ana@ejemplo.es"
    assert leads.contacts() == 1


def test_what_others_wrote_is_not_overwritten(leads):
    made = leads.portal.create({"email": "ana@ejemplo.es", "firstname": "Sra. Ana", "lifecyclestage": "customer"})
    _, collected = leads.take(**ANA, last_name="López", utm_source="ads")
    assert collected.kinds == {"updated": 1}
    contact = leads.contact("ana@ejemplo.es")
    assert contact["firstname"] == "Sra. Ana"
    assert contact["lastname"] == "López"
    assert contact["lifecyclestage"] == "customer"
    assert contact["utm_source"] is None
    assert contact["manychat_id"] == "7"
    (row,) = leads.rows("select hubspot_id, sent from leads.leads")
    assert row["hubspot_id"] == made.id
    assert "firstname" not in row["sent"]


def test_nothing_travels_when_nothing_is_new(leads):
    leads.take(**ANA)
    _, again = leads.take(**ANA)
    assert again.kinds == {"unchanged": 1}


def test_a_burst_is_a_few_calls(leads):
    for number in range(230):
        leads.post(id=number, email=f"lead{number}@ejemplo.es")
    before = leads.calls()
    made = leads.collect()
    assert (made.events, made.batches, made.kinds) == (230, 3, {"created": 230})
    assert leads.calls() - before == 3


def test_a_property_that_is_refused_stays_out_and_is_reported(leads):
    key, made = leads.take(id=9, email="luz@ejemplo.es", first_name="Luz", locale="es_MX")
    assert (made.kinds, made.troubles) == ({"created": 1}, 1)
    assert leads.event(key)["state"] == "done"
    (trouble,) = leads.rows("select code, property from leads.troubles")
    assert (trouble["code"], trouble["property"]) == ("property_refused", "manychat_locale")
    assert leads.contact("luz@ejemplo.es")["firstname"] == "Luz"


def test_an_address_of_somebody_else_is_reported_and_not_guessed(leads):
    leads.take(id=7, first_name="Ana")
    leads.take(id=9, email="eva@ejemplo.es")
    _, made = leads.take(id=7, email="eva@ejemplo.es", last_name="Ruiz")
    assert made.kinds == {"updated": 1}
    assert leads.contact("eva@ejemplo.es")["lastname"] == "Ruiz"
    assert leads.contact("7", "manychat_id")["lastname"] is None
    assert [row["code"] for row in leads.rows("select code from leads.troubles")] == ["id_of_another"]


def test_a_contact_that_was_made_but_not_recorded_is_found_again(leads):
    leads.take(**ANA)
    key = leads.post(**ANA | {"first_name": "Anita"}, last_interaction="2026-11-21T11:00:00Z")
    leads.forget()
    made = leads.collect()
    assert made.kinds == {"updated": 1}
    assert leads.event(key)["outcome"] == "updated"
    assert leads.contacts() == 1


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_events_does_not_matter(leads, order):
    events = (
        {"first_name": "Ana", "utm_source": "ads", "last_interaction": "2026-11-21T10:00:00Z", "consent": "sí"},
        {"first_name": "Anna", "utm_source": "bot", "last_interaction": "2026-11-21T11:00:00Z", "phone": "600111222"},
        {"last_name": "Ruiz", "last_interaction": "2026-11-21T12:00:00Z", "consent": "no"},
    )
    for number in order:
        leads.take(id=7, email="ana@ejemplo.es", **events[number])
    contact = leads.contact("ana@ejemplo.es")
    assert [contact[name] for name in ("firstname", "lastname", "phone", "utm_source", "consentimiento")] == [
        "Anna",
        "Ruiz",
        "+34600111222",
        "ads",
        "false",
    ]
    assert contact["manychat_last_interaction"].startswith("2026-11-21T12:00:00")


def test_storing_an_event_loads_no_library_that_reads_it(conn, dsn, portal, tmp_path):  # noqa: ARG001 - the environment
    """Each post pays for its imports; all but one of a burst only store."""
    body = tmp_path / "body.bin"
    body.write_text(json.dumps(ANA | {"last_interaction": "2026-11-21T10:00:00Z"}))
    given = {
        "PYTHONPATH": str(ROOT / "scripts"),
        "OPSFLOWS_PG_DSN": dsn,
        "OPSFLOWS_MANYCHAT_SECRET": "ours-and-long-enough",
        "INPUT_BODY_FILE": str(body),
        "INPUT_HEADERS": json.dumps({"X-Webhook-Secret": ["ours-and-long-enough"]}),
    }
    with db.advisory_lock_if_free(conn, collect.LOCK) as ours:
        assert ours
        child = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "leads.intake"],
            env=os.environ | given,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    assert '"lead": "stored"' in child.stdout
    assert '"state": "elsewhere"' in child.stdout
    loaded = {line.rsplit("|", 1)[-1].strip() for line in child.stderr.splitlines() if line.startswith("import time:")}
    assert "leads.inbox" in loaded
    assert not loaded & {
        "phonenumbers",
        "email_validator",
        "requests",
        "leads.model",
        "leads.mapping",
        "adapters.hubspot",
    }
