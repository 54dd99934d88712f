"""Whatever is not public is not there: Kestra's own paths, other hooks, other spellings, other hosts."""

import pytest
from edgekit import CHALLENGE, FLOW, HOOK, KEY, TOKEN, ask, genuine, raw, statuses, stranger

from local.edge import SERVER_NAME

BODY = b'{"path":1}'
QUERY = f"?hub.mode=subscribe&hub.challenge=1&hub.verify_token={TOKEN}"
KESTRA = [
    "/",
    "/ui/",
    "/api/v1/main/flows/search",
    "/api/v1/main/executions/search",
    f"/api/v1/main/executions/webhook/{FLOW}/{KEY}",
    f"/api/v1/executions/webhook/{FLOW}/{KEY}",
    f"/hooks/whatsapp/../../api/v1/main/executions/webhook/{FLOW}/{KEY}",
    "/ping",
    "/health",
    "/prometheus",
    "/metrics",
    "/status",
    "/nginx_status",
    "/.env",
    "/@kestra",
    "/_empty",
]
SPELLINGS = [
    "/hooks",
    "/hooks/",
    "/hooks/whatsapp/",
    "/hooks/whatsapp/more",
    "/hooks/whatsapp;a=b",
    "/hooks/whatsapp%20",
    "/hooks/whatsapp%00",
    "/hooks/whatsapp%3Fa",
    "//hooks/whatsapp",
    "/hooks//whatsapp",
    "/./hooks/whatsapp",
    "/hooks/./whatsapp",
    "/x/../hooks/whatsapp",
    "/%68ooks/whatsapp",
    "/hooks%2fwhatsapp",
    "/hooks/%2e%2e/hooks/whatsapp",
    "/hooks\\whatsapp",
    "/HOOKS/whatsapp",
    "/hooks/WhatsApp",
    "/hooks/toString",
    "/hooks/__proto__",
    "/hooks/constructor",
    "/hooks/slack",
]


@pytest.mark.parametrize("path", [*KESTRA, *SPELLINGS])
def test_it_is_not_found_by_anyone(edge, kestra, path):
    before = len(kestra.executions())
    for method, target in (("GET", path + QUERY), ("POST", path), ("PUT", path)):
        answer = ask(edge, target, method=method, body=BODY, headers=genuine(BODY), source=stranger())
        # 400: nginx itself takes a path with %00 or one that climbs above the root for malformed.
        assert answer.status in {404, 400}, (method, target)
        assert answer.body == b""
        assert answer.request_id
    assert len(kestra.executions()) == before


@pytest.mark.parametrize("target", [f"http://{SERVER_NAME}{HOOK}", f"https://{SERVER_NAME}{HOOK}", "*", SERVER_NAME])
def test_a_target_that_is_no_path_is_refused(edge, target):
    challenge = target.replace(HOOK, CHALLENGE)
    found = raw(edge, f"GET {challenge} HTTP/1.1\r\nHost: {SERVER_NAME}\r\nConnection: close\r\n\r\n".encode())
    assert statuses(found)[0] in {400, 404}
    assert b"1158201444" not in found


@pytest.mark.parametrize("host", ["", "127.0.0.1", "kestra", "evil.example", f"{SERVER_NAME}.evil.example"])
def test_an_unknown_host_gets_no_answer(edge, host):
    found = raw(edge, f"GET {CHALLENGE} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert found == b"" or statuses(found) == [400]


def test_the_host_may_carry_its_port_and_any_case(edge):
    for host in (f"{SERVER_NAME}:443", SERVER_NAME.upper(), f"{SERVER_NAME}."):
        assert ask(edge, "/healthz", host=host).status == 200


def test_health_is_the_edges_own(start_edge):
    edge = start_edge()  # nothing is behind it
    assert (ask(edge, "/healthz").status, ask(edge, "/healthz").body) == (200, b"ok\n")
    assert ask(edge, "/healthz", method="POST").status == 405
    assert ask(edge, "/healthz/").status == 404
    assert ask(edge, "/healthz", port=edge.status_port).status == 200
