"""kill -9 between an external effect and its record, at every point: at most one effect per key after the resume."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kit import db, effects
from local import postgres
from platform_tasks import migrate
from tests.background import serve

ROOT = Path(__file__).parents[3]

# One attempt of a task: performs the effects that it is given, and dies where it is told.
CHILD = """
import os, signal, sys
from kit import effects, http

dsn, url, die_at, on_unknown, can_find, *keys = sys.argv[1:]
client = http.Client("provider", url)

def die(point):
    if die_at == point:
        os.kill(os.getpid(), signal.SIGKILL)

def call(key):
    die("before the call")
    answer = client.request("POST", "/effects/" + key).json()
    die("after the answer")
    return answer

def find(key):
    return client.request("GET", "/effects/" + key).json()["found"]

finish = effects._finish

def finish_or_die(*arguments):
    die("before the record")
    finish(*arguments)
    die("after the record")

effects._finish = finish_or_die
for key in keys:
    die("before anything")
    look = (lambda key=key: find(key)) if can_find == "yes" else None
    effect = effects.perform(dsn, key, "test", lambda key=key: call(key), look, on_unknown, settle_s=1.0)
    print(effect.state, flush=True)
"""
POINTS = ["before anything", "before the call", "after the answer", "before the record", "after the record"]


class Provider:
    """Applies each POST, after `apply_s` seconds, and answers it `answer_s` seconds later."""

    def __init__(self) -> None:
        self.applied: Counter[str] = Counter()
        self.received = threading.Event()
        self.apply_s = self.answer_s = 0.0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                count = provider.applied[self.path]
                self._answer({"found": {"id": self.path} if count else None})

            def do_POST(self) -> None:
                provider.received.set()
                time.sleep(provider.apply_s)
                provider.applied[self.path] += 1
                time.sleep(provider.answer_s)
                self._answer({"id": self.path})

            def _answer(self, document: dict) -> None:
                body = json.dumps(document).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    return  # the caller was killed

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.netloc = f"127.0.0.1:{self._server.server_port}"
        serve(self._server)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def provider():
    running = Provider()
    yield running
    running.close()


@pytest.fixture
def attempt(dsn, provider):
    """Starts attempts of the task; what still runs at the end is killed by its pid."""
    started: list[subprocess.Popen[str]] = []

    def start(*keys: str, die_at="", on_unknown="repeat", can_find=True) -> subprocess.Popen[str]:
        arguments = [dsn, f"http://{provider.netloc}", die_at, on_unknown, "yes" if can_find else "no", *keys]
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, *arguments],
            env={
                "PYTHONPATH": str(ROOT / "scripts"),
                "PATH": os.defpath,
                "OPSFLOWS_HTTP_ALLOW_PRIVATE": provider.netloc,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        if child.poll() is None:
            child.kill()
        child.communicate()


def ends(child: subprocess.Popen[str]) -> tuple[int, list[str]]:
    out, err = child.communicate(timeout=60)
    assert child.returncode in (0, -signal.SIGKILL), err
    return child.returncode, out.split()


def rows(dsn: str) -> list[dict]:
    with db.connect(dsn) as conn:
        return db.fetch_all(conn, "select key, state from ops.effects order by key")


@pytest.mark.parametrize("on_unknown", ["repeat", "give_up"])
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_the_effect_happens_exactly_once_when_it_can_be_found(
    attempt, provider, dsn, point, on_unknown
):
    code, _ = ends(attempt("k", die_at=point, on_unknown=on_unknown))
    assert code == -signal.SIGKILL
    lost = on_unknown == "give_up" and point == "before the call"
    assert ends(attempt("k", on_unknown=on_unknown)) == (0, ["unknown" if lost else "done"])
    assert provider.applied == ({} if lost else {"/effects/k": 1})
    assert rows(dsn) == [{"key": "k", "state": "unknown" if lost else "done"}]


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_the_effect_happens_at_most_once_when_it_cannot_be_found(attempt, provider, point):
    ends(attempt("k", die_at=point, on_unknown="give_up", can_find=False))
    for _ in range(2):
        assert ends(attempt("k", on_unknown="give_up", can_find=False))[0] == 0
    assert provider.applied["/effects/k"] == (0 if point == "before the call" else 1)


@pytest.mark.parametrize(
    ("apply_s", "answer_s"), [(0.0, 3.0), (0.4, 0.0)], ids=["applied, not answered", "still on its way"]
)
def test_killed_while_the_provider_works_the_effect_happens_once(attempt, provider, apply_s, answer_s):
    """The second case: when the resume looks, the killed attempt's request has not been applied yet."""
    provider.apply_s, provider.answer_s = apply_s, answer_s
    child = attempt("k")
    assert provider.received.wait(30)
    child.kill()
    provider.answer_s = 0.0
    assert ends(child)[0] == -signal.SIGKILL
    assert ends(attempt("k")) == (0, ["done"])
    time.sleep(apply_s)
    assert provider.applied == {"/effects/k": 1}


def test_the_orphan_of_a_killed_worker_is_waited_for(attempt, provider):
    """The first attempt was given up by its worker but still runs when the second one starts."""
    provider.answer_s = 1.5
    orphan = attempt("k", can_find=False)
    assert provider.received.wait(30)
    second = attempt("k", can_find=False)
    assert ends(second) == (0, ["done"])
    assert ends(orphan) == (0, ["done"])
    assert provider.applied == {"/effects/k": 1}


@pytest.mark.slow
def test_killed_again_and_again_at_random_a_chain_of_effects_ends_complete(attempt, provider, dsn):
    chance = random.Random(3)
    keys = [f"k{n}" for n in range(6)]
    provider.apply_s, provider.answer_s = 0.02, 0.02
    kills = 0
    for _ in range(12):
        child = attempt(*keys)
        provider.received.clear()
        if provider.received.wait(1.5):
            time.sleep(chance.uniform(0, 0.15))
        child.kill()
        kills += ends(child)[0] == -signal.SIGKILL
    assert ends(attempt(*keys)) == (0, ["done"] * len(keys))
    assert kills > 0
    assert provider.applied == {f"/effects/{key}": 1 for key in keys}
    assert rows(dsn) == [{"key": key, "state": "done"} for key in keys]


def pull_the_plug(server: postgres.Server) -> None:
    """Kill the server with all its sessions: one that serves us could otherwise still write the record."""
    listing = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(server.pid)], capture_output=True, text=True, check=True
    )
    for pid in (server.pid, *map(int, listing.stdout.split())):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_the_database_killed_between_call_and_record_costs_no_second_effect(tmp_path, monkeypatch):
    monkeypatch.delenv("OPSFLOWS_PG_DSN", raising=False)
    home = tmp_path / "pg"
    server = postgres.start(home)
    migrate.apply(server.dsn)
    done: list[dict] = []

    def call() -> dict:
        done.append({"id": 1})
        pull_the_plug(server)
        return done[-1]

    try:
        with pytest.raises(Exception, match="Postgres"):
            effects.perform(server.dsn, "k", "test", call, lambda: done[-1] if done else None, "repeat", settle_s=0)
        server = postgres.start(home)
        effect = effects.perform(
            server.dsn, "k", "test", call, lambda: done[-1] if done else None, "repeat", settle_s=0
        )
    finally:
        postgres.stop(home)
    assert (effect.state, effect.result, len(done)) == ("done", {"id": 1}, 1)
