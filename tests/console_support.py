"""The web console on a port of its own, its tickets in a real Postgres, and a stand-in for what it asks of Kestra.

Fixtures are imported by the conftest.py of the folders that use them.
"""

from __future__ import annotations

import io
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import uvicorn
from PIL import Image
from psycopg2.extras import Json

from console import access, pictures, server
from kit import dates, db, settings
from local import ports
from tests.background import serve
from tests.waiting import wait_for
from tickets import review_link, reviews, store

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "k9Xk2mPqL7vR4tYw8nBc5hJf3gZs6aEu"
PASSWORD = "Wq9-fern-Lima-88"
SAMPLE = Path(__file__).resolve().parents[1] / "samples/ticket_supermercado.jpg"
TICKET_ID = "T-7QK2M4X9AB"
EXECUTION = "7exec"
IMAGE_URI = f"kestra:///opsflows/tickets/whatsapp-ticket-process/executions/{EXECUTION}/tasks/read-ticket/1/image.jpg"
RECEIPT = {
    "merchant": "Mercado Peñalara, S. Coop.",
    "tax_id": "B38757910",
    "issued_on": "2026-06-04",
    "document_number": "F-0021",
    "currency": "EUR",
    "total": "21.75",
    "payment_method": "card",
}
PLACES = {"merchant": [120, 40, 530, 80], "total": [420, 560, 610, 600], "issued_on": [60, 180, 260, 210]}


@dataclass
class Kestra:
    """As much of Kestra's API as the console uses: a file of an execution, and a paused execution that goes on."""

    files: dict[str, bytes] = field(default_factory=dict)
    paused: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    away: bool = False

    def __enter__(self) -> Self:
        kestra = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kestra.asked.append(self.path)
                parts = urlsplit(self.path)
                if kestra.away:
                    self._answer(503, b"{}")
                elif parts.path.endswith("/file"):
                    content = kestra.files.get(parse_qs(parts.query)["path"][0])
                    self._answer(200 if content else 404, content or b"{}", "image/jpeg")
                else:
                    state = "PAUSED" if parts.path.rsplit("/", 1)[1] in kestra.paused else "RUNNING"
                    self._answer(200, b'{"state": {"current": "%s"}}' % state.encode())

            def do_POST(self) -> None:
                kestra.asked.append(self.path)
                self.rfile.read(int(self.headers.get("content-length", 0)))
                kestra.paused.discard(self.path.split("/")[-3])
                self._answer(200, b'{"id": "9replay"}')

            def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.netloc = f"127.0.0.1:{self._server.server_address[1]}"
        serve(self._server)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def served() -> Iterator[str]:
    """The console's address while it is served by a thread of this process."""
    port = ports.free()
    running = uvicorn.Server(server.config("127.0.0.1", port))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        assert thread.is_alive(), "the console did not start"
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def console_url() -> Iterator[str]:
    with served() as url:
        yield url


def logged(capfd: pytest.CaptureFixture[str], path: str, times: int) -> str:
    """What was written, once the log has so many requests for a path: a line follows its answer."""
    told: list[str] = []

    def look() -> bool:
        told.append("".join(capfd.readouterr()))
        return "".join(told).count(path) >= times

    wait_for(look, f"{path} to be logged {times} times", 20, lambda: "".join(told))
    return "".join(told)


class Browser(requests.Session):
    """What a browser does of itself: it asks for HTML, keeps cookies, and says that a form is of its own page."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.headers.update({"Accept": "text/html", "Accept-Language": "es"})

    def sign_in(self, name: str = "opsflows", password: str = PASSWORD) -> Self:
        answer = self.send_form("/sign-in", name=name, password=password)
        assert answer.status_code == 303, answer.text
        return self

    def open(self, path: str, **more: Any) -> requests.Response:
        return self.get(self.url + path, timeout=20, allow_redirects=False, **more)

    def send_form(self, path: str, *, headers: dict[str, str] | None = None, **form: str) -> requests.Response:
        """Post a form as it is given."""
        sent = {"Sec-Fetch-Site": "same-origin"} | (headers or {})
        return self.post(self.url + path, data=form, headers=sent, timeout=20, allow_redirects=False)

    def press(self, path: str, **form: str) -> requests.Response:
        """Post a form with the token of this session."""
        return self.send_form(path, **{"csrf": self.csrf()} | form)

    def csrf(self) -> str:
        """The token that the forms of this session carry."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.open("/").text)
        assert found, "the page has no form of a session"
        return found[1]


