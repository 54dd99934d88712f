"""Providers misbehave: each fault has an error of ours, is retried or not as its kind says, and ends in time."""

from __future__ import annotations

import gzip
import json
import time
from email.utils import formatdate

import pytest
import stamina.instrumentation

from kit import http
from kit.errors import (
    AuthenticationError,
    BreakerOpenError,
    ConflictError,
    ConnectError,
    DeadlineError,
    InvalidRequestError,
    InvalidResponseError,
    NotFoundError,
    OpsflowsError,
    PermissionDeniedError,
    QuotaExhaustedError,
    RateLimitedError,
    TransientError,
    UnavailableError,
    UncertainError,
    UnsafeUrlError,
)
from tests.kit_support import FaultServer, cut_off, drip, reply, reset, silence

pytestmark = pytest.mark.usefixtures("no_waits")

QUICK = http.RetryPolicy(attempts=3, total_s=20, connect_s=1, read_s=0.15)
HTML = b"<!doctype html><title>Maintenance</title>"


def client(server: FaultServer, **options) -> http.Client:
    return http.Client("acme", server.url, **{"policy": QUICK, **options})


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, InvalidRequestError),
        (401, AuthenticationError),
        (402, QuotaExhaustedError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (405, InvalidRequestError),
        (409, ConflictError),
        (410, NotFoundError),
        (412, ConflictError),
        (413, InvalidRequestError),
        (422, InvalidRequestError),
    ],
)
@pytest.mark.parametrize("keyed", [None, True])
def test_a_permanent_status_is_never_retried(server, status, error, keyed):
    server.answers(reply(status, b'{"error": "no"}', X_Request_Id="r-1"))
    with pytest.raises(error) as raised:
        client(server).request("POST", "/things", json={}, keyed=keyed)
    assert len(server.requests) == 1
    assert raised.value.details == {"status": status, "body": '{"error": "no"}'}
    assert (raised.value.provider, raised.value.request_id) == ("acme", "r-1")


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 599])
@pytest.mark.parametrize(("method", "keyed"), [("GET", None), ("PUT", None), ("DELETE", None), ("POST", True)])
def test_a_passing_status_of_a_repeatable_call_is_retried_until_the_attempts_are_used_up(server, status, method, keyed):
    server.answers(reply(status))
    with pytest.raises(UnavailableError):
        client(server).request(method, "/", keyed=keyed)
    assert len(server.requests) == QUICK.attempts


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
@pytest.mark.parametrize(("method", "keyed"), [("POST", None), ("PATCH", None), ("PUT", False)])
def test_a_passing_status_of_a_write_without_key_is_uncertain_and_sent_once(server, status, method, keyed):
    server.answers(reply(status))
    with pytest.raises(UncertainError):
        client(server).request(method, "/", json={}, keyed=keyed)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [425, 429])
def test_what_was_not_processed_is_retried_even_for_a_write_without_key(server, status):
    server.answers(reply(status), reply(status), reply(200, b'{"ok": 1}'))
    assert client(server).request("POST", "/", json={}).json() == {"ok": 1}
    assert len(server.requests) == 3


def test_after_a_passing_fault_the_answer_is_returned(server):
    server.answers(reply(503), reset, reply(200, b'{"n": 7}', X_Request_Id="r-9"))
    response = client(server).request("GET", "things?x=1", params={"y": "á"})
    assert (response.status, response.json(), response.request_id) == (200, {"n": 7}, "r-9")
    assert response.headers["content-TYPE"] == "application/json"
    assert server.requests[-1].line == "GET /things?x=1&y=%C3%A1 HTTP/1.1"


@pytest.mark.parametrize("fault", [reset, silence, cut_off], ids=["reset", "silence", "cut off"])
def test_a_broken_answer_to_a_read_is_transient_and_retried(server, fault):
    server.answers(fault)
    with pytest.raises(DeadlineError if fault is silence else UnavailableError):
        client(server).request("GET", "/")
    assert len(server.requests) == QUICK.attempts


@pytest.mark.parametrize("fault", [reset, silence, cut_off], ids=["reset", "silence", "cut off"])
def test_a_broken_answer_to_a_write_without_key_is_uncertain_and_never_repeated(server, fault):
    server.answers(fault)
    with pytest.raises(UncertainError):
        client(server).request("POST", "/", json={"a": 1})
    assert len(server.requests) == 1


@pytest.mark.parametrize("where", ["head", "body"])
@pytest.mark.parametrize(("method", "error"), [("GET", DeadlineError), ("POST", UncertainError)])
def test_a_server_that_drips_bytes_is_cut_off_at_the_total_deadline(server, where, method, error):
    server.answers(drip(where))
    policy = http.RetryPolicy(attempts=4, total_s=0.6, read_s=0.5)
    started = time.monotonic()
    with pytest.raises(error):
        client(server, policy=policy).request(method, "/")
    assert time.monotonic() - started < 5
    assert len(server.requests) == 1


