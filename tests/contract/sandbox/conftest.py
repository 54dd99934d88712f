"""The sandbox as its clients see it, emptied before each test."""

from __future__ import annotations

from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import gspread
import pytest
import requests
from google.oauth2 import service_account
from openai import OpenAI

from local.providers.client import SandboxClient
from tests.background import serve

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stationary(service_account.Credentials):
    """Without the look-up of "allowed locations", which goes to googleapis.com whatever the token_uri says."""

    def _is_regional_access_boundary_lookup_required(self):
        return False


@pytest.fixture
def sandbox(process):
    SandboxClient(process.base_url).reset()
    return process


@pytest.fixture
def control(sandbox):
    return SandboxClient(sandbox.base_url)


@pytest.fixture
def graph(sandbox):
    """A session with the WhatsApp token and a `url(path)` helper."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {sandbox.credentials.whatsapp_token}"
    session.url = lambda path: f"{sandbox.base_url}/whatsapp/v26.0/{path}"
    session.phone = sandbox.credentials.whatsapp_phone_number_id
    return session


@pytest.fixture
def google(sandbox):
    """A gspread client whose calls go to the sandbox."""

    class Redirected(gspread.HTTPClient):
        def request(self, method, endpoint, *args, **more):
            for host in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
                endpoint = endpoint.replace(host, f"{sandbox.base_url}/google")
            return super().request(method, endpoint, *args, **more)

    account = sandbox.credentials.service_account(sandbox.base_url)
    client = gspread.Client(
        Stationary.from_service_account_info(account, scopes=gspread.auth.DEFAULT_SCOPES), None, Redirected
    )
    client.set_timeout((5, 20))
    return client


@pytest.fixture
def sheet(google, sandbox):
    return google.open_by_key(sandbox.credentials.google_spreadsheet_id).worksheet("Hoja 1")


@pytest.fixture
def openai(sandbox):
    return OpenAI(
        api_key=sandbox.credentials.openai_api_key, base_url=f"{sandbox.base_url}/openai/v1", max_retries=0, timeout=60
    )


@dataclass
class Receiver:
    """A webhook endpoint that keeps what it got, byte for byte, and answers with the next of `statuses`, then 200."""

    url: str
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    answer: bytes = b""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.posts.append((dict(self.headers), body))
            self.send_response(kept.statuses.pop(0) if kept.statuses else 200)
            self.send_header("Content-Length", str(len(kept.answer)))
            self.end_headers()
            self.wfile.write(kept.answer)

        def do_GET(self):
            query = dict(parse_qsl(urlsplit(self.path).query))
            good = query.get("hub.verify_token") == "token" and query.get("hub.mode") == "subscribe"
            answer = query["hub.challenge"].encode() if good else b"no"
            self.send_response(200 if good else 403)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments):
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept = Receiver(f"http://127.0.0.1:{http.server_address[1]}/hook?key=a/b")
    serve(http)
    yield kept
    http.shutdown()
    http.server_close()
