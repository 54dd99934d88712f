"""Kestra is away, slow or wrong: the provider hears so quickly and sends again; nothing is sent twice by the edge."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from edgekit import entry, post

BODY = b'{"upstream":1}'


@contextmanager
def wrong_kestra(answer: bytes | None) -> Iterator[tuple[str, list[bytes]]]:
    """A server that says `answer` to whatever comes, or nothing at all; and what came."""
    came: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    accepted, _ = listening.accept()
                except OSError:
                    return
                with accepted:
                    came.append(accepted.recv(65536))
                    if answer is None:
                        accepted.recv(1)  # until the edge gives up
                    else:
                        accepted.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}", came
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def said(status: str, body: bytes = b'{"id":"secret-execution-id"}', *more: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "X-Kestra-Execution: secret-execution-id", *more]
    return "\r\n".join([*lines, "", ""]).encode() + body


ANSWERS = {
    "taken": (said("200 OK"), 200),
    "taken, large": (said("200 OK", b"secret-execution-id" * 20_000), 200),
    "condition not met": (said("204 No Content", b""), 204),
    "flow not deployed, or another key": (said("404 Not Found"), 502),
    "inputs do not render": (said("422 Unprocessable Entity"), 502),
    "behind a login": (said("302 Found", b"", "Location: http://kestra/secret-execution-id"), 502),
    "unauthorized": (said("401 Unauthorized"), 502),
    "failed": (said("500 Internal Server Error"), 502),
    "not ready": (said("503 Service Unavailable"), 503),
    "hangs up": (b"", 502),
    "cut off in the head": (b"HTTP/1.1 200 OK\r\nContent-Le", 502),
    "redirect within nginx": (said("200 OK", b"", "X-Accel-Redirect: /healthz"), 200),
}


@pytest.mark.parametrize(("answer", "status"), ANSWERS.values(), ids=ANSWERS)
def test_what_kestra_says_becomes_a_status_and_nothing_more(start_edge, answer, status):
    with wrong_kestra(answer) as (address, came):
        found = post(start_edge(address), BODY)
    assert (found.status, found.body) == (status, b"")
    assert "secret-execution-id" not in str(found.headers)
    assert found.headers.get("retry-after") == ("10" if status in {502, 503} else None)
    assert len(came) == 1, "sent once, never again by the edge"


def test_what_is_no_http_is_not_taken_for_an_answer(start_edge):
    """To nginx it is HTTP/0.9, whose every answer means success."""
    with wrong_kestra(b"secret-execution-id\r\n\r\n") as (address, _), pytest.raises(ConnectionError):
        post(start_edge(address), BODY)


def test_nobody_listens(start_edge):
    edge = start_edge("127.0.0.1:9")
    taken, found = timed(lambda: post(edge, BODY))
    assert (found.status, found.body, found.headers["retry-after"]) == (502, b"", "10")
    assert taken < 1


def test_nobody_answers(start_edge):
    with wrong_kestra(None) as (address, came):
        edge = start_edge(address, EDGE_UPSTREAM_TIMEOUT="1")
        taken, found = timed(lambda: post(edge, BODY))
        assert (found.status, found.body, found.headers["retry-after"]) == (503, b"", "10")
        assert taken < 3
        assert entry(edge, found.request_id)["upstream_status"] == "504"
    assert len(came) == 1


def test_kestra_that_comes_back_is_used_at_once(start_edge):
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    edge = start_edge(f"127.0.0.1:{port}")
    assert post(edge, BODY).status == 502
    with socket.create_server(("127.0.0.1", port)) as listening:
        answering = threading.Thread(target=lambda: _answer_once(listening), daemon=True)
        answering.start()
        assert post(edge, BODY).status == 200
        answering.join(5)


def _answer_once(listening: socket.socket) -> None:
    accepted, _ = listening.accept()
    with accepted:
        accepted.recv(65536)
        accepted.sendall(said("200 OK"))


def timed(call: Callable[[], object]) -> tuple[float, object]:
    started = time.monotonic()
    found = call()
    return time.monotonic() - started, found
