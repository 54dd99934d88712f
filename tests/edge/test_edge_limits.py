"""One client's flood is that client's trouble; who a client is, is not for the client to say."""

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from edgekit import HOOK, ask, entry, genuine, post, sign, statuses, until

from local.edge import SERVER_NAME

ONE, OTHER = "127.0.0.21", "127.0.0.22"
FEW = {"EDGE_RATE": "1", "EDGE_BURST": "5"}
FORGED = {"Content-Type": "application/json", "X-Hub-Signature-256": sign(b"", "0" * 32)}


def flood(edge, count: int, **options) -> list[int]:
    return [ask(edge, HOOK, method="POST", body=b"{}", headers=FORGED, **options).status for _ in range(count)]


def test_a_client_over_its_rate_waits_and_others_do_not(start_edge, kestra):
    edge = start_edge(kestra.upstream, **FEW)
    assert flood(edge, 6, source=ONE) == [403] * 6
    answer = until(lambda: over_its_rate(edge), "a client over its rate")
    assert (answer.body, answer.headers["retry-after"]) == (b"", "10")
    assert post(edge, b'{"other":1}', source=OTHER).status == 200
    assert entry(edge, answer.request_id)["limit"] == "rate"


def over_its_rate(edge):
    answer = post(edge, b'{"one":1}', source=ONE)
    return answer if answer.status == 429 else None


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP"])
def test_a_client_does_not_get_round_its_limit_by_naming_another_address(start_edge, header):
    edge = start_edge(**FEW)
    answers = [
        ask(edge, HOOK, method="POST", body=b"{}", headers={**FORGED, header: f"10.0.0.{n}"}, source=ONE)
        for n in range(10)
    ]
    assert 429 in [answer.status for answer in answers]
    assert entry(edge, answers[0].request_id)["client"] == ONE


def test_behind_a_trusted_proxy_the_client_is_whom_the_proxy_names(start_edge):
    edge = start_edge(**FEW, EDGE_TRUSTED_PROXIES="127.0.0.21/32, 10.0.0.0/8")
    one = flood_of(edge, "203.0.113.7", source=ONE)
    assert 429 in one
    assert 429 not in flood_of(edge, "203.0.113.8", count=5, source=ONE)
    named = ask(edge, "/healthz", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9, 10.1.1.1"}, source=ONE)
    assert entry(edge, named.request_id)["client"] == "203.0.113.9", "what stands before it, the client wrote itself"
    other = ask(edge, "/healthz", headers={"X-Forwarded-For": "203.0.113.9"}, source=OTHER)
    assert entry(edge, other.request_id)["client"] == OTHER


def flood_of(edge, client: str, count: int = 10, **options) -> list[int]:
    headers = {**FORGED, "X-Forwarded-For": client}
    return [ask(edge, HOOK, method="POST", body=b"{}", headers=headers, **options).status for _ in range(count)]


def test_addresses_of_one_ipv6_network_are_one_client(start_edge):
    edge = start_edge(**FEW, EDGE_TRUSTED_PROXIES="127.0.0.0/8")
    assert 429 in [flood_of(edge, f"2001:db8:1:2::{n:x}", count=1)[0] for n in range(10)]
    assert 429 in [flood_of(edge, f"2001:db8:9::{n:x}", count=1)[0] for n in range(10)]
    assert 429 not in [flood_of(edge, f"2001:db8:1:{n:x}::1", count=1)[0] for n in range(3, 13)]


def slow_post(edge, length: int, source: str) -> socket.socket:
    """A post that waits in the middle of its body; the edge has begun to read it, so it counts."""
    opened = socket.create_connection(("127.0.0.1", edge.port), 10, (source, 0))
    headers = {**FORGED, "Host": SERVER_NAME, "Content-Length": length, "Expect": "100-continue"}
    lines = [f"{name}: {value}" for name, value in headers.items()]
    opened.sendall("\r\n".join([f"POST {HOOK} HTTP/1.1", *lines, "", ""]).encode())
    assert statuses(opened.recv(1000)) == [100]
    opened.sendall(b"{")
    return opened


def test_a_client_has_only_so_many_connections(start_edge, kestra):
    edge = start_edge(kestra.upstream, EDGE_CONNECTIONS="4", EDGE_BODY_TIMEOUT="30")
    with ExitStack() as slow:
        for _ in range(4):
            slow.enter_context(slow_post(edge, 100, ONE))
        answer = post(edge, b'{"one":1}', source=ONE)
        assert answer.status == 429
        assert entry(edge, answer.request_id)["limit"] == "connections"
        assert post(edge, b'{"other":1}', source=OTHER).status == 200
    until(lambda: post(edge, b'{"one":2}', source=ONE).status == 200, "the client is served again")


def test_large_bodies_of_all_clients_together_are_limited_and_small_ones_pass(start_edge, kestra):
    edge = start_edge(kestra.upstream, EDGE_LARGE_BODIES="3", EDGE_BODY_TIMEOUT="30")
    with ExitStack() as slow:
        for number in range(3):
            slow.enter_context(slow_post(edge, 2_000_000, f"127.0.0.{40 + number}"))
        assert post(edge, b"x" * 100_000, source=OTHER).status == 429
        assert post(edge, b'{"small":1}', source=OTHER).status == 200


def test_slow_clients_do_not_keep_others_waiting(edge):
    with ExitStack() as slow:
        for number in range(100):
            slow.enter_context(slow_post(edge, 1000, f"127.0.2.{number + 1}"))
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda n: post(edge, b'{"n":%d}' % n).status, range(20)))
    assert found == [200] * 20


def test_a_flood_on_one_connection_counts_too(start_edge):
    edge = start_edge(**FEW)
    head = "\r\n".join(
        [f"{name}: {value}" for name, value in {**genuine(b"{}", "0" * 32), "Host": SERVER_NAME}.items()]
    )
    one = f"POST {HOOK} HTTP/1.1\r\n{head}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    with socket.create_connection(("127.0.0.1", edge.port), 5) as opened:
        opened.sendall(one * 19 + one.replace(b"HTTP/1.1\r\n", b"HTTP/1.1\r\nConnection: close\r\n"))
        found = statuses(b"".join(iter(lambda: opened.recv(65536), b"")))
    assert len(found) == 20
    assert found.count(429) >= 13
