"""What the edge costs, and what it bears: `python -m benchmarks.edge latency [--count 300] | flood [--seconds 30]`.

`latency` posts to Kestra directly and by the edge in turn, and prints the difference; the same against a server that
answers at once, where Kestra's own variation does not hide it. `flood` sends 1,000 hostile requests a second while
genuine posts come at 200 a minute, and looks up that each acknowledged one has its execution.
"""

import argparse
import http.client
import http.server
import json
import secrets
import ssl
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import requests

from benchmarks import load
from local import edge as local_edge
from local import engine
from local.edge import SERVER_NAME, Edge, EdgeConfig
from local.providers import sender
from tools.stack.stack import INTAKE, Stack

HOOK = "/hooks/whatsapp"
HOSTILE_PER_S = 1000
GENUINE_PER_MINUTE = 200
# For the measurement of one client that posts without a pause.
UNLIMITED = {"EDGE_RATE": "5000", "EDGE_BURST": "5000"}
OK = 200


class Instant(http.server.BaseHTTPRequestHandler):
    """Takes every post at once."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer as Kestra does, with a small body."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(OK)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def instant() -> Iterator[str]:
    """A server that answers at once; its host:port."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Instant) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def kestra(key: str) -> Iterator[str]:
    """The engine with a flow that takes the post and does nothing, so that no task disturbs; its webhook."""
    namespace, flow_id = INTAKE.split("/")
    task = {"id": "taken", "type": "io.kestra.plugin.core.log.Log", "message": "taken"}
    trigger = {"id": "hook", "type": "io.kestra.plugin.core.trigger.Webhook", "key": key, "fetchType": "STORE"}
    flow = {"id": flow_id, "namespace": namespace, "tasks": [task], "triggers": [trigger]}
    running = engine.start()
    try:
        api = f"{running.url}/api/v1/main"
        auth = (running.config.username, running.config.password)
        headers = {"Content-Type": "application/x-yaml"}
        requests.post(f"{api}/flows", json.dumps(flow), headers=headers, auth=auth, timeout=30).raise_for_status()
        yield f"{api}/executions/webhook/{INTAKE}/{key}"
    finally:
        running.stop()


@contextmanager
def edge_before(
    upstream: str, key: str, secret: str, *, tls: bool = False, settings: Mapping[str, str] | None = None
) -> Iterator[Edge]:
    """An edge with its default settings but for those given."""
    values = {
        "WHATSAPP_VERIFY_TOKEN": secrets.token_urlsafe(24),
        "WHATSAPP_WEBHOOK_KEY": key,
        "WHATSAPP_APP_SECRET": secret,
    }
    running = local_edge.start(EdgeConfig(upstream, values, tls=tls, settings=settings or {}))
    try:
        yield running
    finally:
        running.stop()


class Caller:
    """Posts genuine status events to one address."""

    def __init__(self, url: str, secret: str, *, edge: Edge | None = None, keep: bool = True) -> None:
        """Keep the connection between two posts, or open one for each."""
        self._scheme, _, rest = url.partition("://")
        self._address, _, path = rest.partition("/")
        self._path = "/" + path
        self._secret, self._keep = secret, keep
        self._tls = (
            ssl.create_default_context(cafile=str(edge.certificate)) if edge and self._scheme == "https" else None
        )
        self._host = SERVER_NAME if edge else self._address
        self._connection: http.client.HTTPConnection | None = None

    def post(self) -> tuple[int, float, str]:
        """Status, seconds, the edge's request id."""
        event = sender.status(f"wamid.{uuid.uuid4().hex}", "delivered", "34600111222")
        raw = sender.encode(sender.build_payload(statuses=[event]))
        headers = {**sender.headers(raw, self._secret), "Host": self._host}
        started = time.perf_counter()
        connection = self._connection or self._open()
        connection.request("POST", self._path, raw, headers)
        answer = connection.getresponse()
        answer.read()
        taken = time.perf_counter() - started
        self._connection = connection if self._keep else None
        if not self._keep:
            connection.close()
        return answer.status, taken, answer.headers.get("X-Request-Id", "")

    def _open(self) -> http.client.HTTPConnection:
        opened = http.client.HTTPConnection(self._address, timeout=30)
        opened.connect()
        if self._tls:
            opened.sock = self._tls.wrap_socket(opened.sock, server_hostname=SERVER_NAME)
        return opened


