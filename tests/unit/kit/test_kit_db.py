"""Connections, transactions and locks."""

from __future__ import annotations

import pytest

from kit import db
from kit.errors import ConfigurationError, ConflictError, DeadlineError


def add(conn: db.Connection, name: str) -> None:
    db.execute(conn, "insert into ops.counters values (%(name)s, '2026-01-01', 1)", {"name": name})


def names(conn: db.Connection) -> list[str]:
    return [row["name"] for row in db.fetch_all(conn, "select name from ops.counters order by name")]


def test_a_connection_speaks_utc_names_itself_and_bounds_statements(dsn, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_TASK_ID", "intake")
    with db.connect(dsn, statement_s=1.5) as conn:
        found = {
            name: db.fetch_one(conn, f"show {name}")[name]
            if name != "timezone"
            else db.fetch_one(conn, "show timezone")["TimeZone"]
            for name in ("application_name", "statement_timeout", "timezone")
        }
    assert found == {"application_name": "opsflows intake", "statement_timeout": "1500ms", "timezone": "UTC"}


def test_with_closes_the_connection(dsn):
    with db.connect(dsn) as conn:
        pass
    assert conn.closed


def test_without_a_dsn_the_setting_is_named(monkeypatch):
    monkeypatch.delenv("OPSFLOWS_PG_DSN", raising=False)
    with pytest.raises(ConfigurationError, match="OPSFLOWS_PG_DSN"):
        db.connect()


def test_a_statement_alone_commits_at_once(conn, dsn):
    add(conn, "a")
    with db.connect(dsn) as other:
        assert names(other) == ["a"]


def test_a_transaction_commits_all_or_nothing(conn, dsn):
    with db.transaction(conn):
        add(conn, "a")
        with db.connect(dsn) as other:
            assert names(other) == []

    def fail() -> None:
        with db.transaction(conn):
            add(conn, "b")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert names(conn) == ["a"]
    add(conn, "c")
    assert names(conn) == ["a", "c"]


def test_a_transaction_within_another_is_a_savepoint(conn):
    with db.transaction(conn):
        add(conn, "outer")
        for name in ("x", "outer", "y"):
            try:
                with db.transaction(conn):
                    add(conn, name)
            except ConflictError:
                continue
    assert names(conn) == ["outer", "x", "y"]


def test_a_lock_is_one_sessions_until_it_lets_go(conn, dsn):
    with db.connect(dsn) as other:
        with db.advisory_lock(conn, "k"):
            with pytest.raises(DeadlineError), db.advisory_lock(other, "k", wait_s=0.05):
                pytest.fail("two holders")
            with db.advisory_lock(other, "another", wait_s=0.05):
                pass
        with db.advisory_lock(other, "k", wait_s=0.05):
            pass


def test_a_lock_is_freed_by_an_error_and_does_not_change_the_sessions_limits(conn, dsn):
    def fail() -> None:
        with db.advisory_lock(conn, "k"):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert db.fetch_one(conn, "show lock_timeout") == {"lock_timeout": "0"}
    assert db.fetch_one(conn, "show statement_timeout") == {"statement_timeout": "1min"}
    with db.connect(dsn) as other, db.advisory_lock(other, "k", wait_s=0.05):
        pass


def test_fetch_one_of_nothing_is_none(conn):
    assert db.fetch_one(conn, "select 1 where false") is None
    assert db.execute(conn, "update ops.counters set value = 2") == 0


def test_sql_comes_from_the_release():
    with pytest.raises(ConfigurationError):
        db.load_sql("kit/none.sql")
    assert "ops.claims" in db.own_sql("claim")
