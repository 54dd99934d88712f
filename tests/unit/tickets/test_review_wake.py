"""Who goes on with a review, by what Kestra's API says; asked over HTTP of a server that answers as Kestra does."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.background import serve
from tickets import review_wake


class Kestra(BaseHTTPRequestHandler):
    """Executions by the state that their id names; counts what it is asked."""

    asked: list[str]

    def do_GET(self):
        self._answer(self.path.split("/")[-1])

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(self.path.split("/")[-3])

    def _answer(self, execution_id):
        self.server.asked.append(f"{self.command} {execution_id}")
        state, status = execution_id.partition("-")[0], 200
        if state == "GONE":
            status = 404
        if state == "BROKEN":
            status = 401
        body = json.dumps({"state": {"current": state}}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def kestra(monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Kestra)
    server.asked = []
    serve(server)
    address = f"127.0.0.1:{server.server_port}"
    monkeypatch.setenv("OPSFLOWS_KESTRA_URL", f"http://{address}")
    monkeypatch.setenv("OPSFLOWS_KESTRA_USERNAME", "ops@example.com")
    monkeypatch.setenv("OPSFLOWS_KESTRA_PASSWORD", "Secret-of-2026")
    monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", address)
    yield server
    server.shutdown()
    server.server_close()


def reviews(*execution_ids):
    return [{"ticket_id": f"T-{name}", "execution_id": name} for name in execution_ids]


def test_what_waits_is_resumed_what_works_is_left_and_the_rest_is_replaced(kestra):
    found = reviews("PAUSED", "RUNNING", "RETRYING", "KILLING", "KILLED", "GONE", "")
    assert review_wake.wake(found) == ["T-KILLING", "T-KILLED", "T-GONE", "T-"]
    assert "POST PAUSED" in kestra.asked


@pytest.mark.usefixtures("kestra")
def test_who_does_not_wait_any_more_is_an_orphan():
    assert review_wake.orphans(reviews("PAUSED", "RUNNING", "KILLING", "KILLED", "FAILED", "SUCCESS", "GONE")) == [
        "T-KILLING",
        "T-KILLED",
        "T-FAILED",
        "T-SUCCESS",
        "T-GONE",
    ]


def test_a_kestra_that_refuses_is_asked_once_and_everything_is_replaced(kestra):
    assert review_wake.wake(reviews("BROKEN", "PAUSED", "PAUSED-2")) == ["T-BROKEN", "T-PAUSED", "T-PAUSED-2"]
    assert len(kestra.asked) == 1


@pytest.mark.usefixtures("kestra")
def test_a_kestra_that_refuses_makes_no_orphans():
    assert review_wake.orphans(reviews("BROKEN", "KILLED")) == []


def test_without_a_user_nothing_is_asked(kestra, monkeypatch):
    monkeypatch.delenv("OPSFLOWS_KESTRA_PASSWORD")
    assert review_wake.wake(reviews("PAUSED")) == ["T-PAUSED"]
    assert review_wake.orphans(reviews("KILLED")) == []
    assert kestra.asked == []
