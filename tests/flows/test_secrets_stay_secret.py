"""Every secret of the stack is a canary: after good and bad days nothing that the flows leave behind holds one.

Providers echo what they were sent into their errors; the tasks log at DEBUG (conftest.py).
"""

import base64
import json
import os
import re
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from flowkit import FLOW, Receipts

from console import collector, metrics
from kit import db, ids
from tools.stack import environment
from tools.stack.stack import Stack

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(600)]

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
ECHO = "the provider echoes what it was sent"
LEAVE = "drop schema source cascade; drop table public.sales_events; delete from etl_checkpoints"
PLACES = (
    "execution logs",
    "executions",
    "outputs",
    "metrics",
    "figures",
    "tables",
    "sheet",
    "outbox",
    "cards",
    "mails",
    "incidents",
    "documents",
    "stored files",
    "engine store",
    "engine log",
    "task output",
)


@dataclass
class Scenario:
    """What happened, and everything that it left behind, by place."""

    found: dict[str, bytes] = field(default_factory=dict)
    struck: dict[str, bool] = field(default_factory=dict)
    tickets: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def canaries(stack: Stack) -> dict[str, list[bytes]]:
    """Each secret under its name, in every form in which it could travel."""
    known = environment.secrets(stack.credentials, stack.sandbox.base_url, vision=True)
    account = json.loads(known.pop("GOOGLE_SERVICE_ACCOUNT"))
    known |= {"private_key": account["private_key"], "KESTRA_PASSWORD": stack.config.password}
    known |= {"KESTRA_ADMIN_PASSWORD": stack.config.password}
    known |= {f"private_key line {n}": line for n, line in enumerate(_lines(account["private_key"]))}
    known |= {"POSTGRES_PASSWORD": urlsplit(stack.postgres.dsn).password or ""}
    known |= {"SLACK_WEBHOOK_PATH": stack.credentials.slack_webhook_path}
    return {name: _forms(value) for name, value in known.items() if value}


def _lines(key: str) -> list[str]:
    return [line for line in key.splitlines() if len(line) > 20 and "-----" not in line]


def _forms(secret: str) -> list[bytes]:
    """As it is, JSON-escaped, URL-quoted, and in base64 at each of the three offsets in a longer text."""
    plain = {secret, json.dumps(secret)[1:-1], quote(secret), quote(secret, safe="")}
    encoded = {base64.b64encode(b" " * shift + secret.encode())[4 if shift else 0 : -4] for shift in range(3)}
    return sorted({form.encode() for form in plain} | {form for form in encoded if len(form) > 12})


@pytest.fixture(scope="module")
def scenario(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scenario]:
    """A good receipt, a forged post, and providers that put our secrets into their errors."""
    receipts, done = Receipts(stack), Scenario()
    receipts.calm()
    _good(receipts, done)
    _refused_sheet_and_broken_slack(receipts, done)
    _expired_token(receipts, done)
    _refused_source(receipts, done)
    _unwell_and_maintained(receipts, done)
    output = _on_its_own(stack, done, tmp_path_factory.mktemp("tasks"))
    stack.providers.clear_faults()
    stack.providers.settle()
    done.found = _collect(receipts) | {"task output": output}
    yield done
    stack.providers.clear_faults()
    with db.connect(stack.postgres.dsn) as conn:
        db.execute(conn, LEAVE)


def _good(receipts: Receipts, done: Scenario) -> None:
    message = receipts.message("ticket_supermercado.jpg", caption="compra oficina")
    receipts.send(message)
    receipts.ticket(message)
    done.tickets["good"] = ids.ticket_id(message["id"])
    for execution in receipts.send(receipts.message(), forge="body"):
        receipts.execution(execution)


def _refused_sheet_and_broken_slack(receipts: Receipts, done: Scenario) -> None:
    """The sheet says 403 and echoes the key, Slack hangs up; then both refuse in another way."""
    known, providers = receipts.stack.credentials, receipts.providers
    text = f"{_lines(known.google_private_key)[3]} {ECHO}: {known.google_private_key}"
    refusal = json.dumps({"error": {"code": 403, "status": "PERMISSION_DENIED", "message": text}})
    providers.fault("google", "values.*", "status", status=403, body=refusal)
    providers.fault("slack", "*", "reset")
    message = receipts.message("ticket_supermercado.jpg")
    receipts.send(message)
    receipts.ticket(message, "pending")
    _note(receipts, done, "google 403", "slack reset")
    done.tickets["refused"] = ids.ticket_id(message["id"])

    providers.fault("google", "token", "status", status=400, body=json.dumps({"error": "invalid_grant", "d": text}))
    leak = {"ok": False, "error": "invalid_auth", "detail": f"{ECHO}: {known.slack_bot_token}"}
    providers.fault("slack", "*", "status", status=200, body=json.dumps(leak))
    providers.expire_tokens()
    receipts.start(f"tickets.{FLOW}", ticket_id=done.tickets["refused"])
    _note(receipts, done, "google token")


