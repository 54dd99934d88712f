"""HubSpot's posts: signed over the public address and a moment, both ways bound; nothing else reaches Kestra."""

import time
from collections.abc import Callable

import pytest
from edgekit import SECRETS, ask, leaks
from test_edge_manychat import Upstream, upstream

from adapters.hubspot import signature
from local.edge import SERVER_NAME

__all__ = ["upstream"]

HOOK = "/hooks/hubspot"
URL = f"https://{SERVER_NAME}{HOOK}"
KEY, SECRET, OLD = "canary-hubspot-key-8Yb2", "canary-hubspot-secret-6Jd9", "canary-hubspot-before-4Pw7"
BODY = '[{"eventId":1,"propertyValue":"José 🧾"}]'.encode()


@pytest.fixture
def edge(start_edge, upstream: Upstream):
    more = {"HUBSPOT_WEBHOOK_KEY": KEY, "HUBSPOT_CLIENT_SECRET": SECRET, "HUBSPOT_CLIENT_SECRET_PREVIOUS": OLD}
    return start_edge(f"127.0.0.1:{upstream.server_address[1]}", SECRETS | more)


def signed(secret: str = SECRET, *, url: str = URL, body: bytes = BODY, ahead_s: float = 0) -> dict[str, str]:
    stamp = str(round((time.time() + ahead_s) * 1000))
    return {
        "Content-Type": "application/json",
        "X-HubSpot-Signature-v3": signature.sign("POST", url, body, stamp, secret),
        "X-HubSpot-Request-Timestamp": stamp,
    }


def post(edge, headers: dict[str, str], target: str = HOOK) -> int:
    return ask(edge, target, method="POST", body=BODY, headers=headers).status


def test_a_genuine_post_reaches_kestra_with_what_the_flow_verifies_by(edge, upstream: Upstream):
    sent = signed()
    assert post(edge, sent) == 200
    assert post(edge, signed(OLD)) == 200
    assert post(edge, signed(ahead_s=-290)) == post(edge, signed(ahead_s=290)) == 200
    path, headers, body = upstream.got[0]
    assert path == f"/api/v1/main/executions/webhook/opsflows.leads/hubspot_events/{KEY}"
    assert body == BODY
    assert headers["x-hubspot-signature-v3"] == sent["X-HubSpot-Signature-v3"]
    assert signature.verify("POST", URL, body, headers, [SECRET]).code == "ok"
    assert "x-hub-signature-256" not in headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (lambda: signed() | {"X-HubSpot-Signature-v3": "A" * 43 + "="}, 403),
        (lambda: signed() | {"X-HubSpot-Signature-v3": "short"}, 403),
        (lambda: signed() | {"X-HubSpot-Request-Timestamp": "1"}, 403),
        (lambda: {"Content-Type": "application/json"}, 401),
        (lambda: {name: value for name, value in signed().items() if "Timestamp" not in name}, 401),
        (lambda: signed("another-secret-altogether"), 403),
        (lambda: signed(url=f"http://{SERVER_NAME}{HOOK}"), 403),
        (lambda: signed(body=BODY + b" "), 403),
        (lambda: signed(ahead_s=-400), 403),
        (lambda: signed(ahead_s=400), 403),
    ],
)
def test_nothing_else_reaches_it(edge, upstream: Upstream, headers: Callable[[], dict[str, str]], status: int):
    assert post(edge, headers()) == status  # signed now: modules are read minutes before their tests run
    assert upstream.got == []


def test_a_query_is_part_of_what_is_signed(edge):
    assert post(edge, signed(), f"{HOOK}?more=1") == 403


def test_without_its_key_the_hook_is_not_there(start_edge):
    assert post(start_edge(), signed()) == 404


def test_the_logs_hold_no_secret(edge):
    post(edge, signed())
    assert leaks(edge.stop(), KEY, SECRET, OLD) == []
