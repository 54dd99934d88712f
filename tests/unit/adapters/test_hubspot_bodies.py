"""HubSpot's error bodies, as users of its API published them, and what they mean here."""

import json
from datetime import UTC, datetime

import pytest
from requests.structures import CaseInsensitiveDict

from adapters.hubspot import PropertyProblem, Result, Write, batches, errors, facts, paths
from kit import errors as ours
from kit import policies
from kit.answers import Response, retry_delay

classify = errors.classifier("Europe/Madrid")


def answer(status: int, body: dict[str, object], **headers: str) -> Response:
    return Response(status, CaseInsensitiveDict(headers), json.dumps(body).encode(), "https://api.hubapi.com/x")


def invalid(*problems: dict[str, object]) -> dict[str, object]:
    message = f"Property values were not valid: {json.dumps(list(problems))}"
    return {"status": "error", "message": message, "correlationId": "c-1", "category": "VALIDATION_ERROR"}


def test_property_errors_are_read_out_of_the_message():
    problem = {
        "isValid": False,
        "message": 'Property "x" does not exist',
        "error": "PROPERTY_DOESNT_EXIST",
        "name": "x",
    }
    error = classify(answer(400, invalid(problem)))
    assert isinstance(error, ours.InvalidRequestError)
    assert (error.code, error.request_id) == ("hubspot_properties", "c-1")
    assert error.details["properties"] == [
        {"name": "x", "error": "PROPERTY_DOESNT_EXIST", "message": 'Property "x" does not exist.'}
    ]


def test_a_conflict_names_the_contact_in_the_way():
    error = classify(answer(409, {"message": "Contact already exists. Existing ID: 12345", "category": "CONFLICT"}))
    assert isinstance(error, ours.ConflictError)
    assert error.details["existing_id"] == "12345"


@pytest.mark.parametrize(
    ("body", "wait"),
    [
        ({"policyName": "TEN_SECONDLY_ROLLING"}, 20.0),
        ({"policyName": "SECONDLY"}, 2.0),
        ({"message": "You have reached your secondly limit."}, 2.0),
        ({"message": "You have reached your ten_secondly_rolling limit.", "category": "RATE_LIMITS"}, 20.0),
        ({}, 20.0),
    ],
)
def test_the_wait_is_that_of_the_policy_times_the_attempt(body: dict[str, object], wait: float):
    error = classify(answer(429, {"status": "error", **body}))
    assert isinstance(error, ours.RateLimitedError)
    assert retry_delay(error, 2, 45.0, policies.retry("hubspot"), 0) == wait


def test_a_retry_after_wins():
    error = classify(answer(429, {"policyName": "TEN_SECONDLY_ROLLING"}, **{"Retry-After": "3"}))
    assert isinstance(error, ours.RateLimitedError)
    assert error.retry_after == 3.0


def test_a_daily_limit_ends_at_the_portals_midnight():
    error = classify(answer(429, {"policyName": "DAILY", "message": "You have reached your daily limit."}))
    assert isinstance(error, ours.QuotaExhaustedError)
    assert datetime.fromisoformat(error.details["resets_at"]) > datetime.now(UTC)
    at = datetime(2026, 7, 1, 21, 30, tzinfo=UTC)  # 23:30 in Madrid
    assert errors.midnight_after(at, "Europe/Madrid") == datetime(2026, 7, 1, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (401, {"category": "INVALID_AUTHENTICATION"}, ours.AuthenticationError, "hubspot_token"),
        (403, {"category": "MISSING_SCOPES"}, ours.PermissionDeniedError, "hubspot_scope"),
        (404, {"category": "OBJECT_NOT_FOUND"}, ours.NotFoundError, "hubspot_not_found"),
        (
            400,
            {"message": "Duplicate IDs found in batch input: [a]."},
            ours.InvalidRequestError,
            "hubspot_duplicate_ids",
        ),
        (400, {"message": "more than 10,000 results"}, ours.InvalidRequestError, "hubspot_search_window"),
        (400, {"category": "VALIDATION_ERROR"}, ours.InvalidRequestError, "hubspot_request"),
        (423, {}, ours.UnavailableError, "hubspot_locked"),
        (477, {}, ours.UnavailableError, "hubspot_locked"),
    ],
)
def test_each_refusal_has_a_class_and_a_code(status: int, body: dict[str, object], kind: type, code: str):
    error = classify(answer(status, body))
    assert type(error) is kind
    assert error.code == code


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b'"x"', b'{"message": [1], "context": 3, "errors": "x"}'])
def test_other_bodies_do_no_harm(content: bytes):
    response = Response(400, CaseInsensitiveDict(), content, "https://api.hubapi.com/x")
    assert isinstance(classify(response), ours.InvalidRequestError)
    assert classify(Response(502, CaseInsensitiveDict(), content, "https://api.hubapi.com/x")) is None


WRITES = [Write(email, {"firstname": "Ana"}) for email in ("a@x.es", "b@x.es", "c@x.es")]


def written(number: int, email: str, **more: object) -> dict[str, object]:
    return {"id": str(number), "properties": {"email": email}, "new": True, **more}


def test_results_come_back_in_the_order_of_the_inputs():
    error = {"category": "VALIDATION_ERROR", "message": "no", "context": {"objectWriteTraceId": ["1"]}}
    given = {
        "results": [
            written(3, "c@x.es", objectWriteTraceId="2"),
            written(1, "A@x.es"),  # without a trace id: told by its e-mail
        ],
        "errors": [error],
    }
    first, second, third = batches.outcomes(WRITES, given)
    assert isinstance(first, Result)
    assert isinstance(third, Result)
    assert (first.id, third.id, third.new) == ("1", "3", True)
    assert second == facts.problem(error)


def test_an_input_without_an_answer_is_a_problem():
    outcomes = batches.outcomes(WRITES, {"results": [written(1, "a@x.es")]})
    assert [getattr(one, "code", "ok") for one in outcomes] == ["ok", "hubspot_unanswered", "hubspot_unanswered"]


def test_errors_of_a_batch_may_name_ids_instead():
    error = {"category": "OBJECT_NOT_FOUND", "message": "gone", "context": {"ids": ["B@x.es"]}}
    assert getattr(batches.outcomes(WRITES, {"results": [], "errors": [error]})[1], "code", "") == "hubspot_not_found"


def test_listed_errors_name_properties_too():
    error = {"errors": [{"message": "no such", "code": "INVALID_OPTION", "context": {"propertyName": ["y"]}}]}
    assert facts.read(error).properties == (PropertyProblem("y", "INVALID_OPTION", "no such."),)


def test_both_families_of_paths():
    assert paths.objects("2026-09", "batch", "upsert") == "crm/objects/2026-09/contacts/batch/upsert"
    assert paths.objects("v3", "ana@x.es") == "crm/v3/objects/contacts/ana%40x.es"
    assert paths.properties("v3", "a/b") == "crm/v3/properties/contacts/a%2Fb"
    with pytest.raises(ours.ConfigurationError):
        paths.objects("latest")
