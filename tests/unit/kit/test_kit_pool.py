"""The pool is bounded, refuses rather than queues, and lends no connection that is broken or in a transaction."""

from __future__ import annotations

import threading

import pytest

from kit import db
from kit.errors import ConnectError, OpsflowsError, UnavailableError
from kit.pool import EXHAUSTED, Pool


@pytest.fixture
def pool(dsn):
    found = Pool(lambda: db.connect(dsn), size=2, wait_s=0.05)
    yield found
    found.close()


def backend(conn: db.Connection) -> int:
    row = db.fetch_one(conn, "select pg_backend_pid() as pid")
    assert row
    return int(row["pid"])


def test_a_connection_is_used_again(pool: Pool):
    with pool.connection() as conn:
        first = backend(conn)
    with pool.connection() as conn:
        assert backend(conn) == first


def test_who_comes_when_all_are_lent_is_refused_and_served_afterwards(pool: Pool):
    with pool.connection() as one, pool.connection() as two:
        assert backend(one) != backend(two)
        with pytest.raises(UnavailableError) as refused, pool.connection():
            pass
        assert (refused.value.code, pool.lent) == (EXHAUSTED, 2)
    with pool.connection() as conn:
        assert backend(conn)
    assert pool.lent == 0


def test_who_waits_gets_the_first_that_comes_back(dsn):
    pool = Pool(lambda: db.connect(dsn), size=1, wait_s=30)
    waits, served = threading.Event(), []

    def ask() -> None:
        waits.set()
        with pool.connection() as conn:
            served.append(backend(conn))

    with pool.connection() as conn:
        pid = backend(conn)
        asking = threading.Thread(target=ask)
        asking.start()
        assert waits.wait(30)
    asking.join(30)
    assert served == [pid]
    pool.close()


def test_never_more_connections_than_its_size(dsn):
    opened, lock = [], threading.Lock()

    def open_one() -> db.Connection:
        conn = db.connect(dsn)
        with lock:
            opened.append(conn)
        return conn

    pool = Pool(open_one, size=3, wait_s=30)

    def work() -> None:
        for _ in range(10):
            with pool.connection() as conn:
                backend(conn)

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert 1 <= len(opened) <= 3
    pool.close()
    assert all(conn.closed for conn in opened)


@pytest.mark.parametrize("rest_s", [0, 3600])
def test_one_that_the_server_ended_is_replaced(dsn, conn, rest_s):
    pool = Pool(lambda: db.connect(dsn), size=1, wait_s=0.05, rest_s=rest_s)
    with pool.connection() as lent:
        first = backend(lent)
    db.execute(conn, "select pg_terminate_backend(%s, 10000)", (first,))
    if rest_s:  # not asked for life: its first caller meets the trouble, and the next one does not
        with pytest.raises(OpsflowsError), pool.connection() as lent:
            backend(lent)
    with pool.connection() as lent:
        assert backend(lent) != first
    pool.close()


def test_what_a_caller_leaves_open_does_not_reach_the_next(pool: Pool):
    with pool.connection() as lent:
        lent.autocommit = False
        db.execute(lent, "insert into ops.counters values ('left', '2026-01-01', 1)")
        left = backend(lent)
    with pool.connection() as lent:
        assert backend(lent) != left
        assert db.fetch_all(lent, "select 1 from ops.counters") == []
        assert lent.autocommit


def test_after_an_error_of_the_caller_its_place_is_free(pool: Pool):
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), pool.connection():
            raise ZeroDivisionError
    assert pool.lent == 0


def test_an_old_one_is_not_lent_again(dsn):
    pool = Pool(lambda: db.connect(dsn), size=1, age_s=0)
    with pool.connection() as lent:
        first = backend(lent)
    with pool.connection() as lent:
        assert backend(lent) != first
    pool.close()


def test_a_database_that_is_away_costs_no_place():
    pool = Pool(lambda: db.connect("postgresql://127.0.0.1:1/none", connect_s=1), size=1, wait_s=0.05)
    for _ in range(3):
        with pytest.raises(ConnectError), pool.connection():
            pass
    assert pool.lent == 0