@dataclass
class Desk:
    """A console with tickets: what a test does to it, and what became of it."""

    url: str
    dsn: str
    kestra: Kestra

    def ticket(self, ticket_id: str = TICKET_ID, verdict: str = "review", **changes: Any) -> str:
        """Store a ticket with its message and picture; returns its reference."""
        receipt = RECEIPT | changes.pop("receipt", {})
        message = {"caption": "compra oficina", "sender_name": "Ana López"} | changes.pop("message", {})
        values = {
            "ticket_id": ticket_id,
            "verdict": verdict,
            "reasons": Json([{"code": "total_uncertain", "field": "total", "severity": "review", "evidence": "21,75"}]),
            "provider": "ocr",
            "model": "rapidocr",
            "scores": Json({}),
            "confidence": Json({"merchant": 0.99, "total": 0.61, "issued_on": 0.98, "currency": 0.97, "tax_id": 0.9}),
            "evidence": Json({name: {"text": name, "box": box} for name, box in PLACES.items()}),
            "rotation": 0,
            "receipt": Json(receipt),
            **{name: receipt.get(name) for name in ("merchant", "tax_id", "document_number", "currency")},
            "issued_on": receipt["issued_on"] and date.fromisoformat(str(receipt["issued_on"])),
            "total": receipt["total"] and Decimal(str(receipt["total"])),
            "tax_total": None,
            "image_sha256": "0" * 64,
            "release": "0.1.0",
            "execution_id": EXECUTION,
        }
        for name, value in changes.items():
            values[name] = Json(value) if isinstance(value, dict | list) else value
        image_uri = values.pop("image_uri", IMAGE_URI.replace(EXECUTION, f"{EXECUTION}{ticket_id[2:]}"))
        if image_uri:
            self.kestra.files.setdefault(image_uri, SAMPLE.read_bytes())
        with db.connect(self.dsn) as conn, db.transaction(conn):
            _message(conn, ticket_id, message)
            store.insert_ticket(conn, values)
            store.set_files(conn, ticket_id, image_uri=image_uri, document_uri=None)
        return ticket_id

    def review(self, ticket_id: str = TICKET_ID, **until: float) -> str:
        """Open the review of a ticket; returns its id."""
        self.kestra.paused.add("waits")
        with db.connect(self.dsn) as conn:
            ends = dates.utcnow() + timedelta(**until or {"hours": 40})
            return str(reviews.open(conn, ticket_id, "waits", expires_at=ends)["review_id"])

    def link(self, review_id: str | None = None, by: str = "Marta (contabilidad)", hours: float = 40) -> str:
        """A signed link to a review, opened when none is given."""
        ends = dates.utcnow() + timedelta(hours=hours)
        token = review_link.sign(review_id or self.review(), by=by, expires_at=ends, secret=KEY)
        return f"{self.url}{review_link.PATH}{token}"

    def sign_in(self, name: str = "opsflows", password: str = PASSWORD) -> Browser:
        """Somebody who has signed in, as a browser without scripts."""
        return Browser(self.url).sign_in(name, password)

    def found(self, review_id: str = "R-7QK2M4X9AB") -> dict[str, Any]:
        """A review's row."""
        with db.connect(self.dsn) as conn:
            row = reviews.get(conn, review_id)
        assert row
        return row

    def run(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Run a statement."""
        with db.connect(self.dsn) as conn:
            return db.fetch_all(conn, sql, values)


def _message(conn: db.Connection, ticket_id: str, message: dict[str, Any]) -> None:
    values = {
        "message_id": f"wamid.{ticket_id[2:]}",
        "ticket_id": ticket_id,
        "sender_id": "ES.1",
        "sender_phone": "34600111222",
        "phone_number_id": "1088451004357858",
        "kind": "image",
        "media": Json({}),
        "sent_at": datetime(2026, 11, 20, 13, 6, tzinfo=UTC),
        "received_at": datetime(2026, 11, 20, 13, 6, 5, tzinfo=UTC),
        "execution_id": "intake1",
        "state": "done",
    } | message
    names = ", ".join(values)
    marks = ", ".join(f"%({name})s" for name in values)
    db.execute(conn, f"insert into tickets.messages ({names}) values ({marks})", values)  # noqa: S608 - our own names


def turned_sample(degrees: int) -> bytes:
    """The sample as somebody would store it who held the phone otherwise."""
    buffer = io.BytesIO()
    Image.open(SAMPLE).rotate(degrees, expand=True).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


@pytest.fixture
def desk(console_url: str, dsn: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The console, with no tickets yet and nobody who guessed."""
    with Kestra() as kestra:
        for name, value in {
            "OPSFLOWS_PG_DSN": dsn,
            "OPSFLOWS_LOCALE": "es",
            "OPSFLOWS_CONSOLE_KEY": KEY,
            access.PASSWORD: PASSWORD,
            "OPSFLOWS_CONSOLE_URL": console_url,
            "OPSFLOWS_KESTRA_URL": f"http://{kestra.netloc}",
            "OPSFLOWS_KESTRA_USERNAME": "admin@opsflows.example",
            "OPSFLOWS_KESTRA_PASSWORD": "Sandbox-Kestra-77",
            "OPSFLOWS_KESTRA_PUBLIC_URL": "https://kestra.acme.test",
            "OPSFLOWS_HTTP_ALLOW_PRIVATE": kestra.netloc,
            "OPSFLOWS_SHEET_ID": "1BxiMVs0XRA5",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(access, "guesses", access.Guesses())
        pictures.forget()
        assert settings.get().console_username == "opsflows"
        yield Desk(console_url, dsn, kestra)
