"""The app secret is changed while WhatsApp posts: none is refused, by files as with Vault; and Vault alone suffices.

On a stack of its own, because the engine starts several times, each time with other secrets, as its containers do.
"""

import itertools
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from flowkit import Receipts, wait_for

from tools.secrets.catalogue import FLOWS, needed_by
from tools.stack.stack import Stack, start

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(600)]

OLD, NEW = "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "aa1e2d3c4b5a69788796a5b4c3d2e1f9"
NAME, PREVIOUS = "WHATSAPP_APP_SECRET", "WHATSAPP_APP_SECRET_PREVIOUS"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = start(tmp_path_factory.mktemp("rotation"))
    yield running
    running.stop()


@dataclass
class Poster:
    """WhatsApp, posting one message after another until told to stop; each that fails to connect is sent again."""

    receipts: Receipts
    secrets: tuple[str, ...]
    posted: list[tuple[str, str]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        for number in itertools.count():
            # Three a second: more would only make a queue of executions.
            if self.stop.wait(0.3):
                return
            secret = self.secrets[number % len(self.secrets)]
            self.posted.append((secret, post(self.receipts, secret)))

    def has_posted(self, secret: str, times: int) -> bool:
        return sum(used == secret for used, _ in list(self.posted)) >= times


def post(receipts: Receipts, secret: str) -> str:
    """One signed text message; returns the execution that acknowledged it."""
    message = {"kind": "text", "text": "hola", "wa_id": "34600999999", "user_id": "ES.9"}
    # Until the engine is there again: Meta goes on for days.
    (delivery,) = wait_for(lambda: acknowledged(receipts.providers.send(message, app_secret=secret)), "an answer")
    found = re.search(r'"id":"([^"]+)"', delivery["answer"])
    assert found, delivery
    return found[1]


def acknowledged(deliveries: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    return deliveries if deliveries[0]["status"] == 200 else None


def outcome(receipts: Receipts, secret: str) -> str:
    return str(receipts.outputs(post(receipts, secret))["outcome"])


@contextmanager
def posting(stack: Stack, *secrets: str) -> Iterator[Poster]:
    poster = Poster(Receipts(stack), secrets)
    thread = threading.Thread(target=poster.run)
    thread.start()
    try:
        yield poster
    finally:
        poster.stop.set()
        thread.join(120)


def refused(receipts: Receipts, poster: Poster) -> list[str]:
    """What was not accepted of all that was posted."""
    assert poster.posted
    outcomes = [str(receipts.outputs(execution)["outcome"]) for _, execution in poster.posted]
    return [code for code in outcomes if code != "ok"]


def restart(stack: Stack, *, env: dict[str, str] | None = None, **secrets: str) -> None:
    """Give the engine other secrets, as a new container gets them: what is not named stays."""
    known = stack.config
    stack.config = replace(known, secrets={**known.secrets, **secrets}, env={**known.env, **(env or {})})
    stack.engine.stop()
    stack.restart_engine()


@pytest.mark.slow
def test_by_files_none_is_refused_and_the_old_one_is_after_the_end(own: Stack):
    receipts = Receipts(own)
    restart(own, **{NAME: OLD})
    with posting(own, OLD) as before:
        wait_for(lambda: before.has_posted(OLD, 2), "posts with the old secret")
        restart(own, **{NAME: NEW, PREVIOUS: OLD})
        before.secrets = (OLD, NEW)
        wait_for(lambda: before.has_posted(NEW, 2), "posts with the new secret")
        before.secrets = (NEW,)
    # The rotation ends when what came with the old secret has been verified, however long Kestra's queue is.
    assert refused(receipts, before) == []
    with posting(own, NEW) as after:
        restart(own, **{NAME: NEW, PREVIOUS: ""})
        wait_for(lambda: after.has_posted(NEW, 2), "posts after the end")
    assert refused(receipts, after) == []
    assert (outcome(receipts, OLD), outcome(receipts, NEW)) == ("signature_mismatch", "ok")


@pytest.fixture(scope="module")
def with_vault(own: Stack) -> Stack:
    """The engine knows the webhook's key and the way into Vault; every other secret is in Vault alone."""
    known = own.credentials
    in_vault = {
        name: value
        for name, value in known.secrets(own.sandbox.base_url).items()
        if name not in {NAME, "WHATSAPP_WEBHOOK_KEY", "OPENAI_API_KEY", "SLACK_WEBHOOK_URL"}
    }
    for name, value in in_vault.items():
        own.providers.vault_put(f"opsflows/{name}", value=value)
    blank = {secret.name: "" for secret in needed_by(FLOWS)}
    key = {"WHATSAPP_WEBHOOK_KEY": known.whatsapp_webhook_key}
    restart(own, env=known.vault_settings(own.sandbox.base_url), **{**blank, **key, **known.vault_secrets()})
    return own


def test_with_vault_nothing_is_restarted_and_none_is_refused(with_vault: Stack):
    receipts, vault = Receipts(with_vault), with_vault.providers
    vault.vault_put(f"opsflows/{NAME}", value=OLD)
    with posting(with_vault, OLD) as poster:
        wait_for(lambda: poster.has_posted(OLD, 2), "posts with the old secret")
        vault.vault_put(f"opsflows/{NAME}", value=NEW)
        poster.secrets = (OLD, NEW)
        wait_for(lambda: poster.has_posted(NEW, 2), "posts with the new secret")
    assert refused(receipts, poster) == []
    vault.vault_drop(f"opsflows/{NAME}", 1, destroy=True)
    assert (outcome(receipts, OLD), outcome(receipts, NEW)) == ("signature_mismatch", "ok")


def test_a_receipt_goes_its_whole_way_on_secrets_of_vault(with_vault: Stack):
    """And neither the secrets nor the tokens of the logins are in what the flows leave behind."""
    receipts, known = Receipts(with_vault), with_vault.credentials
    with_vault.providers.vault_put(f"opsflows/{NAME}", value=NEW)
    message = receipts.message()
    (execution,) = receipts.send(message, app_secret=NEW)
    ticket = receipts.ticket(message)
    assert ticket["verdict"] == "accept"
    assert len(receipts.sheet_rows(message)) == len(receipts.answers(message)) == len(receipts.cards(message)) == 1
    asked = {call["path"].rsplit("/", 1)[1] for call in with_vault.providers.calls("vault", "kv.read")}
    assert {NAME, "WHATSAPP_TOKEN", "GOOGLE_SERVICE_ACCOUNT", "SLACK_BOT_TOKEN"} <= asked
    left = left_behind(receipts, execution)
    secrets = [NEW, known.whatsapp_token, known.slack_bot_token, known.vault_role_id, known.vault_secret_id, "hvs."]
    assert [secret for secret in secrets if secret.encode() in left] == []


def left_behind(receipts: Receipts, execution: str) -> bytes:
    receipts.execution(execution)
    found = receipts.get("executions/search", size=100).json()["results"]
    ids = [item["id"] for item in found]
    assert execution in ids
    routes: list[Callable[[str], str]] = [lambda key: f"executions/{key}", lambda key: f"logs/{key}"]
    content = b"".join(receipts.get(route(key)).content for key in ids for route in routes)
    assert b"read_ticket" in content
    return content + receipts.stack.engine.log.read_bytes()
