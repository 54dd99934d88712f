"""The table of limits, and what an adapter gets of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import db, http, policies
from kit.answers import RetryPolicy, retry_delay
from kit.errors import BreakerOpenError, ConfigurationError, RateLimitedError, UnavailableError
from kit.lasting import Lasting
from kit.limit_sets import LimitSet
from tests.kit_support import reply

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def shared(dsn, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)


def test_every_provider_of_the_adapters_has_a_policy():
    assert {"whatsapp", "openai", "google", "slack", "hubspot", "manychat"} <= set(policies.table())


def test_every_kind_of_call_has_its_cost():
    for provider, policy in policies.table().items():
        for kind in (None, *policy.costs):
            assert set(policy.cost(kind)) <= set(policy.limits), provider


@given(calls=st.integers(2, 60), window=st.floats(0.5, 60), burst=st.integers(1, 59), asked=st.integers(1, 200))
def test_no_window_holds_more_calls_than_the_provider_allows(calls, window, burst, asked):
    """The arithmetic of `ops.rate_limits`, on a clock of the test's own and with callers that never wait to ask."""
    burst = min(burst, calls - 1)
    interval = window / (calls - burst)
    tat, sent = 0.0, []
    for _ in range(asked):
        wait = max(0.0, tat + interval - interval * burst)
        tat += interval
        sent.append(wait)
    for start in range(len(sent)):
        inside = [moment for moment in sent[start:] if moment < sent[start] + window - 1e-9]
        assert len(inside) <= calls


@pytest.mark.usefixtures("shared")
def test_a_kind_takes_of_its_own_limits(conn):
    waits: list[float] = []
    search = policies.limiter("hubspot", "search", sleep=waits.append)
    for _ in range(3):
        search.acquire()
    rows = {row["key"] for row in db.fetch_all(conn, "select key from ops.rate_limits")}
    assert rows == {"hubspot:calls", "hubspot:search"}
    assert waits == [pytest.approx(0.25, abs=0.1), pytest.approx(0.5, abs=0.1)]


def test_a_refusal_by_one_limit_takes_nothing_of_the_others(dsn, conn):
    lasting = Lasting(lambda: db.connect(dsn))
    parts = {"a": (policies.limit("hubspot", "calls"), 1), "b": (policies.limit("hubspot", "search"), 1)}
    one = LimitSet(parts, lasting, sleep=lambda _: None)
    one.acquire(cost=8)
    before = db.fetch_all(conn, "select key, tat from ops.rate_limits order by key")
    with pytest.raises(RateLimitedError):
        one.acquire(cost=1, deadline_s=0.1)
    assert db.fetch_all(conn, "select key, tat from ops.rate_limits order by key") == before


@pytest.mark.usefixtures("shared", "no_waits")
def test_a_client_has_the_limits_the_breaker_and_the_waits(server, conn):
    server.answers(reply(503))
    with pytest.raises((UnavailableError, BreakerOpenError)):
        policies.client("slack", server.url).request("GET", "/")
    keys = [row["key"] for row in db.fetch_all(conn, "select key from ops.rate_limits")]
    failures = db.fetch_one(conn, "select failures from ops.breakers where provider = 'slack'")
    assert (keys, failures) == (["slack:calls"], {"failures": 4})
    assert policies.retry("hubspot").waits["TEN_SECONDLY_ROLLING"] == 10


@pytest.mark.usefixtures("shared")
def test_a_request_may_be_of_another_kind(server, conn):
    server.answers(reply(200))
    policies.client("hubspot", server.url).request("GET", "/", limiter=policies.limiter("hubspot", "search"))
    assert len(db.fetch_all(conn, "select key from ops.rate_limits")) == 2


def test_without_a_database_nothing_is_shared_and_nothing_fails(server, monkeypatch):
    monkeypatch.delenv("OPSFLOWS_PG_DSN", raising=False)
    server.answers(reply(200))
    assert policies.client("slack", server.url).request("GET", "/").status == 200
    with policies.guarded("openai"):
        pass


def test_limits_let_through_while_postgres_is_away(server, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", "postgresql://127.0.0.1:1/none")
    server.answers(reply(200))
    assert policies.client("slack", server.url).request("GET", "/").status == 200


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("asked", [("nobody", None), ("hubspot", "no_such_kind")])
def test_what_the_table_does_not_know_is_a_wrong_configuration(asked):
    with pytest.raises(ConfigurationError):
        policies.limiter(*asked)


@pytest.mark.parametrize(
    "part",
    [
        {"limits": {"a": {"calls": 5, "window_s": 1, "burst": 5}}},
        {"limits": {"a": {"calls": 5, "window_s": 0, "burst": 1}}},
        {"limits": {"a": {"calls": 5, "window_s": 1, "burst": 1}}, "costs": {"default": {"b": 1}}},
        {"limits": {}, "costs": {"search": {}}},
        {"limits": {}, "breaker": {"failure": 5}},
    ],
    ids=str,
)
def test_a_table_that_cannot_be_meant_is_refused(part):
    with pytest.raises(ConfigurationError, match=r"limits\.json"):
        policies._read(json.dumps({"acme": {"source": "x", **part}}))


def test_a_providers_own_wait_grows_with_the_attempt_and_the_servers_word_wins():
    policy = RetryPolicy(waits={"DAILY_ISH": 10, "locked": 2})
    by_policy = RateLimitedError("x", details={"policy": "DAILY_ISH"})
    assert [retry_delay(by_policy, n, 100, policy, 0) for n in (1, 2, 3)] == [10, 20, 30]
    assert retry_delay(UnavailableError("x", code="locked"), 1, 100, policy, 1) == 2.5
    assert retry_delay(RateLimitedError("x", retry_after=7, details={"policy": "DAILY_ISH"}), 3, 100, policy, 0.5) == 7
    assert retry_delay(UnavailableError("x"), 1, 100, policy, 0.5) == policy.wait_initial_s


def test_an_open_breaker_is_not_waited_for():
    assert retry_delay(BreakerOpenError("x", retry_after=1), 1, 100, RetryPolicy(), 0.5) is None


def test_the_clients_time_for_slots_leaves_some_for_the_answer(server):
    asked = []

    class Limiter:
        def acquire(self, cost: int = 1, deadline_s: float = 30.0) -> None:
            asked.append(deadline_s * cost)

    server.answers(reply(200))
    http.Client("acme", server.url, limiter=Limiter(), policy=RetryPolicy(total_s=10)).request("GET", "/")
    assert asked == [pytest.approx(8, abs=0.5)]