def test_a_refused_connection_is_transient_even_for_a_write_without_key(server):
    server.stop_listening()
    with pytest.raises(ConnectError):
        client(server).request("POST", "/", json={})


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(HTML, "text/html"), (b'{"a": [1, 2', "application/json"), (b"", "application/json")],
    ids=["html", "truncated json", "empty"],
)
def test_an_answer_that_is_not_json_is_refused_not_parsed(server, body, content_type):
    server.answers(reply(200, body, content_type))
    with pytest.raises(InvalidResponseError) as raised:
        client(server).request("GET", "/")
    assert raised.value.details["body"] == body.decode()
    assert len(server.requests) == 1
    with pytest.raises(UncertainError):
        client(server).request("POST", "/", json={})
    assert client(server).request("GET", "/", expect_json=False).content == body


def test_an_answer_that_is_too_large_is_not_read_to_its_end(server):
    server.answers(reply(200, b"x" * 200_000))
    with pytest.raises(InvalidResponseError, match="larger than 1000"):
        client(server).request("GET", "/", max_bytes=1000)


def test_a_compressed_bomb_counts_by_its_unpacked_size(server):
    packed = gzip.compress(b"0" * 50_000_000)
    server.answers(reply(200, packed, Content_Encoding="gzip"))
    with pytest.raises(InvalidResponseError) as raised:
        client(server).request("GET", "/", max_bytes=1_000_000)
    assert raised.value.code == "response_too_large"


def test_retry_after_is_obeyed_within_ten_percent():
    """In seconds and as a date, measured on the wait that the retry loop schedules."""
    for header in ({"Retry-After": "7"}, {"Retry-After": formatdate(1_000_007, usegmt=True), "Date": formatdate(1e6)}):
        error = http.error_for(http.Response(429, header, b"", ""), repeatable=True)
        assert isinstance(error, RateLimitedError)
        delay = http.retry_delay(error, 1, 45, QUICK, jitter=0.9)
        assert delay == pytest.approx(7, rel=0.1)


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_really_waited_for(server, as_date):
    now = time.time()
    after = {"Retry_After": formatdate(now + 1, usegmt=True), "Date": formatdate(now, usegmt=True)}
    server.answers(reply(429, **(after if as_date else {"Retry_After": "0.5"})), reply(200))
    stamina.set_testing(testing=False)
    waits = []
    stamina.instrumentation.set_on_retry_hooks([lambda details: waits.append(details.wait_for)])
    started = time.monotonic()
    client(server).request("GET", "/")
    http.install_retry_log()
    expected = 1.0 if as_date else 0.5
    assert waits == [pytest.approx(expected, rel=0.1)]
    assert time.monotonic() - started >= 0.9 * expected


def test_a_retry_after_beyond_the_total_is_left_to_the_orchestrator(server):
    server.answers(reply(429, Retry_After="3600"))
    with pytest.raises(RateLimitedError) as raised:
        client(server).request("GET", "/")
    assert raised.value.retry_after == 3600
    assert len(server.requests) == 1


@pytest.mark.parametrize("value", ["soon", "", "-5", "nan", "inf", "Fri, 99 Nov 2026 00:00:00 GMT"])
def test_an_odd_retry_after_does_no_harm(value):
    error = http.error_for(http.Response(503, {"Retry-After": value}, b"", ""), repeatable=True)
    delay = http.retry_delay(error, 1, 45, QUICK, jitter=0.5)
    assert delay is None or 0 <= delay < 45


def test_the_worst_provider_costs_no_more_than_the_total(server):
    """Every attempt hangs until its own time-out; waits included, it ends within the policy's seconds."""
    stamina.set_testing(testing=False)
    server.answers(silence)
    policy = http.RetryPolicy(attempts=50, total_s=1.0, read_s=0.2, wait_initial_s=0.05)
    started = time.monotonic()
    with pytest.raises(TransientError):
        client(server, policy=policy).request("GET", "/")
    assert time.monotonic() - started < 5  # fifty attempts would take ten
    assert len(server.requests) >= 2


def test_when_the_time_is_over_no_attempt_is_begun_and_nobody_is_blamed(server):
    """The last wait may end a little late: then nothing is sent, and the breaker hears of one failure only."""
    server.answers(reply(503), reply(200, b"{}"))
    told: list[OpsflowsError | None] = []

    class Breaker:
        def allow(self) -> None:
            pass

        def record(self, error: OpsflowsError | None) -> None:
            told.append(error)

    moments = iter([0.5])  # the wait is decided upon; from then on hardly anything is left

    def clock() -> float:
        return next(moments, QUICK.total_s - 0.01) if told else 0.0

    with pytest.raises(DeadlineError) as caught:
        client(server, breaker=Breaker(), clock=clock).request("GET", "/")
    assert isinstance(caught.value, TransientError)
    assert len(server.requests) == 1
    assert [type(error) for error in told] == [UnavailableError]


def test_waits_grow_are_spread_and_capped():
    error = UnavailableError("down")
    policy = http.RetryPolicy(attempts=99)
    middle = [http.retry_delay(error, n, 1000, policy, jitter=0.5) for n in range(1, 9)]
    assert middle == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert http.retry_delay(error, 3, 1000, policy, jitter=0.0) == 0.75
    assert http.retry_delay(error, 3, 1000, policy, jitter=1.0) == 1.25
    assert http.retry_delay(error, 99, 1000, policy, jitter=0.5) is None
    assert http.retry_delay(error, 3, 0.9, policy, jitter=0.5) is None


