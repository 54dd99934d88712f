"""The rate limiter: exact in the database, in order, and without waiting in the tests."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from kit import db
from kit.errors import RateLimitedError
from kit.limits import Limiter


def limiter(dsn: str, waits: list[float], **options) -> Limiter:
    return Limiter(lambda: db.connect(dsn), "acme", **{"calls": 10, "per_s": 100, **options}, sleep=waits.append)


def test_a_burst_passes_at_once_and_the_next_calls_wait_one_interval_each(dsn):
    waits: list[float] = []
    one = limiter(dsn, waits, burst=3)
    for _ in range(6):
        one.acquire(deadline_s=100)
    assert waits == [pytest.approx(n * 10, abs=0.5) for n in (1, 2, 3)]


def test_a_call_that_would_wait_too_long_is_refused_and_takes_no_slot(dsn):
    waits: list[float] = []
    one = limiter(dsn, waits, burst=1)
    one.acquire()
    for _ in range(3):
        with pytest.raises(RateLimitedError) as raised:
            one.acquire(deadline_s=5)
        assert raised.value.retry_after == pytest.approx(10, abs=0.5)
    one.acquire(deadline_s=20)
    assert waits == [pytest.approx(10, abs=0.5)]


def test_a_dear_call_takes_several_slots(dsn):
    waits: list[float] = []
    one = limiter(dsn, waits, burst=10)
    one.acquire(cost=10)
    one.acquire(cost=2, deadline_s=100)
    assert waits == [pytest.approx(20, abs=0.5)]


def test_the_limit_is_shared_and_exact_under_races(dsn):
    """40 callers at once against 10 per 100 s: the slots are 10 s apart, none is given twice."""
    waits: list[float] = []

    def call(_: int) -> None:
        limiter(dsn, waits, burst=10).acquire(deadline_s=1000)

    with ThreadPoolExecutor(40) as pool:
        list(pool.map(call, range(40)))
    assert sorted(waits) == [pytest.approx(n * 10, abs=3) for n in range(1, 31)]


def test_limits_of_different_keys_do_not_touch(dsn):
    waits: list[float] = []
    for key in ("a", "b"):
        Limiter(lambda: db.connect(dsn), key, 1, 60, sleep=waits.append).acquire()
    assert waits == []


def test_a_lost_connection_is_opened_again(dsn):
    one = limiter(dsn, [])
    one.acquire()
    one._conn.close()
    one.acquire()