def _expired_token(receipts: Receipts, done: Scenario) -> None:
    """WhatsApp's error 190, with the token and a URL that carries it in its text."""
    known = receipts.stack.credentials
    text = f"{ECHO}: {known.whatsapp_token} https://graph.facebook.com/x?access_token={known.whatsapp_token}"
    error = {"message": text, "type": "OAuthException", "code": 190, "fbtrace_id": "A"}
    body = json.dumps({"error": error})
    receipts.providers.fault("whatsapp", "media.get", "status", status=401, body=body)
    leak = {"ok": False, "error": "account_inactive", "detail": f"{ECHO}: {known.slack_bot_token}"}
    receipts.providers.fault("slack", "*", "status", status=200, body=json.dumps(leak))
    message = receipts.message("ticket_supermercado.jpg")
    receipts.send(message)
    receipts.ticket(message, "pending")
    _note(receipts, done, "whatsapp 190", "slack answer")
    done.tickets["expired"] = ids.ticket_id(message["id"])


def _refused_source(receipts: Receipts, done: Scenario) -> None:
    """A shop that refuses the ETL chain, with its token in the answer, in the middle of good runs."""
    receipts.start("etl.etl_setup")
    receipts.start("etl.source_producer", size="50", dirt="0.2")
    token = receipts.stack.credentials.shop_token
    body = json.dumps({"error": {"message": f"{ECHO}: Bearer {token}, ?access_token={token}"}})
    receipts.providers.fault("shop", "*", "status", status=401, body=body)
    receipts.start("etl.etl_example", source="sales_events_api", run_name="refused-source")
    _note(receipts, done, "shop 401")
    receipts.start("etl.etl_improved")


def _unwell_and_maintained(receipts: Receipts, done: Scenario) -> None:
    """Providers that refuse the looks of health_check, with its keys in their answers, until people are told."""
    known = receipts.stack.credentials
    leak = {"ok": False, "error": "invalid_auth", "detail": f"{ECHO}: {known.slack_bot_token}"}
    receipts.providers.fault("slack", "auth.test", "status", status=200, body=json.dumps(leak))
    refusal = {"status": "error", "message": f"{ECHO}: {known.hubspot_token}", "category": "INVALID_AUTHENTICATION"}
    receipts.providers.fault("hubspot", "account", "status", status=401, body=json.dumps(refusal))
    error = {"message": f"{ECHO}: ?access_token={known.whatsapp_token}", "type": "OAuthException", "code": 190}
    receipts.providers.fault("whatsapp", "*", "status", status=401, body=json.dumps({"error": error}))
    for _ in range(2):
        receipts.start("platform.health_check")
    _note(receipts, done, "health slack", "health hubspot", "health whatsapp")
    receipts.start("etl.etl_maintenance")
    receipts.start("platform.state_maintenance")


def _note(receipts: Receipts, done: Scenario, *names: str) -> None:
    faults = receipts.providers.faults()
    assert len(faults) == len(names) or len(names) == 1
    done.struck |= {name: fault["struck"] > 0 for name, fault in zip(names, faults, strict=False)}
    # A breaker that one fault opened must not keep the next one from striking.
    receipts.calm()


