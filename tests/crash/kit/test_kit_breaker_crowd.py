"""The breaker under fifty real processes at once, and through an outage of a minute."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kit import breaker, db
from kit.breaker import BreakerPolicy
from tests.background import serve

ROOT = Path(__file__).parents[3]
QUICKER = 4


class Provider:
    """Answers `status`, as long as `answers` is set; counts, and tells who asks."""

    def __init__(self) -> None:
        self.status = 503
        self.asked: list[tuple[float, str]] = []
        self.answers, self.received = threading.Event(), threading.Event()
        self.answers.set()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked.append((time.monotonic(), self.path.strip("/")))
                provider.received.set()
                provider.answers.wait(60)
                self.send_response(provider.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 200

            def handle_error(self, *_: object) -> None:
                """A caller that was killed."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.netloc = f"127.0.0.1:{self._server.server_port}"
        serve(self._server)

    def stop(self) -> None:
        self.answers.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def provider():
    running = Provider()
    yield running
    running.stop()


@pytest.fixture
def crowd(provider, dsn):
    """Start a crowd; `ends` reads how so many of its calls ended."""
    started = []

    def start(processes: int, calls: int = 1, pace_s: float = 0.0, **policy: float) -> subprocess.Popen[str]:
        env = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "scripts"),
            "OPSFLOWS_PG_DSN": dsn,
            "OPSFLOWS_HTTP_ALLOW_PRIVATE": provider.netloc,
            "OPSFLOWS_LOG_LEVEL": "ERROR",
        }
        options = [f"http://{provider.netloc}", json.dumps(policy), str(processes), str(calls), str(pace_s)]
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("crowd.py")), *options],
            env=env,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def ends(process: subprocess.Popen[str], number: int) -> Counter[str]:
    return Counter(process.stdout.readline().split()[1] for _ in range(number))


def due(conn) -> None:
    """Let the cool-down be over."""
    db.execute(conn, "update ops.breakers set probe_at = clock_timestamp()")


@pytest.mark.parametrize("number", [10, pytest.param(50, marks=pytest.mark.slow)])
def test_many_tasks_open_it_once_probe_once_and_go_on_together(number, provider, crowd, conn):
    failing = crowd(number, calls=10, cooldown_s=600, max_cooldown_s=600)
    found = ends(failing, number * 10)
    # What was under way when it opened could not be called back: one call a process at most.
    assert 5 <= len(provider.asked) <= 5 - 1 + number
    assert found == {"unavailable": len(provider.asked), "breaker_open": number * 10 - len(provider.asked)}
    row = breaker.state_of(conn, "acme")
    assert (row["state"], row["failures"], row["cooldown_s"]) == ("open", 5, 600)

    provider.asked.clear()
    provider.received.clear()
    provider.answers.clear()
    provider.status = 200
    due(conn)
    probing = crowd(number, cooldown_s=600, max_cooldown_s=600)
    assert ends(probing, number - 1) == {"breaker_open": number - 1}
    assert provider.received.wait(30)
    assert len(provider.asked) == 1
    provider.answers.set()
    assert ends(probing, 1) == {"ok": 1}
    assert breaker.state_of(conn, "acme")["state"] == "closed"

    again = crowd(number, cooldown_s=600)
    assert ends(again, number) == {"ok": number}


def test_a_probe_that_is_killed_is_followed_by_one_a_cool_down_later(provider, crowd, conn):
    ends(crowd(5, calls=2, cooldown_s=600, max_cooldown_s=600), 10)
    provider.answers.clear()
    provider.received.clear()
    provider.status = 200
    due(conn)
    probing = crowd(1, cooldown_s=600)
    assert provider.received.wait(30)
    os.kill(int(provider.asked[-1][1]), signal.SIGKILL)
    probing.wait(30)
    provider.answers.set()
    assert ends(crowd(5, cooldown_s=600), 5) == {"breaker_open": 5}
    due(conn)
    assert ends(crowd(1, cooldown_s=600), 1) == {"ok": 1}


@pytest.mark.slow
def test_an_outage_of_a_minute_costs_a_twentieth_of_the_normal_calls(provider, crowd, conn):
    """Ten processes that call twice a second: 1,200 calls in a minute, and then a provider that works again.

    Played four times as fast, the breaker's own times with it.
    """
    processes, pace_s, outage_s, calls = 10, 0.5 / QUICKER, 60.0 / QUICKER, 220
    usual = BreakerPolicy()
    policy = {name: getattr(usual, name) / QUICKER for name in ("reset_s", "cooldown_s", "max_cooldown_s", "switch_s")}
    begun = time.monotonic()
    callers = crowd(processes, calls=calls, pace_s=pace_s, **policy)
    threading.Timer(outage_s, lambda: setattr(provider, "status", 200)).start()
    found = ends(callers, processes * calls)
    down = [moment for moment, _ in provider.asked if moment < begun + outage_s]
    normal = processes * outage_s / pace_s
    print(f"{len(down)} calls of {normal:.0f} in an outage of {outage_s:.0f} s")
    assert len(down) <= 0.05 * normal
    assert found["ok"] > 0
    assert breaker.state_of(conn, "acme")["state"] == "closed"
