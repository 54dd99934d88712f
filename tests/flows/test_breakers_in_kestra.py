"""Breakers as Kestra's KV shows and steers them, with a real engine."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from flowkit import wait_for

from kit import breaker, db
from kit import standings as read
from kit.breaker import Breaker, BreakerPolicy
from kit.errors import BreakerOpenError, InvalidRequestError, UnavailableError
from kit.kv import Store
from kit.lasting import Lasting
from kit.switches import Switches
from tests.kit_support import conn, dsn, migrated
from tools.deploy.server import Target

__all__ = ["conn", "dsn", "migrated"]

# A KV store belongs to a namespace that exists, and a namespace exists by its flows.
FLOW = """\
id: kv_holder
namespace: opsflows.held
tasks: [{id: work, type: io.kestra.plugin.core.log.Log, message: m}]
"""
POLICY = BreakerPolicy(failures=3, reset_s=2, cooldown_s=600)


@pytest.fixture
def store(bare_target: Target, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("OPSFLOWS_KESTRA_URL", bare_target.url)
    monkeypatch.setenv("OPSFLOWS_KESTRA_USERNAME", bare_target.username)
    monkeypatch.setenv("OPSFLOWS_KESTRA_PASSWORD", bare_target.password)
    monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", bare_target.url.removeprefix("http://"))
    flows = f"{bare_target.url}/api/v1/main/flows"
    login = (bare_target.username, bare_target.password)
    requests.post(flows, data=FLOW, headers={"Content-Type": "application/x-yaml"}, auth=login, timeout=30)
    found = Store()
    yield found
    for entry in found.keys():  # noqa: SIM118 - no dictionary
        found.delete(entry.key)
    requests.delete(f"{flows}/opsflows.held/kv_holder", auth=login, timeout=30)


@pytest.fixture
def make(dsn: str) -> Callable[..., Breaker]:
    return lambda **options: Breaker("acme", POLICY, lasting=Lasting(lambda: db.connect(dsn)), **options)


def fail(one: Breaker, times: int) -> None:
    for _ in range(times):
        one.allow()
        one.record(UnavailableError("503"))


def look_again(conn: db.Connection) -> None:
    db.execute(conn, "update ops.breakers set forced_seen = '-infinity'")


@pytest.mark.parametrize("value", ["text", 'with "quotes" and ñ', 12, 1.5, True, False, {"a": [1, None]}, ["x"], ""])
def test_a_value_comes_back_as_it_was(store: Store, value: object):
    store.set("some.key-1", value)
    assert store.get("some.key-1") == value


def test_keys_are_listed_deleted_and_expire(store: Store):
    for key in ("b.two", "b.one", "a"):
        store.set(key, 1)
    assert [entry.key for entry in store.keys("b.")] == ["b.one", "b.two"]
    assert (store.delete("a"), store.delete("a"), store.get("a", "none")) == (True, False, "none")
    store.set("brief", 1, ttl_s=1)
    until_gone(store, "brief")
    with pytest.raises(InvalidRequestError):
        store.set("no:colons", 1)


def test_what_is_read_and_written_in_turn_loses_no_addition(store: Store, conn: db.Connection, dsn: str):
    def add(_: int) -> None:
        with db.connect(dsn) as own:
            store.update(own, "sum", lambda old: (old or 0) + 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(24)))
    assert store.get("sum") == 24
    assert store.update(conn, "sum", lambda _: None) is None
    assert store.get("sum") is None


def test_failures_are_shown_and_gone_when_they_are_forgotten(store: Store, make):
    one = make()
    fail(one, 2)
    assert store.get("cb.failures.acme") == 2
    one.allow()
    one.record(None)
    assert store.get("cb.failures.acme") is None
    fail(one, 1)
    until_gone(store, "cb.failures.acme")


def test_a_person_steers_it_in_kestra(store: Store, make, conn: db.Connection):
    one = make()
    one.allow()
    store.set("cb.open.acme", True)  # noqa: FBT003 - the value
    one.allow()  # the switch is looked at once in a while
    look_again(conn)
    with pytest.raises(BreakerOpenError):
        make().allow()
    store.set("cb.open.acme", False)  # noqa: FBT003 - the value
    look_again(conn)
    fail(one, 5)
    one.allow()
    store.delete("cb.open.acme")
    look_again(conn)
    with pytest.raises(BreakerOpenError):
        one.allow()


def test_the_command_writes_the_switch_and_reset_takes_everything_away(store: Store, make, conn: db.Connection):
    fail(make(), 3)
    breaker.force(conn, "acme", "open")
    assert (store.get("cb.open.acme"), store.get("cb.failures.acme")) == (True, 3)
    assert read.switch("acme") == {"kestra": "ok", "cb.open.acme": True, "cb.failures.acme": 3}
    assert [row["key"] for row in read.kv("cb.")] == ["cb.failures.acme", "cb.open.acme"]
    breaker.reset(conn, "acme")
    assert store.keys("cb.") == []
    make().allow()


def test_a_switch_that_nobody_understands_changes_nothing(store: Store, make, conn: db.Connection):
    breaker.force(conn, "acme", "open")
    store.set("cb.open.acme", "perhaps")
    look_again(conn)
    with pytest.raises(BreakerOpenError):
        make().allow()


def test_while_kestra_is_away_the_last_word_stays(
    store: Store, make, conn: db.Connection, monkeypatch: pytest.MonkeyPatch
):
    store.set("cb.open.acme", True)  # noqa: FBT003 - the value
    with pytest.raises(BreakerOpenError):
        make().allow()
    with monkeypatch.context() as away:
        away.setenv("OPSFLOWS_KESTRA_URL", "http://127.0.0.1:1")
        away.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", "127.0.0.1:1")
        look_again(conn)
        switches = Switches()
        with pytest.raises(BreakerOpenError):
            make(switches=switches).allow()
        assert not switches.configured


def until_gone(store: Store, key: str) -> None:
    wait_for(lambda: store.get(key) is None, f"{key} to expire", 10)
