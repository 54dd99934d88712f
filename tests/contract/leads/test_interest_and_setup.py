"""The state of interest, the set-up of properties, erasure and replay, against the sandbox's HubSpot."""

import json

import pytest

from adapters import manychat
from kit import dead_letters, replays, settings, task, webhooks
from leads import answer, erase, interest, report, setup

CTX = task.Context(execution_id="e9")


@pytest.fixture
def contact(portal):
    setup.run(setup.Inputs(), CTX)
    return portal.create({"email": "ana@ejemplo.es"}).id


def _set(contact_id, state, **more):
    return interest.run(interest.Inputs(hubspot_contact_id=contact_id, nuevo_estado=state, **more), CTX)["resultado"]


def test_a_state_is_set_and_options_are_read_once(contact, portal, sandbox, conn):  # noqa: ARG001
    assert _set(contact, "interesado") == "Éxito"
    before = len(sandbox.calls("hubspot"))
    assert _set(contact, "cliente") == "Éxito"
    assert len(sandbox.calls("hubspot")) - before == 1
    assert portal.get(contact, properties=["estado_interes"]).properties["estado_interes"] == "cliente"


@pytest.mark.parametrize(
    ("who", "state", "fault", "code"),
    [
        ("99999999", "cliente", None, "CONTACTO_DESCONOCIDO"),
        (None, "quizás", None, "OPCION_INVALIDA"),
        ("abc", "cliente", None, "ENTRADA_INVALIDA"),
        (None, "cliente", {"status": 401}, "NO_AUTORIZADO"),
        (None, "cliente", {"status": 403}, "NO_AUTORIZADO"),
    ],
)
def test_what_goes_wrong_has_a_code_and_a_sentence(contact, sandbox, who, state, fault, code):
    if fault:
        sandbox.fault("hubspot", "*", "status", **fault)
    found = _set(who or contact, state)
    assert found.startswith(f"{code}: ")
    assert len(found) > len(code) + 10


