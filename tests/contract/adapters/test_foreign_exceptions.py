"""Promise 27: every exception class of the libraries that the adapters use becomes an error of ours.

The classes are enumerated from the installed modules, so a library's new version cannot bring an unmapped one.
"""

import http.client
import importlib
import inspect
from types import SimpleNamespace

import gspread
import httpx2
import openai
import pydantic
import pytest
import requests
import urllib3

from adapters.openai_vision import errors as vision
from adapters.openai_vision.wire import WireReceipt
from adapters.sheets import foreign
from adapters.sheets.errors import Classifier
from kit import errors
from kit.http import map_transport_error

CLASSIFIER = Classifier("bot@example.iam.gserviceaccount.com")
SHEETS_MODULES = ("gspread.exceptions", "google.auth.exceptions", "requests.exceptions", "urllib3.exceptions")
VISION_MODULES = ("openai", "httpx2")


def exceptions_of(*modules):
    found = set()
    for name in modules:
        for _, member in inspect.getmembers(importlib.import_module(name), inspect.isclass):
            if issubclass(member, Exception) and not issubclass(member, Warning):
                found.add(member)
    return sorted(found, key=lambda kind: f"{kind.__module__}.{kind.__qualname__}")


BROKEN_BODY = SimpleNamespace(tell=lambda: 1, length_remaining=2)
# Their text is made of their arguments.
SPECIAL = {
    http.client.IncompleteRead: lambda: http.client.IncompleteRead(b"x", 2),
    urllib3.exceptions.IncompleteRead: lambda: urllib3.exceptions.IncompleteRead(1, 2),
    urllib3.exceptions.InvalidChunkLength: lambda: urllib3.exceptions.InvalidChunkLength(BROKEN_BODY, b"x"),
}


def made(kind):
    """An instance without the arguments that each class wants in its own way."""
    if kind in SPECIAL:
        return SPECIAL[kind]()
    error = kind.__new__(kind)
    Exception.__init__(error, "made by the test with token=CANARY-5150")
    return error


def google_response(status, body=b'{"error": {"code": 418, "message": "m", "status": "X"}}'):
    response = requests.Response()
    response.status_code, response._content = status, body
    return response


def sheets_error(kind):
    if issubclass(kind, gspread.exceptions.APIError):
        return kind(google_response(418))
    return made(kind)


@pytest.mark.parametrize("kind", exceptions_of(*SHEETS_MODULES), ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_class_of_gspread_google_auth_and_requests_is_mapped(kind):
    with pytest.raises(errors.OpsflowsError) as raised, foreign.guard(CLASSIFIER):
        raise sheets_error(kind)
    assert raised.value.provider == "google"
    assert raised.value.__cause__ is not None


@pytest.mark.parametrize("kind", [ValueError, TypeError, KeyError, OSError, PermissionError, TimeoutError])
def test_what_those_libraries_let_through_is_mapped_as_well(kind):
    with pytest.raises(errors.OpsflowsError), foreign.guard(CLASSIFIER):
        raise kind("x")


def test_our_own_errors_pass_the_guard_unchanged():
    own = errors.UncertainError("x")
    with pytest.raises(errors.UncertainError) as raised, foreign.guard(CLASSIFIER):
        raise own
    assert raised.value is own


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, errors.InvalidRequestError, "sheet_request"),
        (401, errors.AuthenticationError, "google_credentials"),
        (403, errors.PermissionDeniedError, "sheet_not_shared"),
        (404, errors.NotFoundError, "sheet_missing"),
        (429, errors.RateLimitedError, "sheet_quota"),
        (500, errors.UncertainError, "uncertain"),
        (503, errors.UncertainError, "uncertain"),
    ],
)
def test_an_api_error_of_gspread_is_mapped_by_its_status(status, kind, code):
    error = foreign.mapped(gspread.exceptions.APIError(google_response(status)), CLASSIFIER)
    assert (type(error), error.code) == (kind, code)


def test_an_api_error_without_json_is_mapped():
    error = foreign.mapped(gspread.exceptions.APIError(google_response(502, b"<html>")), CLASSIFIER)
    assert type(error) is errors.UncertainError


def vision_error(kind):
    request = httpx2.Request("POST", "https://api.openai.com/v1/chat/completions")
    if issubclass(kind, openai.APIStatusError):
        response = httpx2.Response(418, request=request, headers={"x-request-id": "req_1"})
        error = kind.__new__(kind)
        openai.APIStatusError.__init__(error, "token=CANARY-5150", response=response, body=None)
        return error
    return made(kind)


@pytest.mark.parametrize("kind", exceptions_of(*VISION_MODULES), ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_class_of_openai_and_httpx2_is_mapped(kind):
    error = vision.mapped(vision_error(kind))
    assert isinstance(error, errors.OpsflowsError)
    assert error.provider == "openai"
    assert error.next_action or isinstance(error, errors.InvalidResponseError)
    assert "CANARY" not in str(error)


def test_a_schema_error_of_pydantic_is_mapped_without_the_models_text():
    with pytest.raises(pydantic.ValidationError) as raised:
        WireReceipt.model_validate({"merchant": "CANARY-5150", "CANARY-5150": 1})
    error = vision.mapped(raised.value)
    assert type(error) is errors.InvalidResponseError
    assert "CANARY" not in str(error)


def status_error(status, code=None, kind=openai.APIStatusError, headers=None):
    request = httpx2.Request("POST", "https://api.openai.com/v1/chat/completions")
    response = httpx2.Response(status, request=request, headers=headers or {})
    return kind("x", response=response, body={"code": code, "type": None, "message": "x", "param": None})


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, None, errors.InvalidRequestError),
        (401, "invalid_api_key", errors.AuthenticationError),
        (402, None, errors.QuotaExhaustedError),
        (403, None, errors.PermissionDeniedError),
        (404, "model_not_found", errors.NotFoundError),
        (400, "model_not_found", errors.NotFoundError),
        (408, None, errors.UnavailableError),
        (409, None, errors.ConflictError),
        (422, None, errors.InvalidRequestError),
        (425, None, errors.UnavailableError),
        (429, "rate_limit_exceeded", errors.RateLimitedError),
        (429, "insufficient_quota", errors.QuotaExhaustedError),
        (500, None, errors.UnavailableError),
        (503, None, errors.UnavailableError),
    ],
)
def test_a_status_of_the_models_server_is_mapped(status, code, kind):
    assert type(vision.mapped(status_error(status, code))) is kind


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Sat, 21 Nov 2026 08:00:10 GMT", "date": "Sat, 21 Nov 2026 08:00:00 GMT"}, 10),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_the_servers_advice_is_read_in_each_form(headers, seconds):
    assert vision.mapped(status_error(429, headers=headers)).retry_after == seconds


def test_an_error_of_ours_that_the_sdk_wrapped_comes_out_again():
    own = errors.UnsafeUrlError("x")
    wrapped = openai.APIConnectionError(request=httpx2.Request("POST", "https://x.example"))
    wrapped.__cause__ = own
    assert vision.mapped(wrapped) is own


def test_the_transport_errors_that_sheets_see_are_those_of_the_kit():
    error = foreign.mapped(requests.exceptions.ReadTimeout("timed out"), CLASSIFIER)
    expected = map_transport_error(
        requests.exceptions.ReadTimeout("timed out"), "google", sent=True, expired=False, repeatable=False
    )
    assert (type(error), error.code) == (type(expected), expected.code)
