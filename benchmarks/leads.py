"""Leads from ManyChat's post to HubSpot's contact: `python -m benchmarks.leads latency | steady | burst | collector`.

`latency` posts leads one at a time and waits for each contact in the sandbox. `steady` posts 200 a minute and tells how
fast they are acknowledged. `burst` posts 1,000 at concurrency 20, HubSpot bearing 100 calls in 10 s, and waits until
each is settled. `collector` does the same without the engine: 20 threads store events while 4 processes collect.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import requests

from adapters import hubspot
from benchmarks import load
from kit import db, settings, webhooks
from leads import inbox, mapping, webhook
from local.providers.client import SandboxClient
from tools.stack.stack import Stack

FLOW = "opsflows.leads/leads_manychats_to_hubspot"
PER_MINUTE = 200
BURST = 1000
CONCURRENCY = 20
COLLECTORS = 4
PATIENCE_S = 1200
SETTLED = "select count(*) filter (where state = 'done') as done, count(*) as events from leads.inbox"
COLLECT = """
import sys
from adapters import hubspot
from kit import db, settings
from leads import collect
with db.connect() as conn:
    print(collect.Collector(conn, lambda: hubspot.Client(settings.get()), sys.argv[1], answer=False).run().events)
"""


def body(number: int) -> dict[str, Any]:
    """An event of a person of its own."""
    moment = datetime.now(UTC).isoformat()
    return {"id": 10_000_000 + number, "email": f"lead{number}@ejemplo.es", "last_interaction": moment, "locale": "es"}


def post(running: Stack, number: int) -> float:
    """Post an event; seconds until it was acknowledged."""
    secrets = running.sandbox.secrets()
    url = f"{running.target.url}/api/v1/main/executions/webhook/{FLOW}/{secrets['MANYCHAT_WEBHOOK_KEY']}"
    sent = json.dumps(body(number)).encode()
    signature = webhooks.sign_sha256(sent, secrets["OPSFLOWS_MANYCHAT_SECRET"])  # as the edge does
    headers = {"X-Hub-Signature-256": f"sha256={signature}", "Content-Type": "application/json"}
    began = time.monotonic()
    requests.post(url, data=sent, headers=headers, timeout=60).raise_for_status()
    return time.monotonic() - began


def latency(running: Stack, portal: hubspot.Client, count: int) -> list[float]:
    """Seconds from each post to its contact."""
    found = []
    for number in range(count + 1):
        began = datetime.now(UTC)
        post(running, number)
        _await_settled(running.postgres.dsn, number + 1)
        there = portal.batch_read([f"lead{number}@ejemplo.es"], ["email"], "email")
        found.append(((there[0].created_at or began) - began).total_seconds())
    return found[1:]


def steady(running: Stack, minutes: float) -> list[float]:
    """Seconds of each acknowledgement at the steady rate."""
    began = time.monotonic()

    def one(number: int) -> float:
        time.sleep(max(0.0, began + number * 60 / PER_MINUTE - time.monotonic()))
        return post(running, number)

    with ThreadPoolExecutor(CONCURRENCY) as pool:
        return list(pool.map(one, range(int(PER_MINUTE * minutes))))


def burst(running: Stack) -> list[float]:
    """Post the burst, wait for its end; seconds of each acknowledgement."""
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        taken = list(pool.map(lambda number: post(running, number), range(BURST)))
    _await_settled(running.postgres.dsn, BURST)
    return taken


def collector(dsn: str) -> None:
    """Store the burst from many threads while several processes collect, until all is settled."""

    def store(number: int) -> None:
        with db.connect(dsn) as conn:
            inbox.store(conn, webhook.parse(json.dumps(body(number)).encode()), f"e{number}", 0.0)

    stored = ThreadPoolExecutor(CONCURRENCY)
    waiting = [stored.submit(store, number) for number in range(BURST)]
    while True:
        commands = [[sys.executable, "-c", COLLECT, f"c{number}"] for number in range(COLLECTORS)]
        running = [subprocess.Popen(command, env=os.environ | {"PYTHONPATH": "scripts:."}) for command in commands]
        for process in running:
            process.wait()
        with db.connect(dsn) as conn:
            if (db.fetch_one(conn, SETTLED) or {})["done"] >= BURST:
                break
    for one in waiting:
        one.result()
    stored.shutdown()


def report(sandbox: SandboxClient, dsn: str, portal: hubspot.Client) -> None:
    """What became of the events, and what it took of HubSpot."""
    calls = sandbox.calls("hubspot")
    routes = Counter(call["route"] for call in calls if "properties" not in call["route"])
    refused = Counter(str(call["status"]) for call in calls)
    with db.connect(dsn) as conn:
        print("events:", db.fetch_one(conn, SETTLED))
    print("contacts:", sum(1 for _ in _contacts(portal)), "calls:", dict(routes), "by status:", dict(refused))


def _contacts(portal: hubspot.Client) -> Iterator[Any]:
    after = None
    while True:
        page = portal.list(["email"], after=after)
        yield from page.results
        after = page.after
        if after is None:
            return


def _await_settled(dsn: str, events: int) -> None:
    ends = time.monotonic() + PATIENCE_S
    with db.connect(dsn) as conn:
        while (db.fetch_one(conn, SETTLED) or {})["done"] < events and time.monotonic() < ends:
            time.sleep(0.1)


@contextmanager
def _portal(running: Stack) -> Iterator[hubspot.Client]:
    """The sandbox's HubSpot with our properties, seen from here."""
    sandbox = running.sandbox
    os.environ.update(sandbox.settings() | {"HUBSPOT_TOKEN": sandbox.secrets()["HUBSPOT_TOKEN"]})
    portal = hubspot.Client(settings.get())
    for item in mapping.load().properties:
        if item.define:
            portal.create_property({"name": item.property, **item.define})
    yield portal


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["latency", "steady", "burst", "collector"])
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=5)
    given = parser.parse_args()
    with load.stack() as running, _portal(running) as portal:
        sandbox, dsn = SandboxClient(running.sandbox.base_url), running.postgres.dsn
        if given.kind == "latency":
            print("post to contact:", load.summary(latency(running, portal, given.count)))
            return
        began = time.monotonic()
        if given.kind == "collector":
            os.environ["OPSFLOWS_PG_DSN"] = dsn
            collector(dsn)
        else:
            taken = steady(running, given.minutes) if given.kind == "steady" else burst(running)
            print("acknowledged:", load.summary(taken))
        print(f"{time.monotonic() - began:.0f} s in all")
        report(sandbox, dsn, portal)


if __name__ == "__main__":
    main()
