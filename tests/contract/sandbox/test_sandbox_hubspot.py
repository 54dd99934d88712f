"""HubSpot's events and bodies, as a client sees them on the wire; the adapter's tests show the rest."""

import json

import pytest
import requests

from adapters.hubspot import signature
from local.providers import server
from local.providers.client import SandboxClient

SECRET = "a-client-secret"
PUBLIC = "https://hooks.example.com/hooks/hubspot"


@pytest.fixture
def portal(control, receiver):
    control.hubspot.target(receiver.url, SECRET, signed_url=PUBLIC)
    return control.hubspot


@pytest.fixture
def api(sandbox):
    """A call with the token: ``api("POST", path, body)``."""

    def call(method, path, body=None):
        headers = {"Authorization": f"Bearer {sandbox.credentials.hubspot_token}"}
        return requests.request(method, f"{sandbox.base_url}/hubspot/{path}", json=body, headers=headers, timeout=10)

    return call


def events(receiver):
    """In the order in which they happened; posts overtake each other, as HubSpot's do."""
    told = [event for _, body in receiver.posts for event in json.loads(body)]
    return sorted(told, key=lambda event: (event["attemptNumber"], event["eventId"]))


def verdicts(receiver, now=None):
    return [signature.verify("POST", PUBLIC, body, headers, [SECRET], now=now).code for headers, body in receiver.posts]


def test_what_happens_is_told_in_signed_batches(portal, api, receiver):
    [first, second] = portal.seed({"email": "ana@ejemplo.es"}, {"email": "bea@ejemplo.es"})
    api("PATCH", f"crm/v3/objects/contacts/{first}", {"properties": {"firstname": "Ana", "email": "ana@ejemplo.es"}})
    portal.merge(first, second)
    portal.archive(first)
    portal.settle()
    told = [(one["subscriptionType"], one["objectId"], one.get("propertyName")) for one in events(receiver)]
    assert told == [
        ("contact.creation", int(first), None),
        ("contact.propertyChange", int(first), "email"),
        ("contact.creation", int(second), None),
        ("contact.propertyChange", int(second), "email"),
        ("contact.propertyChange", int(first), "firstname"),
        ("contact.merge", int(first), None),
        ("contact.deletion", int(first), None),
    ]
    assert {one["changeSource"] for one in events(receiver)} == {"CRM_UI", "INTEGRATION"}
    assert len({one["eventId"] for one in events(receiver)}) == len(told)
    assert set(verdicts(receiver)) == {"ok"}


def test_a_contact_comes_back_from_the_bin_or_goes_for_good(portal, api, receiver):
    [first] = portal.seed({"email": "ana@ejemplo.es"})
    portal.archive(first)
    portal.restore(first)
    assert api("GET", "crm/v3/objects/contacts/ana@ejemplo.es?idProperty=email").json()["id"] == first
    portal.archive(first)
    portal.seed({"email": "ana@ejemplo.es"})
    with pytest.raises(RuntimeError, match="409"):
        portal.restore(first)
    [second] = portal.seed({"email": "bea@ejemplo.es"})
    portal.archive(second, forever=True)
    assert api("GET", f"crm/v3/objects/contacts/{second}?archived=true").status_code == 404
    portal.settle()
    kinds = [one["subscriptionType"] for one in events(receiver) if "ropertyChange" not in one["subscriptionType"]]
    assert kinds == [
        "contact.creation",
        "contact.deletion",
        "contact.restore",
        "contact.deletion",
        "contact.creation",
        "contact.creation",
        "contact.privacyDeletion",
    ]


def test_many_events_come_in_batches_of_a_hundred(portal, receiver):
    portal.seed(count=120, pattern={"email": "p{n}@ejemplo.es"})
    portal.settle()
    assert sum(len(json.loads(body)) for _, body in receiver.posts) == 240
    assert max(len(json.loads(body)) for _, body in receiver.posts) == 100


def test_a_target_that_fails_gets_the_events_again(portal, receiver):
    receiver.statuses = [500]
    portal.seed({"email": "ana@ejemplo.es"})
    portal.settle()
    assert [one["attemptNumber"] for one in events(receiver)] == [0, 0, 1, 1]
    assert set(verdicts(receiver)) == {"ok"}


@pytest.mark.parametrize(
    ("forge", "code"),
    [
        ("body", "mismatch"),
        ("signature", "mismatch"),
        ("secret", "mismatch"),
        ("url", "mismatch"),
        ("missing", "missing"),
        ("old", "stale"),
        ("future", "future"),
    ],
)
def test_forged_posts_are_wrong_in_one_way_each(portal, receiver, forge, code):
    portal.send({"objectId": 151}, forge=forge)
    assert verdicts(receiver) == [code]