def test_a_post_needs_a_signature_of_what_it_asks(contact, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_MANYCHAT_SECRET", "the-secret")
    signature = webhooks.sign_sha256(f"{contact}\ncliente".encode(), "the-secret")
    headers = {"X-Hub-Signature-256": [f"sha256={signature}"]}
    assert _set(contact, "cliente", headers=json.dumps(headers)) == "Éxito"
    assert _set(contact, "nuevo", headers=json.dumps(headers)).startswith("NO_AUTORIZADO")
    bare = {"X-Webhook-Secret": ["the-secret"]}
    assert _set(contact, "cliente", headers=json.dumps(bare)).startswith("NO_AUTORIZADO")


def test_an_unknown_property_is_told(portal, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_HUBSPOT_INTEREST_PROPERTY", "no_existe")
    assert _set(portal.create({"email": "a@b.es"}).id, "x").startswith("PROPIEDAD_DESCONOCIDA: ")


@pytest.mark.usefixtures("portal")
def test_the_set_up_makes_what_is_missing_and_tells_what_differs(monkeypatch):
    planned = setup.run(setup.Inputs(dry_run=True), CTX)
    assert planned["created"] == ["manychat_locale", "estado_interes"]
    assert setup.run(setup.Inputs(), CTX)["created"] == planned["created"]
    again = setup.run(setup.Inputs(), CTX)
    assert (again["created"], again["different"]) == ([], [])
    wanted = setup.wanted() | {"manychat_id": {"type": "number", "hasUniqueValue": False}}
    monkeypatch.setattr(setup, "wanted", lambda: wanted)
    assert setup.run(setup.Inputs(), CTX)["different"] == ["manychat_id: type, hasUniqueValue"]


def test_a_person_is_erased_and_nobody_else(leads):
    leads.take(id=7, email="ana@ejemplo.es", phone="600111222")
    leads.take(id=9, email="eva@ejemplo.es")
    rehearsal = erase.run(erase.Inputs(person=" Ana@Ejemplo.ES "), CTX)
    assert rehearsal["counts"] == {"leads": 1, "events": 1, "letters": 0}
    assert len(rehearsal["hubspot_ids"]) == 1
    assert len(leads.rows("select 1 from leads.inbox")) == 2
    assert erase.run(erase.Inputs(person="+34 600 111 222", dry_run=False), CTX) == rehearsal
    left = str(
        leads.rows("select to_jsonb(l) from leads.leads l") + leads.rows("select to_jsonb(i) from leads.inbox i")
    )
    assert "eva@ejemplo.es" in left
    assert "ana@ejemplo.es" not in left
    assert erase.run(erase.Inputs(person="7", dry_run=False), CTX)["counts"]["leads"] == 0


def test_a_person_of_whom_an_event_still_waits_is_erased(leads):
    leads.post(id=7, email="ana@ejemplo.es")
    assert erase.run(erase.Inputs(person="ana@ejemplo.es", dry_run=False), CTX)["counts"]["events"] == 1
    assert not leads.rows("select 1 from leads.inbox")


def test_a_refused_lead_is_a_dead_letter_and_is_replayed(leads):
    leads.sandbox.configure(hubspot={"required": ["lastname"]})
    key, made = leads.take(id=7, email="ana@ejemplo.es")
    assert made.kinds == {"refused": 1}
    assert leads.event(key)["state"] == "refused"
    (letter,) = dead_letters.find(leads.conn)
    assert (letter.kind, letter.key, letter.provider) == ("leads_event", key, "hubspot")
    failed = replays.replay(leads.conn, dead_letters.Wanted(), CTX, dry_run=False)
    assert failed.counts() == {"failed": 1}
    leads.sandbox.configure(hubspot={"required": []})
    assert replays.replay(leads.conn, dead_letters.Wanted(), CTX, dry_run=False).counts() == {"replayed": 1}
    assert leads.contact("ana@ejemplo.es")
    assert leads.event(key)["state"] == "done"


def test_only_subscribers_of_the_page_get_in_when_manychat_is_asked(leads, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_MANYCHAT_CONFIRM", "true")
    [known] = leads.sandbox.manychat.seed({"first_name": "Ana"})
    good, bad = leads.post(id=known, email="ana@ejemplo.es"), leads.post(id="1", email="mal@ejemplo.es")
    assert leads.collect().kinds == {"created": 1, "refused": 1}
    assert (leads.event(good)["state"], leads.event(bad)["outcome"]) == ("done", "subscriber_unknown")
    assert leads.contact("mal@ejemplo.es") is None


def test_manychat_is_told_once_what_became_of_a_lead(leads):
    [known] = leads.sandbox.manychat.seed({"first_name": "Ana"})
    leads.take(id=known, email="ana@ejemplo.es")
    assert answer.run(answer.Inputs(), CTX) == {"answered": 1, "failed": 0, "left": 0}
    assert answer.run(answer.Inputs(), CTX)["answered"] == 0
    leads.take(id="1", email="eva@ejemplo.es")
    assert answer.run(answer.Inputs(), CTX)["failed"] == 1
    (row,) = leads.rows("select hubspot_id from leads.leads where manychat_id <> '1'")
    told = manychat.Client(settings.get()).info(known)
    assert row["hubspot_id"] in str(told["custom_fields"])


def test_troubles_are_told_in_one_card(leads):
    leads.take(id=7, email="ana@ejemplo.es", locale="es")
    assert report.run(report.Inputs(), CTX) == {"told": 1, "slack": "done"}
    assert "manychat_locale" in str(leads.sandbox.cards())
    assert report.run(report.Inputs(), CTX)["slack"] == "nothing"
    assert report.run(report.Inputs(alarm="hubspot_token"), task.Context(execution_id="e10"))["slack"] == "done"
