"""What the edge's tests do again and again: requests as they are meant and as they are not, and Kestra behind it."""

import hashlib
import hmac
import http.client
import itertools
import json
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from local.edge import SERVER_NAME, Edge

TOKEN = "canary-verify-token-7Qm2xJ"
KEY = "canary-webhook-key-9Rk4vB"
SECRET = "c0ffee00c0ffee11c0ffee22c0ffee33"
PREVIOUS = "decade00decade11decade22decade33"
SECRETS = {
    "WHATSAPP_VERIFY_TOKEN": TOKEN,
    "WHATSAPP_WEBHOOK_KEY": KEY,
    "WHATSAPP_APP_SECRET": SECRET,
    "WHATSAPP_APP_SECRET_PREVIOUS": PREVIOUS,
}
HOOK = "/hooks/whatsapp"
FLOW = "opsflows.tickets/whatsapp_ticket_to_sheet_doc"
CHALLENGE = f"{HOOK}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={TOKEN}"
SOON_S = 20.0
_addresses = itertools.count(1)


def stranger() -> str:
    """An address of loopback that no other test has used, so that no limit counts it with another."""
    number = next(_addresses)
    return f"127.1.{number // 250}.{number % 250 + 1}"


def sign(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def genuine(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"Content-Type": "application/json", "X-Hub-Signature-256": sign(body, secret)}


@dataclass
class Answer:
    """What came back; header names in lower case."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def request_id(self) -> str:
        return self.headers["x-request-id"]


@contextmanager
def connection(edge: Edge, source: str = "127.0.0.1", port: int | None = None) -> Iterator[http.client.HTTPConnection]:
    """An open connection from any address of loopback; TLS when the edge's public server has it."""
    port = port or edge.port
    if port != edge.port or edge.url.startswith("http:"):
        opened = http.client.HTTPConnection("127.0.0.1", port, timeout=SOON_S, source_address=(source, 0))
    else:
        trust = ssl.create_default_context(cafile=str(edge.certificate))
        plain = socket.create_connection(("127.0.0.1", port), SOON_S, (source, 0))
        opened = http.client.HTTPConnection("127.0.0.1", port, timeout=SOON_S)
        opened.sock = trust.wrap_socket(plain, server_hostname=SERVER_NAME)
    try:
        yield opened
    finally:
        opened.close()


def ask(
    edge: Edge,
    target: str,
    *,
    method: str = "GET",
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    host: str = SERVER_NAME,
    source: str = "127.0.0.1",
    port: int | None = None,
) -> Answer:
    """One request on a connection of its own, its target sent as it is."""
    with connection(edge, source, port) as opened:
        opened.request(method, target, body, {"Host": host, **(headers or {})}, encode_chunked=True)
        answer = opened.getresponse()
        return Answer(answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()})


def post(edge: Edge, body: bytes, secret: str = SECRET, **options: Any) -> Answer:
    """A genuine post, unless the options make it something else."""
    headers = {**genuine(body, secret), **options.pop("headers", {})}
    return ask(edge, HOOK, method="POST", body=body, headers=headers, **options)


def raw(edge: Edge, sent: bytes, *, source: str = "127.0.0.1", within_s: float = SOON_S) -> bytes:
    """Send bytes as they are, and read until the edge closes or `within_s` is over without a byte."""
    with socket.create_connection(("127.0.0.1", edge.port), within_s, (source, 0)) as opened:
        try:
            opened.sendall(sent)
            return b"".join(iter(lambda: opened.recv(65536), b""))
        except ConnectionError:
            return b""


def statuses(received: bytes) -> list[int]:
    """The status of each answer on a connection."""
    return [int(part[1:4]) for part in received.split(b"HTTP/1.1")[1:]]


def entries(edge: Edge) -> list[dict[str, Any]]:
    """The access log so far."""
    lines = (edge.folder / "logs" / "access.log").read_text().splitlines()
    return [json.loads(line) for line in lines]


def entry(edge: Edge, request_id: str) -> dict[str, Any]:
    """The access log's entry of a request; it is written within a quarter of a second."""
    return until(
        lambda: next((found for found in entries(edge) if found["request_id"] == request_id), None), request_id
    )


def until(look: Any, what: str, within_s: float = SOON_S) -> Any:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + within_s
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what}: not after {within_s} s"
        time.sleep(0.02)
    return found


@dataclass
class Kestra:
    """The engine behind the edge."""

    url: str
    auth: tuple[str, str]

    @property
    def upstream(self) -> str:
        return self.url.removeprefix("http://")

    def get(self, route: str, **params: Any) -> requests.Response:
        answer = requests.get(f"{self.url}/api/v1/main/{route}", params=params, auth=self.auth, timeout=30)
        answer.raise_for_status()
        return answer

    def executions(self) -> dict[str, dict[str, Any]]:
        """The trigger's variables of every execution of the intake flow, by the edge's request id, else by its own."""
        namespace, flow = FLOW.split("/")
        filters = {"filters[flowId][EQUALS]": flow, "filters[namespace][EQUALS]": namespace, "size": 1000}
        found = self.get("executions/search", **filters).json()["results"]
        triggers = [row["trigger"]["variables"] | {"execution": row["id"]} for row in found]
        return {lower(one["headers"]).get("x-request-id", [one["execution"]])[0]: one for one in triggers}

    def execution(self, request_id: str) -> dict[str, Any]:
        """The one that a request started."""
        return until(lambda: self.executions().get(request_id), f"an execution of {request_id}")

    def stored(self, trigger: Mapping[str, Any]) -> bytes:
        """The bytes that Kestra keeps of a post."""
        return self.get(f"executions/{trigger['execution']}/file", path=trigger["uri"]).content


def lower(headers: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in headers.items()}


PRIVATE = (TOKEN, KEY, SECRET, PREVIOUS)


def leaks(text: str, *more: str) -> list[str]:
    """Which secrets a text holds, as they are or in hexadecimal."""
    return [value for value in (*PRIVATE, *more) if value in text or value.encode().hex() in text]
