"""What receipt tests do again and again: send a picture, wait for its end, look at what the providers got."""

import itertools
import re
import uuid
from pathlib import Path
from typing import Any

import requests

from kit import db, ids
from tests.waiting import wait_for
from tools.stack.stack import Stack

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
FLOW = "whatsapp_ticket_process"
TAB = "Tickets"
REFERENCE = re.compile(r"T-[0-9A-Z]{10}")
ENDED = {"SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED"}
_numbers = itertools.count(1)


class Receipts:
    """A stack, seen from the sender's side."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.providers = stack.providers

    def message(self, picture: bytes | str = "ticket_supermercado.jpg", **draft: Any) -> dict[str, Any]:
        """A message with a picture of its own, from a sender of its own."""
        content = (SAMPLES / picture).read_bytes() if isinstance(picture, str) else picture
        number = next(_numbers)
        return {
            "kind": "image",
            "media_id": self.providers.add_media(content, draft.pop("mime", "image/jpeg"))["id"],
            "id": f"wamid.{uuid.uuid4().hex}",
            "wa_id": f"34600{number:06d}",
            "user_id": f"ES.{number:016d}",
            **draft,
        }

    def forget(self) -> None:
        """Let no ticket of an earlier test be the first of a receipt that this test sends too."""
        unknown = "issued_on = null, document_number = null, image_sha256 = null, perceptual_hash = null"
        with db.connect(self.stack.postgres.dsn) as conn:
            db.execute(conn, f"update tickets.tickets set {unknown}")  # noqa: S608 - a literal

    def calm(self) -> None:
        """Let no provider fail any more, and none be left alone because it did."""
        self.providers.clear_faults()
        with db.connect(self.stack.postgres.dsn) as conn:
            db.execute(conn, "delete from ops.breakers")

    def send(self, *messages: dict[str, Any], **options: Any) -> list[str]:
        """Post webhooks; returns the executions that acknowledged them."""
        deliveries = self.providers.send(*messages, **options)
        assert all(delivery["status"] == 200 for delivery in deliveries), deliveries
        return [self._execution(delivery) for delivery in deliveries]

    def _execution(self, delivery: dict[str, Any]) -> str:
        found = re.search(r'"id":"([^"]+)"', delivery["answer"])
        assert found, delivery
        return found[1]

    def execution(self, execution_id: str) -> dict[str, Any]:
        """An execution that has ended."""
        return wait_for(lambda: ended(self.get(f"executions/{execution_id}").json()), f"{execution_id} to end")

    def get(self, route: str, **params: Any) -> requests.Response:
        target = self.stack.target
        url = f"{target.url}/api/v1/main/{route}"
        answer = requests.get(url, params=params, auth=(target.username, target.password), timeout=30)
        answer.raise_for_status()
        return answer

    def start(self, flow: str, **inputs: str) -> dict[str, Any]:
        """Start `tickets.tickets_retention` or the like as a person does, and wait for its end."""
        return self.execution(start(self.stack, flow, **inputs))

    def outputs(self, execution_id: str) -> dict[str, Any]:
        """The flow outputs of an ended execution."""
        self.execution(execution_id)
        return dict(self.get(f"outputs/executions/{execution_id}").json())

    def ticket(self, message: dict[str, Any], state: str = "done", within_s: float = 90) -> dict[str, Any]:
        """The row of a message's ticket once it has reached a state."""
        wanted = f"{message['id']} to be {state}"
        return wait_for(lambda: self._in_state(message["id"], state), wanted, within_s, lambda: self._story(message))

    def _story(self, message: dict[str, Any]) -> str:
        """Where a message stands and what its executions do, for the reader of a failed test."""
        row = self.row("select * from tickets.messages where message_id = %s", message["id"])
        found = self.get("executions/search", size=10, sort="state.startDate:desc").json()["results"]
        lines = [f"{item['flowId']} {item['id']} {item['state']['current']} {tasks(item)}" for item in found]
        return "\n".join([f"postgres: {self.stack.postgres.pid}", f"message: {row}", *lines])

    def _in_state(self, message_id: str, state: str) -> dict[str, Any] | None:
        found = self.row(
            "select m.*, t.verdict, t.reasons, t.merchant, t.total, t.sheet_range, t.sheet_error, t.document_uri "
            "from tickets.messages m left join tickets.tickets t using (ticket_id) where m.message_id = %s",
            message_id,
        )
        return found if found and found["state"] == state else None

    def struck(self) -> bool:
        """Whether a fault has done its work."""
        return any(fault["struck"] for fault in self.providers.faults())

    def row(self, sql: str, *values: Any) -> dict[str, Any] | None:
        with db.connect(self.stack.postgres.dsn) as conn:
            return db.fetch_one(conn, sql, values)

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        with db.connect(self.stack.postgres.dsn) as conn:
            return db.fetch_all(conn, sql, values)

    def sheet_rows(self, message: dict[str, Any]) -> list[list[Any]]:
        """The sheet's rows of a message."""
        reference = ids.ticket_id(message["id"])
        return [row for row in self.providers.rows(title=TAB) if row and row[0] == reference]

    def answers(self, message: dict[str, Any]) -> list[str]:
        """The texts that the sender of a message got."""
        sent = self.providers.outbox()
        return [item["message"]["text"]["body"] for item in sent if of(item, message) and "text" in item["message"]]

    def cards(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """The Slack cards about a message; a card has a header, a note of its review has none."""
        return [card for card in self._slack(message) if "'type': 'header'" in str(card)]

    def notes(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """What Slack was told of the review of a message's ticket."""
        return [card for card in self._slack(message) if "'type': 'header'" not in str(card)]

    def _slack(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """What is about this ticket: its reference comes first; a duplicate's card names its first one later on."""
        reference = ids.ticket_id(message["id"])
        return [card for card in self.providers.cards() if REFERENCE.findall(str(card))[:1] == [reference]]


def start(stack: Stack, flow: str, **inputs: str) -> str:
    """Start `etl.etl_example`, a flow of opsflows.etl, as a person does; returns the execution's id."""
    domain, _, flow_id = flow.partition(".")
    url = f"{stack.target.url}/api/v1/main/executions/opsflows.{domain}/{flow_id}"
    # A form must have a field, or it is none.
    form = {name: (None, value) for name, value in (inputs or {"_": ""}).items()}
    auth = (stack.target.username, stack.target.password)
    answer = requests.post(url, files=form, auth=auth, timeout=30)
    answer.raise_for_status()
    return str(answer.json()["id"])


def of(item: dict[str, Any], message: dict[str, Any]) -> bool:
    return bool(item["message"].get("context", {}).get("message_id") == message["id"])


def ended(execution: dict[str, Any]) -> dict[str, Any] | None:
    return execution if execution["state"]["current"] in ENDED else None


def tasks(execution: dict[str, Any]) -> list[str]:
    return [f"{run['taskId']} {run['state']['current']}" for run in execution.get("taskRunList") or ()]