@pytest.mark.parametrize("error", [InvalidRequestError("no"), UncertainError("who knows"), ValueError("bug")])
def test_only_transient_trouble_is_ever_repeated(error):
    assert http.retry_delay(error, 1, 1000, QUICK, jitter=0.5) is None


def test_a_redirect_within_the_host_is_followed_for_reads_only(server):
    server.answers(reply(302, Location="/there"), reply(200, b'{"there": true}'))
    assert client(server).request("GET", "/here").json() == {"there": True}
    assert server.requests[1].line == "GET /there HTTP/1.1"
    server.answers(reply(302, Location="/there"))
    with pytest.raises(UncertainError):
        client(server).request("POST", "/here", json={})


def test_a_redirect_loop_ends(server):
    server.answers(reply(302, Location="/again"))
    with pytest.raises(InvalidResponseError, match="redirects"):
        client(server).request("GET", "/")
    assert len(server.requests) == 4


def test_classify_sees_the_answer_first_also_a_good_one(server):
    def classify(response: http.Response) -> OpsflowsError | None:
        said = response.json()
        return None if said["ok"] else NotFoundError("no such channel", code=said["error"])

    server.answers(reply(200, json.dumps({"ok": False, "error": "channel_not_found"}).encode(), X_Slack_Req_Id="s-1"))
    with pytest.raises(NotFoundError) as raised:
        client(server, classify=classify).request("POST", "/", json={})
    assert (raised.value.code, raised.value.provider, raised.value.request_id) == ("channel_not_found", "acme", "s-1")


@pytest.mark.parametrize(
    ("answer", "read", "write"),
    [
        (reply(200, HTML, "text/html"), InvalidResponseError, UncertainError),
        (reply(502, HTML, "text/html"), UnavailableError, UncertainError),
        (reply(403, HTML, "text/html"), PermissionDeniedError, PermissionDeniedError),
    ],
    ids=["200", "502", "403"],
)
def test_a_classify_that_finds_html_instead_of_json_changes_nothing(server, answer, read, write):
    """Else a write that was perhaps applied would count as refused."""
    server.answers(answer)
    talker = client(server, classify=lambda response: NotFoundError("no") if response.json()["error"] else None)
    with pytest.raises(read):
        talker.request("GET", "/")
    with pytest.raises(write):
        talker.request("POST", "/", json={})


def test_the_breaker_is_asked_before_and_told_after_each_attempt(server):
    told = []

    class Breaker:
        def allow(self) -> None:
            if len(told) == 2:
                raise BreakerOpenError("open", retry_after=60)

        def record(self, error: OpsflowsError | None) -> None:
            told.append(type(error))

    server.answers(reply(503))
    with pytest.raises(BreakerOpenError):
        client(server, breaker=Breaker()).request("GET", "/")
    assert told == [UnavailableError, UnavailableError]
    assert len(server.requests) == 2


def test_the_limiter_is_asked_before_each_attempt(server):
    asked = []

    class Limiter:
        def acquire(self, cost: int = 1, deadline_s: float = 30.0) -> None:
            asked.append((cost, deadline_s <= QUICK.total_s))

    server.answers(reply(503), reply(200))
    client(server, limiter=Limiter()).request("GET", "/")
    assert asked == [(1, True), (1, True)]


def test_what_is_sent_is_what_was_asked_for(server):
    server.answers(reply(204, b""))
    talker = client(server, headers={"Authorization": "Bearer t"}, auth=lambda r: r)
    response = talker.request("POST", "/", json={"name": "José ñ 🧾"}, headers={"X-Own": "1"})
    sent = server.requests[0]
    assert (response.status, json.loads(sent.body)) == (204, {"name": "José ñ 🧾"})
    assert sent.headers["content-type"] == "application/json; charset=utf-8"
    assert sent.headers["user-agent"].startswith("opsflows/")
    assert (sent.headers["authorization"], sent.headers["x-own"]) == ("Bearer t", "1")


def test_cookies_are_neither_kept_nor_sent(server):
    server.answers(reply(200, Set_Cookie="session=1; Path=/"))
    talker = client(server)
    talker.request("GET", "/")
    talker.request("GET", "/")
    assert "cookie" not in server.requests[1].headers


def test_a_request_that_cannot_be_written_is_the_callers_fault(server):
    for options in ({"headers": {"X-Bad": "a\r\nInjected: 1"}}, {"headers": {"X-Bad": "ñ☃"}}):
        with pytest.raises((InvalidRequestError, UnsafeUrlError)):
            client(server).request("GET", "/", **options)
    assert server.requests == []


def test_an_error_body_is_kept_short_and_without_secrets(server):
    server.answers(reply(400, b"token=abcdefghijk&x " + b"y" * 9000))
    with pytest.raises(InvalidRequestError) as raised:
        client(server).request("GET", "/?access_token=abcdefghijk")
    assert len(raised.value.details["body"]) == 4096
    assert "abcdefghijk" not in str(raised.value)
