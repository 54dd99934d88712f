"""Requests that no HTTP library sends: smuggled, torn, slow. None reaches Kestra, and the next client is served."""

import socket
import time

import pytest
from edgekit import HOOK, genuine, post, raw, sign, statuses

from local.edge import SERVER_NAME

SMUGGLED = (
    f"POST {HOOK} HTTP/1.1\r\nHost: {SERVER_NAME}\r\nContent-Type: application/json\r\n"
    f"X-Hub-Signature-256: {sign(b'{}')}\r\nContent-Length: 2\r\n\r\n{{}}"
).encode()


def head(*lines: str, method: str = "POST", body: bytes = b"") -> bytes:
    """A head whose signature fits `body`, with further lines."""
    signed = [f"{name}: {value}" for name, value in genuine(body).items()]
    return "\r\n".join([f"{method} {HOOK} HTTP/1.1", f"Host: {SERVER_NAME}", *signed, *lines, "", ""]).encode()


CHUNKED = b"2\r\n{}\r\n0\r\n\r\n"
CLOSE = "Connection: close"
# name: (bytes sent, whether the edge may take it as one genuine post)
ODD = {
    "length and chunks": head("Content-Length: 2", "Transfer-Encoding: chunked", body=b"{}") + CHUNKED + SMUGGLED,
    "chunks and length": head("Transfer-Encoding: chunked", "Content-Length: 4", body=b"{}") + CHUNKED + SMUGGLED,
    "two lengths": head("Content-Length: 2", "Content-Length: 44", body=b"{}") + b"{}" + SMUGGLED,
    "the same length twice": head("Content-Length: 2", "Content-Length: 2", body=b"{}") + b"{}" + SMUGGLED,
    "lengths in a list": head("Content-Length: 2, 2", body=b"{}") + b"{}" + SMUGGLED,
    "signed length": head("Content-Length: +2", body=b"{}") + b"{}" + SMUGGLED,
    "hexadecimal length": head("Content-Length: 0x2", body=b"{}") + b"{}" + SMUGGLED,
    "negative length": head("Content-Length: -1", body=b"{}") + b"{}" + SMUGGLED,
    "huge length": head("Content-Length: 99999999999999999999", body=b"{}") + b"{}" + SMUGGLED,
    "unknown coding": head("Transfer-Encoding: xchunked", body=b"{}") + CHUNKED + SMUGGLED,
    "two codings": head("Transfer-Encoding: gzip, chunked", body=b"{}") + CHUNKED + SMUGGLED,
    "coding twice": head("Transfer-Encoding: chunked", "Transfer-Encoding: identity", body=b"{}") + CHUNKED + SMUGGLED,
    "coding with a tab": head("Transfer-Encoding:\tchunked\x0b", body=b"{}") + CHUNKED + SMUGGLED,
    "space before the colon": head("Transfer-Encoding : chunked", body=b"{}") + CHUNKED + SMUGGLED,
    "chunk size that is none": head("Transfer-Encoding: chunked", body=b"{}") + b"zz\r\n{}\r\n0\r\n\r\n" + SMUGGLED,
    "huge chunk": head("Transfer-Encoding: chunked", body=b"{}") + b"ffffffffffffffffff\r\n{}" + SMUGGLED,
    "null in a header": head("X-A: a\x00b", "Content-Length: 2", body=b"{}") + b"{}" + SMUGGLED,
    "version 3": head("Content-Length: 2", body=b"{}").replace(b"HTTP/1.1", b"HTTP/3.0") + b"{}" + SMUGGLED,
    "no version": f"GET {HOOK}\r\n\r\n".encode(),
    "two hosts": head("Host: kestra", "Content-Length: 2", body=b"{}") + b"{}" + SMUGGLED,
    "binary": bytes(range(256)) * 4,
    "TLS to the plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "HTTP/2 to the plain port": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
}


@pytest.mark.parametrize("sent", ODD.values(), ids=ODD)
def test_an_odd_request_starts_nothing_and_hides_nothing(edge, kestra, sent):
    """Each is followed by a genuine post on the same connection: taken as part of the odd one, it must not count."""
    before = len(kestra.executions())
    found = raw(edge, sent)
    assert not {200} & set(statuses(found)), found
    assert post(edge, b'{"after":1}').status == 200
    assert len(kestra.executions()) == before + 1


def test_lines_that_end_with_a_line_feed_alone_are_one_request_or_none(edge, kestra):
    before = len(kestra.executions())
    found = raw(edge, head("Content-Length: 2", CLOSE, body=b"{}").replace(b"\r\n", b"\n") + b"{}" + SMUGGLED)
    assert statuses(found) in ([200], [400], [])
    assert len(kestra.executions()) == before + statuses(found).count(200)


def test_two_posts_on_one_connection_are_two(edge, kestra):
    """So that the tests above prove something: what they smuggle is a post that is taken when it stands alone."""
    before = len(kestra.executions())
    one = head("Content-Length: 2", body=b"{}") + b"{}"
    other = head("Transfer-Encoding: chunked", CLOSE, body=b"{}") + CHUNKED
    assert statuses(raw(edge, one + other)) == [200, 200]
    assert len(kestra.executions()) == before + 2


@pytest.mark.parametrize(
    ("line", "status"),
    [("GET /hooks/whatsapp?" + "a" * 5000, 414), ("GET /hooks/whatsapp HTTP/1.1\r\nX-Long: " + "a" * 5000, 400)],
)
def test_a_head_that_is_too_large_is_refused(edge, line, status):
    assert statuses(raw(edge, f"{line} HTTP/1.1\r\nHost: {SERVER_NAME}\r\n\r\n".encode())) == [status]


def test_many_headers_are_refused(edge):
    many = "".join(f"X-{n}: {'a' * 200}\r\n" for n in range(200))
    assert statuses(raw(edge, f"GET /healthz HTTP/1.1\r\nHost: {SERVER_NAME}\r\n{many}\r\n".encode())) == [400]


def seconds_until_closed(edge, sent: bytes, drip: bytes = b"") -> float:
    """How long the edge bears a client that sends this, and then `drip` every 0.2 s or nothing."""
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", edge.port), 10) as opened:
        opened.sendall(sent)
        opened.settimeout(0.2 if drip else 10)
        while time.monotonic() - started < 10:
            try:
                if not opened.recv(65536):
                    break
                started_answer = time.monotonic()
                return started_answer - started
            except TimeoutError:
                opened.sendall(drip)
            except ConnectionError:
                break
    return time.monotonic() - started


def test_a_head_that_drips_is_cut_off(edge):
    """One second here, five by default, for the whole head, however it arrives."""
    assert seconds_until_closed(edge, b"GET /healthz HTTP/1.1\r\nHost: ", drip=b"a") < 4


def test_a_body_that_stops_is_cut_off(edge, kestra):
    before = len(kestra.executions())
    assert seconds_until_closed(edge, head("Content-Length: 1000", body=b"{}") + b"{") < 4
    assert len(kestra.executions()) == before


def test_a_client_that_hangs_up_in_the_middle_starts_nothing(edge, kestra):
    before = len(kestra.executions())
    with socket.create_connection(("127.0.0.1", edge.port), 5) as opened:
        opened.sendall(head("Content-Length: 1000", body=b"{}") + b"{")
    assert post(edge, b'{"next":1}').status == 200
    assert len(kestra.executions()) == before + 1
