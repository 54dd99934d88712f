"""Google's answers as errors with the next action in them."""

import json
import time

import pytest
from requests.structures import CaseInsensitiveDict

from adapters.sheets.errors import Classifier
from kit import errors
from kit.http import Response

WHO = "bot@example.iam.gserviceaccount.com"


def classified(status, body, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Classifier(WHO)(Response(status, CaseInsensitiveDict(headers), content, "https://x.example"))


def refused(status, message="m", **more):
    return classified(status, {"error": {"code": status, "message": message, "status": "X", **more}})


@pytest.mark.parametrize(
    ("status", "message", "kind", "code", "advice"),
    [
        (400, "Unable to parse range: 'T'!1:1", errors.NotFoundError, "sheet_tab_missing", "created"),
        (400, 'addSheet: A sheet with the name "T" already exists.', errors.ConflictError, "sheet_tab_exists", None),
        (
            400,
            "increase the number of cells above the limit of 10000000",
            errors.QuotaExhaustedError,
            "sheet_full",
            "archive",
        ),
        (
            400,
            "trying to edit a protected cell or object",
            errors.PermissionDeniedError,
            "sheet_protected",
            "protected",
        ),
        (400, "Range exceeds grid limits", errors.InvalidRequestError, "sheet_grid", "columns"),
        (400, "Invalid value", errors.InvalidRequestError, "sheet_request", "Correct"),
        (401, "invalid authentication", errors.AuthenticationError, "google_credentials", "GOOGLE_SERVICE_ACCOUNT"),
        (403, "The caller does not have permission", errors.PermissionDeniedError, "sheet_not_shared", WHO),
        (404, "Requested entity was not found.", errors.NotFoundError, "sheet_missing", "OPSFLOWS_SHEET_ID"),
    ],
)
def test_each_refusal_has_its_own_error(status, message, kind, code, advice):
    error = refused(status, message)
    assert (type(error), error.code) == (kind, code)
    assert advice is None or advice in error.next_action


@pytest.mark.parametrize("place", ["details", "errors"])
@pytest.mark.parametrize("reason", ["SERVICE_DISABLED", "accessNotConfigured"])
def test_a_disabled_api_is_told_apart_from_a_sheet_that_is_not_shared(place, reason):
    error = refused(403, "disabled", **{place: [{"reason": reason}]})
    assert error.code == "sheets_api_disabled"


def test_the_quota_waits_until_shortly_after_the_next_minute(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 6000.0 + 18)
    error = refused(429, "Quota exceeded for quota metric 'Write requests'")
    assert type(error) is errors.RateLimitedError
    assert 42.5 <= error.retry_after <= 45


def test_the_quota_obeys_advice_when_there_is_some():
    error = classified(429, {"error": {"code": 429, "message": "m", "status": "X"}}, **{"Retry-After": "3"})
    assert error.retry_after == 3


@pytest.mark.parametrize(
    ("description", "code"),
    [
        ("Invalid JWT Signature.", "google_credentials"),
        ("Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.", "google_clock"),
    ],
)
def test_the_token_endpoints_refusal(description, code):
    error = classified(400, {"error": "invalid_grant", "error_description": description})
    assert type(error) is errors.AuthenticationError
    assert error.code == code


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"error": null}', b"[" * 100_000])
def test_a_body_that_is_no_google_error_is_left_to_the_status(body):
    assert classified(403, body) is None


@pytest.mark.parametrize("status", [200, 500, 503])
def test_successes_and_server_errors_are_left_to_the_status(status):
    assert refused(status) is None
