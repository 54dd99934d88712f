"""No secret is in any log, whatever a client does with it and whatever goes wrong, nor where else it could be read."""

import os
import signal
import socket
from pathlib import Path

import pytest
from edgekit import (
    CHALLENGE,
    FLOW,
    HOOK,
    KEY,
    SECRETS,
    TOKEN,
    ask,
    entry,
    genuine,
    leaks,
    post,
    raw,
    stranger,
    until,
)

from local.edge import SERVER_NAME, Edge

CANARY = "canary-in-a-body-3Lp8"


def misuse(edge: Edge) -> None:
    """Every way that we know to make nginx speak of a request that holds a secret."""
    host = f"Host: {SERVER_NAME}\r\n"
    ask(edge, CHALLENGE, source=stranger())
    ask(edge, CHALLENGE.replace("subscribe", "other"), source=stranger())
    for _ in range(13):
        ask(edge, CHALLENGE, source="127.0.0.77")  # the limit of challenges
    ask(edge, CHALLENGE, method="PUT", source=stranger())
    ask(edge, CHALLENGE, headers={"Content-Length": "99999999"}, source=stranger())  # too large
    ask(edge, f"{CHALLENGE}&long={'a' * 4500}", source=stranger())  # 414
    ask(edge, CHALLENGE, headers={"X-Long": "a" * 4500}, source=stranger())
    ask(edge, f"/hooks/{TOKEN}", headers={"User-Agent": KEY, "Referer": TOKEN, "X-Request-Id": KEY})
    ask(edge, f"/api/v1/main/executions/webhook/{FLOW}/{KEY}", method="POST")
    ask_nothing(edge, f"GET {CHALLENGE} HTTP/1.1\r\nHost: {TOKEN}\r\n\r\n")
    ask_nothing(edge, f"{TOKEN} {CHALLENGE} HTTP/1.1\r\n{host}\r\n")
    ask_nothing(edge, f"GET {CHALLENGE} {TOKEN}\r\n{host}\r\n")
    ask_nothing(edge, f"GET {CHALLENGE} HTTP/9.9\r\n{host}\r\n")
    ask_nothing(edge, f"GET {CHALLENGE}\r\n\r\n")
    ask_nothing(edge, f"GET {CHALLENGE} HTTP/1.1\r\n{host}{host}\r\n")
    ask_nothing(edge, f"GET {CHALLENGE} HTTP/1.1\r\n{host}{TOKEN}\x00: {KEY}\r\n\r\n")
    ask_nothing(edge, f"GET {CHALLENGE} HTTP/1.1\r\n{host}Content-Length: {TOKEN}\r\n\r\n")
    ask_nothing(edge, f"GET {CHALLENGE} HTTP/1.1\r\n{host}Transfer-Encoding: {TOKEN}\r\n\r\n")
    ask_nothing(edge, f"GET {CHALLENGE} HTTP/1.1\r\n{host}")  # and then no more: the time-out
    ask_nothing(edge, f"GET {CHALLENGE} HTTP/1.1\r\n{host}Content-Length: 10\r\n\r\n{TOKEN[:5]}")
    post(edge, CANARY.encode())
    post(edge, CANARY.encode(), secret="0" * 32)
    ask(edge, HOOK, method="POST", body=CANARY.encode(), headers=genuine(b"") | {"Content-Type": CANARY})
    post(edge, CANARY.encode() * 10_000)
    hang_up(edge)


def ask_nothing(edge: Edge, sent: str) -> None:
    raw(edge, sent.encode("latin-1"), within_s=3)


def hang_up(edge: Edge) -> None:
    """A client that resets the connection while the edge waits for its body."""
    with socket.create_connection(("127.0.0.1", edge.port), 5) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        opened.sendall(f"POST {CHALLENGE} HTTP/1.1\r\nHost: {SERVER_NAME}\r\nContent-Length: 10\r\n\r\n".encode())


@pytest.fixture
def odd_server():
    """A port where connections are accepted by the system and never answered."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def test_with_kestra_behind_it(start_edge, kestra):
    edge = start_edge(kestra.upstream)
    misuse(edge)
    logged = edge.stop()
    assert leaks(logged, CANARY) == []
    reasons = {'"reason":"challenge"', '"reason":"forged"', '"reason":"ok"', '"limit":"rate"'}
    assert [reason for reason in reasons if reason not in logged] == []
    statuses = (200, 400, 403, 404, 405, 408, 413, 414, 415, 429, 444)
    assert [status for status in statuses if f'"status":{status},' not in logged] == []


def test_with_nothing_behind_it(start_edge):
    edge = start_edge("127.0.0.1:9")
    misuse(edge)
    logged = edge.stop()
    assert '"upstream_status":"502"' in logged
    assert leaks(logged, CANARY) == []


def test_with_a_name_that_is_unknown(start_edge):
    edge = start_edge("no-such-host.invalid:8080", EDGE_RESOLVER="127.0.0.1")
    assert post(edge, b"{}").status == 502
    assert leaks(edge.stop(), CANARY) == []


def test_with_something_that_does_not_answer_behind_it(start_edge, odd_server):
    edge = start_edge(odd_server, EDGE_UPSTREAM_TIMEOUT="1")
    answer = post(edge, CANARY.encode())
    assert entry(edge, answer.request_id)["upstream_status"] == "504"
    assert leaks(edge.stop(), CANARY) == []


def test_with_secrets_that_are_no_longer_usable(start_edge):
    """The code that reads them fails; what it says of that must not reach a log."""
    edge = start_edge()
    (edge.folder / "run" / "secrets.json").write_text("{}")
    before = {worker.pid for worker in edge._workers()}
    os.kill(edge.pid, signal.SIGHUP)  # a reload that did not go through render.sh
    until(lambda: not before & {worker.pid for worker in edge._workers()}, "new workers")
    assert ask(edge, CHALLENGE, source=stranger()).status == 503
    assert post(edge, b"{}").status == 503
    assert post(edge, b"{}", secret="").status == 503
    assert leaks(edge.stop(), CANARY) == []


def test_no_secret_is_in_the_configuration_the_command_line_or_the_environment(edge):
    assert leaks((edge.folder / "run" / "nginx.conf").read_text()) == []
    processes = [edge.pid, *[worker.pid for worker in edge._workers()]]
    for pid in processes:
        for name in ("cmdline", "environ"):
            assert leaks(Path(f"/proc/{pid}/{name}").read_text(errors="replace")) == []


def test_the_secrets_are_only_for_the_owner(edge):
    assert (edge.folder / "run" / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert set(SECRETS) == {path.name for path in (edge.folder / "secrets").iterdir()}