def _on_its_own(stack: Stack, done: Scenario, folder: Path) -> bytes:
    """Ways that the shared stack is not set up for: a model that echoes its key, and Slack's incoming webhook."""
    known = environment.secrets(stack.credentials, stack.sandbox.base_url, vision=True)
    receipts = Receipts(stack)
    refusal = {"error": {"message": f"{ECHO}: Incorrect API key provided: {known['OPENAI_API_KEY']}", "code": "x"}}
    stack.providers.fault("openai", "*", "status", status=401, body=json.dumps(refusal))
    secrets = {name: known[name] for name in ("WHATSAPP_TOKEN", "OPENAI_API_KEY")}
    read = _task(stack, folder, "tickets.read", done, secrets | {"OPSFLOWS_EXTRACT_MODE": "vision"})
    _note(receipts, done, "openai 401")
    stack.providers.fault("slack", "webhook", "reset")
    secrets = {name: known[name] for name in ("WHATSAPP_TOKEN", "SLACK_WEBHOOK_URL")}
    told = _task(stack, folder, "tickets.report_failure", done, secrets | {"INPUT_CODE": "of_this_test"})
    _note(receipts, done, "slack webhook reset")
    stack.providers.fault("slack", "webhook", "status", status=404, body=f"{known['SLACK_WEBHOOK_URL']} is gone")
    refused = _task(stack, folder, "tickets.report_failure", done, secrets | {"INPUT_CODE": "another"})
    _note(receipts, done, "slack webhook gone")
    return read + told + refused + _alerts(stack, done, folder)


def _alerts(stack: Stack, done: Scenario, folder: Path) -> bytes:
    """Alerts whose texts quote what the task was given, to each of the channels."""
    known = environment.secrets(stack.credentials, stack.sandbox.base_url)
    names = ("SLACK_BOT_TOKEN", "SLACK_WEBHOOK_URL", "PAGERDUTY_ROUTING_KEY", "OPSFLOWS_CONSOLE_KEY")
    secrets = {name: known[name] for name in names}
    leaky = f"{ECHO}: {' '.join(secrets.values())}"
    inputs = {"INPUT_EVENT": "canary", "INPUT_TITLE": f"canary-alert {secrets['PAGERDUTY_ROUTING_KEY']}"}
    inputs |= {"INPUT_MESSAGE": leaky, "INPUT_DETAIL": json.dumps({"url": leaky})}
    more = {"OPSFLOWS_CONSOLE_URL": "https://console.example.com", **secrets, **inputs}
    levels = ("WARNING", "CRITICAL")
    return b"".join(
        _task(stack, folder, "platform_tasks.alerts.route", done, {**more, "INPUT_LEVEL": level}) for level in levels
    )


def _task(stack: Stack, folder: Path, module: str, done: Scenario, more: dict[str, str]) -> bytes:
    """Run a task as Kestra does, in a process of its own; returns all that it writes."""
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SCRIPTS), "OPSFLOWS_EXECUTION_ID": "outside-of-kestra"}
    given = {"INPUT_TICKET_ID": done.tickets["expired"], "OPSFLOWS_RELEASE": "test"}
    ended = subprocess.run(
        [sys.executable, "-m", module],
        env={**stack.config.env, **own, **given, **more},
        cwd=folder,
        capture_output=True,
        timeout=180,
        check=False,
    )
    return ended.stdout + ended.stderr


def _collect(receipts: Receipts) -> dict[str, bytes]:
    stack, providers = receipts.stack, receipts.providers
    executions = _executions(receipts)
    engine = stack.home / "engine"
    storage = [path for path in (engine / "storage").rglob("*") if path.is_file() and "_files" not in path.parts]
    return {
        "execution logs": _each(receipts, executions, "logs/{}"),
        "executions": _each(receipts, executions, "executions/{}"),
        "outputs": _each(receipts, executions, "outputs/executions/{}") + _task_outputs(receipts, executions),
        "metrics": _each(receipts, executions, "metrics/{}", size=1000),
        "figures": metrics.text(collector.collect(lambda: db.connect(stack.postgres.dsn))).encode(),
        "tables": _tables(stack.postgres.dsn),
        "sheet": _json(providers.state("google")["spreadsheets"]),
        "outbox": _json(providers.outbox()),
        "cards": _json(providers.state("slack")["cards"]),
        "mails": _json(providers.mails()),
        "incidents": _json(providers.incidents()),
        "documents": b"".join(_unpacked(path.read_bytes()) for path in storage if "ticket" in path.name),
        "stored files": b"".join(path.read_bytes() for path in storage),
        "engine store": b"".join(path.read_bytes() for path in engine.glob("store*")),
        "engine log": stack.engine.log.read_bytes(),
    }