def test_a_post_may_be_repeated_and_old(portal, receiver):
    portal.send({"objectId": 151}, {"objectId": 152}, {"objectId": 153}, size=2, duplicate=2, age_s=299, shuffle=True)
    assert sorted(len(json.loads(body)) for _, body in receiver.posts) == [1, 1, 2, 2]


def test_only_what_is_subscribed_is_told(control, receiver):
    control.hubspot.target(
        receiver.url, SECRET, subscriptions=["contact.propertyChange"], properties=["phone", "firstname"]
    )
    control.hubspot.seed({"email": "ana@ejemplo.es", "firstname": "Ana"})
    control.hubspot.settle()
    assert [one["propertyName"] for one in events(receiver)] == ["firstname"]
    control.hubspot.no_target()
    control.hubspot.seed({"email": "bea@ejemplo.es"})
    control.hubspot.settle()
    assert len(receiver.posts) == 1


def test_headers_tell_what_is_left_except_for_a_search(api):
    listed = api("GET", "crm/objects/2026-09/contacts")
    assert listed.headers["X-HubSpot-RateLimit-Max"] == "100"
    assert listed.headers["X-HubSpot-RateLimit-Remaining"] == "99"
    found = api("POST", "crm/objects/2026-09/contacts/search", {})
    assert not [name for name in found.headers if "ratelimit" in name.lower()]


def test_a_refusal_holds_json_inside_its_message(api):
    body = api("POST", "crm/v3/objects/contacts", {"properties": {"x": "1"}}).json()
    assert (body["status"], body["category"]) == ("error", "VALIDATION_ERROR")
    [problem] = json.loads(body["message"].removeprefix("Property values were not valid: "))
    assert problem["error"] == "PROPERTY_DOESNT_EXIST"
    assert body["correlationId"]


def test_a_batch_without_trace_ids_is_refused_as_a_whole(api, control):
    inputs = [{"id": f"{n}@x.es", "idProperty": "email", "properties": {"x": "1"} if n else {}} for n in (0, 1)]
    answer = api("POST", "crm/objects/2026-09/contacts/batch/upsert", {"inputs": inputs})
    assert answer.status_code == 400
    traced = [{**one, "objectWriteTraceId": str(n)} for n, one in enumerate(inputs)]
    answer = api("POST", "crm/objects/2026-09/contacts/batch/upsert", {"inputs": traced})
    assert (answer.status_code, answer.json()["numErrors"]) == (207, 1)
    assert control.hubspot.summary()["contacts"] == 1


@pytest.mark.parametrize("path", ["crm/objects/2024-01/contacts", "crm/v1/contacts", "nothing"])
def test_versions_that_do_not_exist_are_not_found(api, path):
    assert api("GET", path).status_code == 404


def test_a_portal_may_demand_properties_and_make_its_own(api, control):
    control.configure(hubspot={"required": ["phone"]})
    assert api("POST", "crm/v3/objects/contacts", {"properties": {"email": "a@x.es"}}).status_code == 400
    wanted = {"name": "nivel", "label": "Nivel", "type": "enumeration", "fieldType": "select"}
    options = [{"label": "Alto", "value": "alto"}]
    group = {"groupName": "contactinformation", "options": options}
    assert api("POST", "crm/v3/properties/contacts", wanted | group).status_code == 201
    assert api("POST", "crm/v3/properties/contacts", wanted | group).status_code == 409
    more = {"options": [*options, {"label": "Bajo", "value": "bajo"}]}
    assert api("PATCH", "crm/properties/2026-09/contacts/nivel", more).json()["options"][1]["value"] == "bajo"
    assert api("POST", "crm/v3/properties/contacts", wanted | {"name": "x", "groupName": "no"}).status_code == 400
    assert api("DELETE", "crm/v3/properties/contacts/email").status_code == 400
    assert api("DELETE", "crm/v3/properties/contacts/nivel").status_code == 204


def test_a_restart_goes_on_with_what_was_there(tmp_path):
    with server.start(state_dir=tmp_path) as first:
        [contact] = SandboxClient(first.base_url).hubspot.seed({"email": "ana@ejemplo.es"})
    with server.start(state_dir=tmp_path) as second:
        again = SandboxClient(second.base_url).hubspot
        again.edit(contact, firstname="Ana")
        assert again.contact("ana@ejemplo.es")["firstname"] == "Ana"
        with pytest.raises(RuntimeError, match="409"):
            again.seed({"email": "ana@ejemplo.es"})
        assert second.credentials.hubspot_token not in json.dumps(SandboxClient(second.base_url).calls())
