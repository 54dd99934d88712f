"""The console's connections: a few, used again, and 503 with Retry-After when there is none."""

from contextlib import ExitStack

import pytest
import requests

from console import db as console_db
from kit import db
from tests.console_support import PASSWORD

AUTH = ("opsflows", PASSWORD)


@pytest.fixture(autouse=True)
def _own_pools(monkeypatch):
    monkeypatch.setattr(console_db, "_pools", {})
    monkeypatch.setenv("OPSFLOWS_CONSOLE_POOL", "2")
    yield
    for pool in console_db._pools.values():
        pool.close()


def test_pages_share_their_connections(desk, conn):
    for _ in range(5):
        assert requests.get(f"{desk.url}/tickets", auth=AUTH, timeout=20).status_code == 200
    found = db.fetch_one(
        conn,
        "select count(*) as connections from pg_stat_activity "
        "where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()",
    )
    assert found
    assert found["connections"] <= 2
    assert len(console_db._pools) == 1


def test_a_console_without_a_free_connection_says_when_to_come_again(desk):
    with ExitStack() as held:
        for _ in range(console_db.pool().size):
            held.enter_context(console_db.connect())
        answer = requests.get(f"{desk.url}/tickets", auth=AUTH, timeout=20)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert requests.get(f"{desk.url}/tickets", auth=AUTH, timeout=20).status_code == 200