def _executions(receipts: Receipts) -> list[str]:
    found: list[str] = []
    while True:
        page = receipts.get("executions/search", size=100, page=len(found) // 100 + 1).json()
        found += [execution["id"] for execution in page["results"]]
        if len(found) >= page["total"]:
            return found


def _each(receipts: Receipts, executions: list[str], route: str, **params: Any) -> bytes:
    return b"".join(receipts.get(route.format(execution), **params).content for execution in executions)


def _task_outputs(receipts: Receipts, executions: list[str]) -> bytes:
    runs = [
        f"outputs/tasks/{execution}/{run['id']}"
        for execution in executions
        for run in receipts.get(f"executions/{execution}").json().get("taskRunList") or []
    ]
    return b"".join(receipts.get(run).content for run in runs)


def _tables(dsn: str) -> bytes:
    with db.connect(dsn) as conn:
        names = db.fetch_all(
            conn, "select schemaname, tablename from pg_tables where schemaname !~ '^(pg_|information_schema)'", {}
        )
        tables = [f"{name['schemaname']}.{name['tablename']}" for name in names]
        rows = [db.fetch_all(conn, f"select to_jsonb(t)::text as row from {name} t", {}) for name in tables]  # noqa: S608 - names from the catalogue
    assert {"etl_quarantine", "etl_runs"} <= {name["tablename"] for name in names}
    return _json(rows)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, default=str).encode()


def _unpacked(content: bytes) -> bytes:
    """A document with its compressed parts unpacked."""
    parts = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    return content + b"".join(_inflated(part) for part in parts)


def _inflated(part: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(part)
    except zlib.error:
        return part


@pytest.mark.parametrize("place", PLACES)
def test_no_secret_is_in(place: str, scenario: Scenario, canaries: dict[str, list[bytes]]):
    content = scenario.found[place]
    leaked = [name for name, forms in canaries.items() if any(form in content for form in forms)]
    assert leaked == []


@pytest.mark.parametrize(
    "failure",
    [
        "google 403",
        "google token",
        "slack reset",
        "slack answer",
        "slack webhook reset",
        "slack webhook gone",
        "whatsapp 190",
        "openai 401",
        "shop 401",
        "health slack",
        "health hubspot",
        "health whatsapp",
    ],
)
def test_the_provider_has_failed_as_it_should(failure: str, scenario: Scenario):
    assert scenario.struck[failure]


@pytest.mark.parametrize(
    ("place", "shows"),
    [
        ("execution logs", lambda _: [b"ticket.picture_refused", b"sheet_not_shared", b"webhook.refused"]),
        ("executions", lambda done: [done.tickets["refused"].encode(), b'"SUCCESS"']),
        ("outputs", lambda _: [b"signature_", b"whatsapp_token", ECHO.encode()]),
        ("metrics", lambda _: [b"webhooks_refused", b"tickets_closed"]),
        ("figures", lambda _: [b'opsflows_receipts_24h{verdict="', b"opsflows_collector_up"]),
        (
            "tables",
            lambda done: [
                *(ticket.encode() for ticket in done.tickets.values()),
                b"slack_account_inactive",
                b"refused-source",
            ],
        ),
        ("sheet", lambda done: [done.tickets["good"].encode()]),
        ("outbox", lambda done: [done.tickets["expired"].encode()]),
        ("cards", lambda done: [done.tickets["good"].encode(), b"canary-alert"]),
        ("mails", lambda _: [b"canary-alert"]),
        ("incidents", lambda _: [b"canary-alert"]),
        ("documents", lambda _: [b"%PDF-", b"compra oficina"]),
        ("stored files", lambda _: [b"whatsapp_business_account"]),
        ("engine store", lambda done: [done.tickets["good"].encode()]),
        ("engine log", lambda _: [b"opsflows engine ready"]),
        ("task output", lambda _: [b"openai_key", b'"card"', b'"provider": "slack"']),
    ],
    ids=PLACES,
)
def test_what_happened_can_be_read_in(place: str, shows: Callable[[Scenario], list[bytes]], scenario: Scenario):
    """The control: a search that looks in the wrong place finds no secret either."""
    missing = [mark for mark in shows(scenario) if mark not in scenario.found[place]]
    assert missing == []


def test_every_secret_of_the_stack_is_a_canary(stack: Stack, canaries: dict[str, list[bytes]]):
    names = {name for name, value in stack.config.secrets.items() if value} - {"GOOGLE_SERVICE_ACCOUNT"}
    assert names <= set(canaries)
    assert sum(name.startswith("private_key line") for name in canaries) > 20