def latency(direct_url: str, key: str, secret: str, count: int) -> dict[str, list[float]]:
    """Milliseconds of each way to the same place, taken in turn so that all meet the same machine."""
    upstream = direct_url.split("/")[2]
    with (
        edge_before(upstream, key, secret, settings=UNLIMITED) as plain,
        edge_before(upstream, key, secret, tls=True, settings=UNLIMITED) as tls,
    ):
        ways = {
            "direct, kept": Caller(direct_url, secret),
            "direct, new": Caller(direct_url, secret, keep=False),
            "edge, kept": Caller(plain.url + HOOK, secret, edge=plain),
            "edge, new": Caller(plain.url + HOOK, secret, edge=plain, keep=False),
            "edge TLS, kept": Caller(tls.url + HOOK, secret, edge=tls),
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(count + 10):
            for name, caller in ways.items():
                status, seconds, _ = caller.post()
                if status != OK:
                    raise RuntimeError(f"{name}: status {status}")
                if number >= 10:  # noqa: PLR2004 - the first ones warm everything up
                    taken[name].append(seconds * 1000)
    return taken


def print_latency(what: str, taken: dict[str, list[float]]) -> None:
    """One line a way; what the edge adds is the difference of the medians."""
    print(f"{what}:")
    for name, values in taken.items():
        print(f"  {name:15}", load.summary(values, "ms"))
    for name in ("edge, kept", "edge, new", "edge TLS, kept"):
        base = "direct, new" if name.endswith("new") else "direct, kept"
        added = statistics.median(taken[name]) - statistics.median(taken[base])
        paired = statistics.median(one - other for one, other in zip(taken[name], taken[base], strict=True))
        print(f"  added by {name:15} p50 {added:+.2f} ms   (median of pairs {paired:+.2f} ms)")


def genuine(caller_of: Edge, secret: str, seconds: float) -> list[tuple[int, float, str]]:
    """Posts at the steady rate, each on its own connection as from a provider's many machines."""
    count = int(GENUINE_PER_MINUTE * seconds / 60)
    started = time.monotonic()

    def one(number: int) -> tuple[int, float, str]:
        time.sleep(max(0.0, started + number * 60 / GENUINE_PER_MINUTE - time.monotonic()))
        return Caller(caller_of.url + HOOK, secret, edge=caller_of, keep=False).post()

    with ThreadPoolExecutor(20) as pool:
        return list(pool.map(one, range(count)))


def flood(running: Stack, seconds: float) -> None:
    """Flood, post, and print what became of both."""
    known = running.credentials
    upstream = running.engine.url.removeprefix("http://")
    with edge_before(upstream, known.whatsapp_webhook_key, known.whatsapp_app_secret) as edge:
        alone = genuine(edge, known.whatsapp_app_secret, 10)
        print("genuine, without a flood:", load.summary([taken for _, taken, _ in alone]))
        command = [sys.executable, "-m", "benchmarks.edge_hostile", str(edge.port), SERVER_NAME]
        hostile = subprocess.Popen([*command, str(HOSTILE_PER_S), str(seconds)], stdout=subprocess.PIPE, text=True)
        posted = genuine(edge, known.whatsapp_app_secret, seconds)
        said = json.loads(hostile.communicate()[0])
        acknowledged = {request_id for status, _, request_id in posted if status == OK}
        lost = _without_execution(running, acknowledged)
    print("genuine, in the flood:   ", load.summary([taken for _, taken, _ in posted]))
    print(f"genuine: {len(posted)} posted, {len(acknowledged)} acknowledged, {len(lost)} of them without an execution")
    print(f"hostile: {said['sent']} in {said['seconds']} s = {said['sent'] / said['seconds']:.0f} a second")
    for kind, statuses in said["by_kind"].items():
        print(f"  {kind:22}", "  ".join(f"{status}: {count}" for status, count in statuses.items()))


def _without_execution(running: Stack, request_ids: set[str]) -> set[str]:
    """Those that Kestra has no execution of, by the request id among the headers of its trigger."""
    namespace, flow_id = INTAKE.split("/")
    filters: dict[str, Any] = {
        "filters[flowId][EQUALS]": flow_id,
        "filters[namespace][EQUALS]": namespace,
        "size": 1000,
    }
    url = f"{running.engine.url}/api/v1/main/executions/search"
    auth = (running.target.username, running.target.password)
    deadline = time.monotonic() + 60
    missing = request_ids
    while missing and time.monotonic() < deadline:
        page: list[dict[str, Any]] = requests.get(url, params=filters, auth=auth, timeout=30).json()["results"]
        headers = [row["trigger"]["variables"]["headers"] for row in page]
        known = {values[0] for one in headers for name, values in one.items() if name.lower() == "x-request-id"}
        missing = request_ids - known
        time.sleep(0.2)
    return missing


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["latency", "flood"])
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=30)
    arguments = parser.parse_args()
    if arguments.kind == "flood":
        with load.stack() as running:
            flood(running, arguments.seconds)
        return
    key, secret = secrets.token_urlsafe(24), secrets.token_hex(16)
    with instant() as address:
        url = f"http://{address}/api/v1/main/executions/webhook/{INTAKE}/{key}"
        print_latency("a server that answers at once", latency(url, key, secret, arguments.count))
    with kestra(key) as url:
        print_latency("Kestra", latency(url, key, secret, arguments.count))


if __name__ == "__main__":
    main()
