"""HubSpot's adapter against the sandbox: contacts one by one, in batches, by search; limits and refusals."""

import time

import pytest

from adapters import hubspot
from adapters.hubspot import Problem, Result, Write
from kit import errors, http

ANA = {"email": "ana@ejemplo.es", "firstname": "Ana", "phone": "+34600111222"}
MANYCHAT_ID = {
    "name": "manychat_id",
    "label": "ManyChat id",
    "type": "string",
    "fieldType": "text",
    "groupName": "contactinformation",
    "hasUniqueValue": True,
}


@pytest.fixture(params=["2026-09", "v3"])
def version(request, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_HUBSPOT_API_VERSION", request.param)


@pytest.fixture
def portal(env, quick):
    return hubspot.Client(env, policy=quick)


@pytest.mark.usefixtures("version", "sandbox")
def test_a_contact_is_made_read_changed_and_archived(quick):
    from kit import settings

    portal = hubspot.Client(settings.get(), policy=quick)
    made = portal.create(ANA)
    assert made.properties["email"] == "ana@ejemplo.es"
    assert made.created_at is not None
    portal.update("ANA@ejemplo.es", {"firstname": "Ana María", "phone": ""}, id_property="email")
    found = portal.get(made.id, properties=["firstname", "phone"])
    assert (found.properties["firstname"], found.properties["phone"]) == ("Ana María", None)
    assert portal.list(["email"]).results[0].id == made.id
    assert portal.property("lifecyclestage")["type"] == "enumeration"
    portal.archive(made.id)
    portal.archive(made.id)
    with pytest.raises(errors.NotFoundError):
        portal.get(made.id)
    assert [one.archived for one in portal.list(["email"], archived=True).results] == [True]


def test_a_contact_that_exists_is_named(portal):
    made = portal.create(ANA)
    with pytest.raises(errors.ConflictError) as raised:
        portal.create(ANA)
    assert raised.value.details["existing_id"] == made.id
    assert raised.value.request_id


def test_refused_properties_are_named_and_nothing_is_written(portal, sandbox):
    with pytest.raises(errors.InvalidRequestError) as raised:
        portal.create({**ANA, "nope": "1", "lifecyclestage": "friend", "hs_object_id": "1", "numemployees": "1,000"})
    found = {one["name"]: one["error"] for one in raised.value.details["properties"]}
    assert found == {
        "nope": "PROPERTY_DOESNT_EXIST",
        "lifecyclestage": "INVALID_OPTION",
        "hs_object_id": "READ_ONLY_VALUE",
        "numemployees": "INVALID_INTEGER",
    }
    assert raised.value.code == "hubspot_properties"
    assert sandbox.hubspot.contacts() == []


def test_a_batch_writes_what_it_can_and_names_the_rest_in_order(portal, sandbox):
    portal.create_property(MANYCHAT_ID)
    known = portal.create({**ANA, "manychat_id": "1"})
    outcomes = portal.batch_upsert(
        [
            Write("bea@ejemplo.es", {"firstname": "Bea"}),
            Write("nobody", {"firstname": "x"}),
            Write(" Ana@Ejemplo.es ", {"firstname": "Anna"}),
            Write("carlos@ejemplo.es", {"lifecyclestage": "friend", "nope": "1"}),
            Write("9", {"email": "ana@ejemplo.es"}, id_property="manychat_id"),
            Write("10", {"firstname": "Without an e-mail"}, id_property="manychat_id"),
            Write("dora@ejemplo.es", {"manychat_id": "1"}),
        ]
    )
    kinds = ["ok" if isinstance(one, Result) else one.code for one in outcomes]
    refused = "hubspot_properties"
    assert kinds == ["ok", refused, "ok", refused, "hubspot_conflict", "ok", refused]
    assert [one.new for one in outcomes if isinstance(one, Result)] == [True, False, True]
    assert {one.name for one in outcomes[3].properties} == {"lifecyclestage", "nope"}
    assert outcomes[4].existing_id == outcomes[6].existing_id == outcomes[2].id == known.id
    assert sandbox.hubspot.summary()["contacts"] == 3
    assert len(sandbox.calls("hubspot", "batch.upsert")) == 1


def test_the_same_contact_twice_refuses_the_whole_batch(portal, sandbox):
    with pytest.raises(errors.InvalidRequestError) as raised:
        portal.batch_upsert([Write("a@x.es", {}), Write("A@x.es", {})])
    assert (raised.value.code, raised.value.details["ids"]) == ("hubspot_duplicate_ids", ["a@x.es"])
    with pytest.raises(errors.InvalidRequestError) as raised:
        portal.batch_upsert([Write(f"{n}@x.es", {}) for n in range(101)])
    assert raised.value.code == "hubspot_batch_size"
    assert portal.batch_upsert([]) == []
    assert len(sandbox.calls("hubspot")) == 1


def test_a_portal_that_refuses_whole_batches_is_asked_in_halves(portal, sandbox):
    sandbox.configure(hubspot={"partial_email_upsert": False})
    inputs = [Write(f"p{n}@ejemplo.es", {"firstname": "P"} if n != 5 else {"nope": "1"}) for n in range(16)]
    outcomes = portal.batch_upsert(inputs)
    assert [index for index, one in enumerate(outcomes) if isinstance(one, Problem)] == [5]
    assert outcomes[5].properties[0].error == "PROPERTY_DOESNT_EXIST"
    assert sandbox.hubspot.summary()["contacts"] == 15


def test_a_batch_is_read_by_a_unique_property(portal):
    made = portal.create(ANA)
    found = portal.batch_read(["ana@ejemplo.es", "nobody@ejemplo.es"], ["email", "phone"], "email")
    assert [(one.id, one.properties["phone"]) for one in found] == [(made.id, "+34600111222")]
    assert portal.batch_read([], ["email"]) == []


def test_a_lifecycle_stage_does_not_go_back(portal):
    made = portal.create({**ANA, "lifecyclestage": "customer"})
    assert portal.update(made.id, {"lifecyclestage": "lead"}).properties["lifecyclestage"] == "customer"
    portal.update(made.id, {"lifecyclestage": ""})
    assert portal.update(made.id, {"lifecyclestage": "lead"}).properties["lifecyclestage"] == "lead"


def modified_since(moment):
    return [{"filters": [{"propertyName": "lastmodifieddate", "operator": "GTE", "value": moment}]}]


def test_a_search_pages_through_what_fits_in_order(portal, sandbox):
    sandbox.hubspot.seed(count=450)
    sorts = [{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}]
    found, after = [], None
    while True:
        page = portal.search(modified_since("2020-01-01T00:00:00Z"), ["email"], sorts=sorts, after=after)
        found += page.results
        after = page.after
        if after is None:
            break
    assert page.total == len(found) == len({one.id for one in found}) == 450
    times = [one.properties["lastmodifieddate"] for one in found]
    assert times == sorted(times)


def test_a_search_knows_a_change_only_after_its_lag(portal, sandbox):
    sandbox.configure(hubspot={"search_lag_s": 30})
    made = portal.create(ANA)
    by_email = [{"filters": [{"propertyName": "email", "operator": "EQ", "value": "ana@ejemplo.es"}]}]
    assert portal.search(by_email, ["email"]).total == 0
    assert portal.get("ana@ejemplo.es", id_property="email").id == made.id
    sandbox.advance(31)
    portal.update(made.id, {"firstname": "Anna"})
    assert portal.search(by_email, ["firstname"]).results[0].properties["firstname"] == "Ana"
    sandbox.advance(31)
    assert portal.search(by_email, ["firstname"]).results[0].properties["firstname"] == "Anna"


def test_a_search_beyond_ten_thousand_is_refused_before_it_is_sent(portal, sandbox):
    with pytest.raises(errors.InvalidRequestError) as raised:
        portal.search([], ["email"], after="9900")
    assert raised.value.code == "hubspot_search_window"
    assert sandbox.calls("hubspot") == []


def refusal(call):
    try:
        call()
    except errors.RateLimitedError as error:
        return error
    return None


def test_limits_refuse_and_name_their_policy(env, sandbox):
    once = hubspot.Client(env, policy=http.RetryPolicy(attempts=1))
    sandbox.configure(hubspot={"per_ten_seconds": 2, "search_per_second": 1, "daily": 6})
    named = []
    for call in (lambda: once.list(["email"]), lambda: once.search([], ["email"])):
        refused = next(filter(None, (refusal(call) for _ in range(3))))
        named.append(refused.details["policy"])
    assert named == ["TEN_SECONDLY_ROLLING", "SECONDLY"]
    sandbox.advance(11)
    once.list(["email"])
    once.list(["email"])
    sandbox.advance(11)
    once.list(["email"])
    with pytest.raises(errors.QuotaExhaustedError) as raised:
        once.list(["email"])
    assert raised.value.details["resets_at"]


def test_a_merged_contact_is_found_by_either_id(portal, sandbox):
    first, second = sandbox.hubspot.seed(ANA, {"email": "otra@ejemplo.es", "company": "Peñalara"})
    sandbox.hubspot.merge(first, second)
    found = portal.get(second, properties=["email", "company"])
    assert (found.id, found.properties["company"]) == (first, "Peñalara")
    assert portal.get("otra@ejemplo.es", id_property="email").id == first


def test_credentials_and_scopes(env, sandbox, quick):
    with pytest.raises(errors.AuthenticationError) as raised:
        hubspot.Client(env, "pat-eu1-another", policy=quick).list(["email"])
    assert raised.value.code == "hubspot_token"
    sandbox.configure(hubspot={"scopes": ["crm.objects.contacts.read"]})
    with pytest.raises(errors.PermissionDeniedError) as denied:
        hubspot.Client(env, policy=quick).create(ANA)
    assert denied.value.code == "hubspot_scope"
    assert denied.value.details["scopes"] == ["crm.objects.contacts.write"]


def test_a_create_without_an_answer_is_in_doubt_and_not_repeated(portal, sandbox):
    sandbox.fault("hubspot", "contacts.create", "reset", after_apply=True)
    with pytest.raises(errors.UncertainError):
        portal.create(ANA)
    assert len(sandbox.calls("hubspot", "contacts.create")) == 1
    assert sandbox.hubspot.contact("ana@ejemplo.es") is not None


def test_an_upsert_whose_answer_is_lost_is_repeated_to_the_same_end(portal, sandbox):
    sandbox.fault("hubspot", "batch.upsert", "reset", after_apply=True, calls=1)
    [outcome] = portal.batch_upsert([Write("ana@ejemplo.es", {"firstname": "Ana"})])
    assert isinstance(outcome, Result)
    assert sandbox.hubspot.summary()["contacts"] == 1


def test_fifty_thousand_contacts_are_made_listed_and_searched(env, sandbox):
    sandbox.configure(hubspot={"per_ten_seconds": 0, "search_per_second": 0})
    started = time.monotonic()
    for first in range(0, 50_000, 10_000):
        sandbox.hubspot.seed(count=10_000, first=first)
    portal = hubspot.Client(env)
    page = portal.list(["email"], after=None)
    assert len(page.results) == 100
    assert portal.search(modified_since("2020-01-01"), ["email"]).total == 50_000
    assert time.monotonic() - started < 60
