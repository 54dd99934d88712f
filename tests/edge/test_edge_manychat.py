"""ManyChat cannot sign: the edge compares its secret and signs in its stead, so that Kestra never sees the secret."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from edgekit import SECRETS, ask, leaks, sign

from tests.background import serve

HOOK = "/hooks/manychat"
KEY, SECRET, OLD = "canary-manychat-key-5Tq8", "canary-manychat-secret-3Zx1", "canary-manychat-before-0Wb6"
BODY = b'{"id": 7, "email": "ana@ejemplo.es"}'
JSON = {"Content-Type": "application/json"}


class Upstream(ThreadingHTTPServer):
    """Keeps what it gets."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[str, dict[str, str], bytes]] = []


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        serve(server)
        yield server
        server.shutdown()


@pytest.fixture
def edge(start_edge, upstream):
    more = {"MANYCHAT_WEBHOOK_KEY": KEY, "OPSFLOWS_MANYCHAT_SECRET": SECRET, "OPSFLOWS_MANYCHAT_SECRET_PREVIOUS": OLD}
    return start_edge(f"127.0.0.1:{upstream.server_address[1]}", SECRETS | more)


def _post(edge, body=BODY, **headers):
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask(edge, HOOK, method="POST", body=body, headers=JSON | sent)


def test_what_is_let_in_is_signed_and_carries_no_secret(edge, upstream):
    assert _post(edge, X_Webhook_Secret=SECRET).status == 200
    assert _post(edge, X_Webhook_Secret=OLD).status == 200
    assert _post(edge, X_Hub_Signature_256=sign(BODY, SECRET)).status == 200
    assert [headers["x-hub-signature-256"] for _, headers, _ in upstream.got] == [
        sign(BODY, SECRET),
        sign(BODY, OLD),
        sign(BODY, SECRET),
    ]
    for path, headers, body in upstream.got:
        assert path == f"/api/v1/main/executions/webhook/opsflows.leads/leads_manychats_to_hubspot/{KEY}"
        assert body == BODY
        assert "x-webhook-secret" not in headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"X_Webhook_Secret": ""}, 403),
        ({"X_Webhook_Secret": SECRET[:-1]}, 403),
        ({"X_Webhook_Secret": SECRET + "x"}, 403),
        ({"X_Hub_Signature_256": sign(BODY, "another")}, 403),
        ({"X_Hub_Signature_256": sign(BODY + b" ", SECRET), "X_Webhook_Secret": SECRET}, 403),
    ],
)
def test_nothing_else_is_let_in(edge, upstream, headers, status):
    assert _post(edge, **headers).status == status
    assert upstream.got == []


def test_without_its_key_the_hook_is_not_there(start_edge):
    assert _post(start_edge(), X_Webhook_Secret=SECRET).status == 404


def test_the_logs_hold_no_secret(edge):
    _post(edge, X_Webhook_Secret=SECRET)
    _post(edge, X_Webhook_Secret=OLD + "x")
    logged = edge.stop()
    assert "/hooks/manychat" in logged
    assert leaks(logged, KEY, SECRET, OLD) == []
