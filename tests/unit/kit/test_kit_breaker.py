"""The breaker's states in the database; time is moved by moving the row's times."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from kit import breaker, db, http
from kit.breaker import Breaker, BreakerPolicy
from kit.errors import (
    AuthenticationError,
    BreakerOpenError,
    ConfigurationError,
    ConnectError,
    DeadlineError,
    InvalidRequestError,
    InvalidResponseError,
    NotFoundError,
    OpsflowsError,
    RateLimitedError,
    UnavailableError,
    UncertainError,
)
from kit.lasting import Lasting
from kit.limits import Limiter
from tests.kit_support import reply

_END_THE_OTHERS = """select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()"""
POLICY = BreakerPolicy(failures=3, cooldown_s=30, max_cooldown_s=100, reset_s=300)


@pytest.fixture
def make(dsn):
    return lambda: Breaker("acme", POLICY, lasting=Lasting(lambda: db.connect(dsn)))


def fail(one: Breaker, times: int = 1, error: OpsflowsError | None = None) -> None:
    for _ in range(times):
        one.allow()
        one.record(error or UnavailableError("503"))


def pass_time(conn, seconds: float) -> None:
    db.execute(
        conn,
        "update ops.breakers set probe_at = probe_at - make_interval(secs => %(s)s), "
        "failed_at = failed_at - make_interval(secs => %(s)s)",
        {"s": seconds},
    )


def row(conn) -> db.Row:
    return breaker.state_of(conn, "acme") or {}


def test_it_opens_after_failures_in_a_row_and_says_when_to_come_back(make, conn):
    fail(make(), 3)
    with pytest.raises(BreakerOpenError) as raised:
        make().allow()
    assert raised.value.retry_after == pytest.approx(30, abs=2)
    assert (raised.value.code, raised.value.provider) == ("breaker_open", "acme")
    assert (row(conn)["state"], row(conn)["failures"], row(conn)["code"]) == ("open", 3, "unavailable")


def test_a_success_ends_the_row(make, conn):
    one, other = make(), make()
    fail(one, 2)
    other.allow()
    other.record(None)
    fail(one, 2)
    assert row(conn)["state"] == "closed"


def test_an_old_row_is_forgotten(make, conn):
    fail(make(), 2)
    pass_time(conn, 301)
    fail(make(), 2)
    assert (row(conn)["state"], row(conn)["failures"]) == ("closed", 2)


def test_one_probe_a_cool_down_and_its_success_closes(make, conn):
    fail(make(), 3)
    pass_time(conn, 31)
    probe, other = make(), make()
    probe.allow()
    with pytest.raises(BreakerOpenError):
        other.allow()
    probe.record(None)
    other.allow()
    assert (row(conn)["state"], row(conn)["failures"], row(conn)["opened_at"]) == ("closed", 0, None)


def test_a_probe_that_fails_doubles_the_cool_down_up_to_the_most(make, conn):
    fail(make(), 3)
    found = []
    for _ in range(4):
        pass_time(conn, 101)
        fail(make())
        found.append(row(conn)["cooldown_s"])
    assert found == [60, 100, 100, 100]
    assert row(conn)["failures"] == 3


def test_a_probe_whose_process_died_is_followed_by_another_a_cool_down_later(make, conn):
    fail(make(), 3)
    pass_time(conn, 31)
    make().allow()
    with pytest.raises(BreakerOpenError):
        make().allow()
    pass_time(conn, 31)
    make().allow()


def test_calls_begun_before_it_opened_change_nothing_when_they_end(make, conn):
    early = [make() for _ in range(3)]
    for one in early:
        one.allow()
    fail(make(), 3)
    before = row(conn)
    early[0].record(None)
    early[1].record(UnavailableError("503"))
    early[2].record(InvalidRequestError("400"))
    assert {**row(conn), "wait_s": 0} == {**before, "wait_s": 0}


def test_a_probe_that_our_own_limit_refused_is_given_back(make, conn, dsn):
    fail(make(), 3)
    pass_time(conn, 31)
    limit = Limiter(lambda: db.connect(dsn), "acme", 1, 1000)
    limit.acquire()
    with pytest.raises(RateLimitedError), http.guarded(make(), limit, 1):
        pytest.fail("not reached")
    with http.guarded(make(), None, 1):
        pass
    assert row(conn)["state"] == "closed"


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (None, "alive"),
        (UnavailableError("x", details={"status": 503}), "failed"),
        (UnavailableError("x", details={"status": 423}), "alive"),
        (DeadlineError("x"), "failed"),
        (ConnectError("x"), "failed"),
        (UncertainError("x"), "failed"),
        (UncertainError("x", details={"status": 408}), "alive"),
        (InvalidResponseError("x"), "failed"),
        (InvalidResponseError("x", code="response_too_large"), "alive"),
        (InvalidResponseError("x", code="model_schema"), "alive"),
        (RateLimitedError("x", details={"status": 429}), "alive"),
        (RateLimitedError("x", details={"own_limit": "acme"}), "unasked"),
        (ConfigurationError("x"), "unasked"),
        (AuthenticationError("x"), "alive"),
        (InvalidRequestError("x"), "alive"),
        (NotFoundError("x"), "alive"),
    ],
    ids=repr,
)
def test_only_the_providers_own_trouble_counts(error, meaning):
    assert breaker.means(error) == meaning


def test_an_outage_of_ten_minutes_costs_a_fiftieth_of_a_call_a_second(dsn, conn):
    one = Breaker("acme", lasting=Lasting(lambda: db.connect(dsn)))
    sent, began = [], time.monotonic()
    for second in range(600):
        try:
            one.allow()
        except BreakerOpenError:
            pass
        else:
            sent.append(second + time.monotonic() - began)
            one.record(UnavailableError("503"))
        pass_time(conn, 1)
    # Five to open it, then one after 30 s, 60 s, and each 120 s; what the loop itself takes counts as time too.
    waits = [later - earlier for earlier, later in pairwise(sent)]
    assert waits == [pytest.approx(wait, rel=0.1, abs=1.5) for wait in [1, 1, 1, 1, 30, 60, 120, 120, 120, 120]]
    pass_time(conn, 120)
    one.allow()
    one.record(None)
    assert row(conn)["state"] == "closed"


@pytest.mark.parametrize("forced", ["open", "closed"])
def test_a_person_forces_it_and_gives_it_free(make, conn, forced):
    breaker.force(conn, "acme", forced)
    if forced == "open":
        with pytest.raises(BreakerOpenError, match="person"):
            make().allow()
    else:
        fail(make(), 9)
        make().allow()
    breaker.reset(conn, "acme")
    make().allow()
    assert (row(conn)["state"], row(conn)["failures"], row(conn)["forced"]) == ("closed", 0, None)


def test_calls_go_through_while_postgres_is_away():
    tried = []

    def connect() -> db.Connection:
        tried.append(1)
        return db.connect("postgresql://127.0.0.1:1/none")

    one = Breaker("acme", POLICY, lasting=Lasting(connect))
    fail(one, 9)
    one.allow()
    assert tried == [1]


def test_a_lost_connection_is_opened_again(dsn, conn):
    lasting = Lasting(lambda: db.connect(dsn))
    one = Breaker("acme", POLICY, lasting=lasting)
    fail(one, 2)
    db.execute(conn, _END_THE_OTHERS)
    fail(one)
    assert row(conn)["state"] == "open"


@pytest.mark.usefixtures("no_waits")
def test_the_http_client_stops_in_the_middle_of_its_tries(server, make):
    server.answers(reply(503))
    client = http.Client("acme", server.url, breaker=make(), policy=http.RetryPolicy(attempts=6))
    with pytest.raises(BreakerOpenError):
        client.request("GET", "/")
    assert len(server.requests) == POLICY.failures
    with pytest.raises(BreakerOpenError):
        client.request("GET", "/")
    assert len(server.requests) == POLICY.failures


@pytest.mark.usefixtures("no_waits")
def test_refusals_never_open_it(server, make, conn):
    server.answers(*[reply(status) for status in (400, 401, 403, 404, 409, 422, 429)], reply(404))
    client = http.Client("acme", server.url, breaker=make(), policy=http.RetryPolicy(attempts=1))
    for _ in range(12):
        with pytest.raises(OpsflowsError):
            client.request("GET", "/")
    assert row(conn) == {}
