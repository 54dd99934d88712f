"""Promise 17: whatever a provider does wrong has an error of its own, in bounded time, with no call too many.

One row a route. A repeatable call is tried again; any other is left in doubt after bytes were sent, and never repeated.
"""

import time
from dataclasses import replace
from datetime import datetime

import pytest

from adapters.openai_vision.engine import MAX_TOTAL_S
from kit import errors, http
from tests.contract.adapters.calls import FORM

# route -> (provider, whether repeating is harmless)
ROUTES = {
    "media.get": ("whatsapp", True),
    "media.download": ("whatsapp", True),
    "messages": ("whatsapp", False),
    "chat.completions": ("openai", True),
    "token": ("google", True),
    "values.batchGet": ("google", True),
    "values.batchUpdate": ("google", True),
    "values.append": ("google", False),
    "chat.postMessage": ("slack", False),
    "webhook": ("slack", False),
    "contacts.create": ("hubspot", False),
    "batch.upsert": ("hubspot", True),
    "getInfo": ("manychat", True),
    "sendContent": ("manychat", False),
    "enqueue": ("pagerduty", True),
    "chat.update": ("slack", True),
    "conversations.history": ("slack", True),
}
# An append of unknown end is looked up and made once more, by its ids.
MADE_AGAIN = {"values.append": 2}
TRIES = 3

every_route = pytest.mark.parametrize("route", ROUTES)


@pytest.fixture
def struck(sandbox, caller, quick):
    """Sets a fault on a route and makes its call; returns the error, the calls and the seconds."""

    def strike(route, kind, *, policy=quick, **more):
        caller.prepare(route)
        provider = ROUTES[route][0]
        seen = len(sandbox.calls(provider, route))
        sandbox.fault(provider, route, kind, **more)
        started = time.monotonic()
        with pytest.raises(errors.OpsflowsError) as raised:
            caller.call(route, policy)
        seconds = time.monotonic() - started
        return raised.value, sandbox.calls(provider, route)[seen:], seconds

    return strike


def expected_calls(route):
    return TRIES if ROUTES[route][1] else MADE_AGAIN.get(route, 1)


def check(route, error, calls, transient):
    """Repeatable: the transient error after all tries. Otherwise: in doubt, and not repeated."""
    assert type(error) is (transient if ROUTES[route][1] else errors.UncertainError)
    assert error.provider == ROUTES[route][0]
    assert len(calls) == expected_calls(route)


@every_route
@pytest.mark.parametrize("status", [500, 502, 503])
def test_server_errors_are_transient_for_repeatable_calls_and_uncertain_for_others(route, status, struck):
    error, calls, _ = struck(route, "status", status=status)
    check(route, error, calls, errors.UnavailableError)


@every_route
def test_a_refused_credential_is_tried_once(route, struck):
    error, calls, _ = struck(route, "status", status=401)
    assert isinstance(error, errors.AuthenticationError if route != "media.download" else errors.TerminalError)
    assert error.next_action
    assert len(calls) == 1


@every_route
def test_a_bad_request_is_tried_once(route, struck):
    error, calls, _ = struck(route, "status", status=400)
    assert isinstance(error, errors.TerminalError)
    assert len(calls) == 1


@every_route
def test_too_many_requests_end_as_rate_limited_after_the_tries(route, struck):
    error, calls, _ = struck(route, "status", status=429, retry_after=0.01)
    assert type(error) is errors.RateLimitedError
    assert len(calls) == TRIES


@pytest.mark.parametrize(
    ("form", "advised", "route"),
    [("seconds", 1, route) for route in ROUTES]
    + [("date", 2, route) for route in ("media.get", "chat.completions", "values.append", "webhook")],
)
def test_retry_after_is_obeyed_within_a_tenth(form, advised, route, sandbox, caller, quick):
    caller.prepare(route)
    provider = ROUTES[route][0]
    if route == "chat.completions":
        sandbox.fault(provider, route, "answer", body=FORM, skip=1)
    seen = len(sandbox.calls(provider, route))
    sandbox.fault(provider, route, "status", status=429, retry_after=advised, retry_after_as=form, calls=1)
    caller.call(route, quick)
    refused, accepted = sandbox.calls(provider, route)[seen:]
    waited = begun(accepted) - ended(refused)
    # HTTP dates have whole seconds: between the two of an answer lies up to one second more or less than was meant.
    slack_s = advised * 0.1 if form == "seconds" else 1
    assert advised - slack_s <= waited <= advised + slack_s + 0.3


@every_route
def test_advice_beyond_the_total_time_ends_the_tries_at_once(route, struck):
    error, calls, seconds = struck(route, "status", status=429, retry_after=120)
    assert type(error) is errors.RateLimitedError
    assert error.retry_after == pytest.approx(120)
    assert len(calls) == 1
    assert seconds < 5


@every_route
def test_silence_ends_in_time(route, struck, quick):
    policy = replace(quick, attempts=1, total_s=0.6)
    error, _, seconds = struck(route, "delay", seconds=20, policy=policy)
    assert type(error) is (errors.DeadlineError if ROUTES[route][1] else errors.UncertainError)
    assert seconds < 10


@every_route
def test_a_body_of_one_byte_a_second_ends_in_time(route, struck, quick):
    policy = replace(quick, attempts=1, total_s=0.6)
    error, _, seconds = struck(route, "slow_body", bytes_per_s=1, policy=policy)
    assert type(error) is (errors.DeadlineError if ROUTES[route][1] else errors.UncertainError)
    assert seconds < 10


@every_route
def test_a_reset_connection(route, struck):
    error, calls, _ = struck(route, "reset")
    check(route, error, calls, errors.UnavailableError)


# An append whose answer is truncated was applied; test_sheets shows that it is found.
@pytest.mark.parametrize("route", [route for route in ROUTES if route != "values.append"])
def test_a_truncated_answer(route, struck):
    error, calls, _ = struck(route, "truncate", at=1)
    check(route, error, calls, errors.UnavailableError)


@pytest.mark.parametrize("route", [route for route in ROUTES if route != "media.download"])
def test_a_web_page_with_status_200(route, struck):
    error, calls, _ = struck(route, "html")
    assert type(error) is (errors.InvalidResponseError if ROUTES[route][1] else errors.UncertainError)
    assert len(calls) == MADE_AGAIN.get(route, 1)


def test_a_web_page_instead_of_the_picture_fails_its_hash(struck):
    error, calls, _ = struck("media.download", "html")
    assert type(error) is errors.InvalidResponseError
    assert error.code == "media_hash_mismatch"
    assert len(calls) == 1


def test_no_call_may_take_longer_than_45_seconds():
    assert http.RetryPolicy().total_s <= 45
    assert MAX_TOTAL_S <= 45


def ended(call):
    return datetime.fromisoformat(call["at"]).timestamp()


def begun(call):
    return ended(call) - call["ms"] / 1000
