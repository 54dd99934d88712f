"""Every adapter has its provider's limits and breaker: it stops calling one that fails, and calls it again later."""

import pytest

from kit import db, policies
from kit.errors import BreakerOpenError, OpsflowsError
from tests.kit_support import dsn, migrated, no_waits

__all__ = ["dsn", "migrated", "no_waits"]

ROUTES = {
    "media.get": "whatsapp",
    "media.download": "whatsapp.media",
    "messages": "whatsapp",
    "chat.completions": "openai",
    "token": "google.token",
    "values.batchGet": "google",
    "chat.postMessage": "slack",
    "webhook": "slack",
    "contacts.create": "hubspot",
    "batch.upsert": "hubspot",
    "getInfo": "manychat",
    "sendContent": "manychat",
}


@pytest.fixture
def shared(sandbox, dsn, monkeypatch):  # noqa: ARG001 - the sandbox clears the environment first
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    return dsn


@pytest.mark.usefixtures("no_waits")
@pytest.mark.parametrize(("route", "breaker"), ROUTES.items())
def test_a_provider_that_fails_is_left_alone_until_a_probe_is_due(route, breaker, caller, sandbox, shared, quick):
    provider = breaker.partition(".")[0]
    caller.prepare(route)
    sandbox.fault(provider, route, "status", status=503)
    for _ in range(policies.of(provider).breaker.failures):
        with pytest.raises(OpsflowsError):
            caller.call(route, quick)
    asked = calls(sandbox, provider, route)
    with pytest.raises(BreakerOpenError):
        caller.call(route, quick)
    assert calls(sandbox, provider, route) == asked == policies.of(provider).breaker.failures
    sandbox.clear_faults()
    with db.connect(shared) as conn:
        db.execute(conn, "update ops.breakers set probe_at = clock_timestamp()")
    caller.call(route, quick)
    with db.connect(shared) as conn:
        assert db.fetch_all(conn, "select provider, state from ops.breakers") == [
            {"provider": breaker, "state": "closed"}
        ]


@pytest.mark.usefixtures("no_waits")
def test_what_google_counts_apart_is_limited_apart(caller, shared, quick):
    caller.prepare("values.append")
    caller.call("values.append", quick)
    with db.connect(shared) as conn:
        keys = [row["key"] for row in db.fetch_all(conn, "select key from ops.rate_limits order by key")]
    assert keys == ["google:read", "google:write"]


def calls(sandbox, provider, route) -> int:
    return len([call for call in sandbox.calls(provider=provider) if call["route"] == route])
