"""Promise 5 with real processes: the provider's id is the key, and the body never is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kit import db
from tests.background import serve

ROOT = Path(__file__).parents[3]
PROCESSES = 24
# Every process gets both events, whose bodies are the same; half of them in the other order.
CHILD = """
import os, sys
from kit import claims, db, effects, http
from kit.errors import OpsflowsError

url, processes = sys.argv[1], int(sys.argv[2])
for number in range(processes):
    if os.fork() == 0:
        client = http.Client("acme", url)
        events = [("id-1", "same body"), ("id-2", "same body")][:: 1 if number % 2 else -1]
        with db.connect() as conn:
            for event, body in events:
                if claims.claim(conn, "acme:" + event, "task-%d" % number, 60).state != "won":
                    os.write(1, b"duplicate\\n")
                    continue
                call = lambda: client.request("POST", "/", json={"body": body}).json()
                done = effects.perform(db.connect, "acme:" + event, "post", call, None, "give_up")
                claims.complete(conn, "acme:" + event, "task-%d" % number, {})
                os.write(1, (done.state + "\\n").encode())
        os._exit(0)
for _ in range(processes):
    os.wait()
"""


@pytest.fixture
def provider():
    """Keeps the bodies that it was sent."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serve(server)
    yield f"127.0.0.1:{server.server_port}", bodies
    server.shutdown()
    server.server_close()


def test_two_ids_with_one_body_are_two_effects_and_one_id_is_one(provider, dsn, conn):
    netloc, bodies = provider
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "scripts"),
        "OPSFLOWS_PG_DSN": dsn,
        "OPSFLOWS_HTTP_ALLOW_PRIVATE": netloc,
    }
    command = [sys.executable, "-c", CHILD, f"http://{netloc}", str(PROCESSES)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=True)
    assert Counter(done.stdout.split()) == {"done": 2, "duplicate": 2 * PROCESSES - 2}, done.stderr[-2000:]
    assert bodies == [b'{"body": "same body"}'] * 2
    states = db.fetch_all(conn, "select key, state from ops.effects order by key")
    assert states == [{"key": "acme:id-1", "state": "done"}, {"key": "acme:id-2", "state": "done"}]
