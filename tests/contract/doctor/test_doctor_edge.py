"""The edge from outside: an HTTP server that behaves as told."""

import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from kit.errors import ConnectError
from local import edge as local_edge
from tests.background import serve
from tests.doctor_support import tls_server
from tools.doctor import registry, run, surroundings, trouble
from tools.doctor.checks import edge
from tools.doctor.model import State

TOKEN = "verify-token-of-the-edge"
SECRETS = {
    "WHATSAPP_VERIFY_TOKEN": TOKEN,
    "WHATSAPP_WEBHOOK_KEY": "key-of-the-webhook-that-nobody-guesses",
    "WHATSAPP_APP_SECRET": "0123456789abcdef" * 2,
}


class Edge:
    """What the server does: `answers` by path, else as the real edge."""

    def __init__(self):
        self.token, self.answers, self.asked = TOKEN, {}, []

    def reply(self, path, query):
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]
        if path == "/healthz":
            return 200, b"ok"
        if path == "/hooks/whatsapp":
            good = self.token in {query.get("hub.verify_token", [""])[0], None}
            return (200, query["hub.challenge"][0].encode()) if good else (403, b"")
        return 404, b""


@pytest.fixture
def behind():
    """The running server."""
    told = Edge()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            status, body = told.reply(parts.path, parse_qs(parts.query))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    serve(server)
    yield told
    server.shutdown()
    server.server_close()


@pytest.fixture
def look(behind, monkeypatch, tmp_path):
    monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", "")
    monkeypatch.setenv("WHATSAPP_VERIFY_TOKEN", TOKEN)

    def by_name(url=behind.url):
        where = surroundings.enter(folder=tmp_path, public_url=url)
        [report] = run.examine(registry.load(["edge"]), where)
        return {found.name: found for found in report.findings}

    return by_name


def test_an_edge_that_is_right(look):
    found = look()
    assert {name for name, finding in found.items() if finding.state is State.OK} == {"health", "handshake", "closed"}
    assert found["certificate"].state is State.ATTENTION  # plain http


def test_an_edge_that_takes_any_verify_token(look, behind):
    behind.token = None
    behind.answers["/hooks/whatsapp"] = None
    behind.reply = lambda path, query: (
        (200, query["hub.challenge"][0].encode()) if path == "/hooks/whatsapp" else Edge().reply(path, query)
    )
    assert "wrong verify token" in look()["handshake"].text


def test_an_edge_with_another_verify_token(look, behind):
    behind.token = "another"
    assert look()["handshake"].docs == "setup/edge.md#handshake"


def test_without_our_token_only_a_wrong_one_is_tried(look, behind, monkeypatch):
    monkeypatch.delenv("WHATSAPP_VERIFY_TOKEN")
    assert look()["handshake"].state is State.ATTENTION
    assert behind.asked.count("/hooks/whatsapp") == 1


def test_a_challenge_that_comes_back_as_something_else(look, behind):
    behind.answers["/hooks/whatsapp"] = (200, b'"quoted"')
    assert look()["handshake"].state is State.WRONG


@pytest.mark.parametrize("path", ["/api/v1/main/flows/search", "/ui/", "/health"])
@pytest.mark.parametrize("status", [200, 401])
def test_kestra_that_is_reachable_from_outside(look, behind, path, status):
    behind.answers[path] = (status, b"")
    found = look()["exposed"]
    assert found.state is State.WRONG
    assert path in found.text


@pytest.mark.parametrize(
    ("status", "name", "docs"),
    [(502, "unavailable", "setup/edge.md#no-answer"), (404, "not_found", "setup/edge.md#no-answer")],
)
def test_an_edge_that_is_not_well(look, behind, status, name, docs):
    behind.answers["/healthz"] = (status, b"")
    assert look()[name].docs == docs


def test_an_edge_that_is_not_there(look):
    assert look("http://127.0.0.1:9")["no_connection"].docs == "setup/edge.md#no-answer"
    assert look("https://edge.invalid")["name_unknown"].docs == "setup/edge.md#name-unknown"
    assert look(None)["url"].state is State.ABSENT


def test_a_certificate_that_meta_would_refuse(look, self_signed):
    assert look(self_signed)["certificate"].docs == "setup/edge.md#certificate"


@pytest.mark.parametrize("days", [3, 90])
def test_the_days_of_a_certificate(tmp_path, days):
    with tls_server(tmp_path, days) as (url, file):
        context = ssl.create_default_context(cafile=str(file))
        assert edge.days_left("localhost", int(url.rpartition(":")[2]), context, 5) == days - 1


def test_a_certificate_that_has_ended(tmp_path):
    with tls_server(tmp_path, -1) as (url, file):
        context = ssl.create_default_context(cafile=str(file))
        with pytest.raises(ConnectError) as raised:
            edge.days_left("localhost", int(url.rpartition(":")[2]), context, 5)
    found = trouble.finding(raised.value, edge.TITLE, edge.ADVICE)
    assert found.name == "certificate"
    assert "expired" in found.text


@pytest.mark.skipif(bool(local_edge.missing()), reason=str(local_edge.missing()))
def test_the_real_edge(look):
    """nginx as in production, with nothing behind it: the handshake never reaches Kestra."""
    config = local_edge.EdgeConfig("127.0.0.1:9", SECRETS, settings={"EDGE_SERVER_NAME": "localhost"})
    running = local_edge.start(config)
    try:
        found = look(running.url.replace("127.0.0.1", "localhost"))
    finally:
        logged = running.stop()
    assert {name for name, finding in found.items() if finding.state is State.OK} == {"health", "handshake", "closed"}
    assert TOKEN not in logged
