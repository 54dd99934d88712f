"""Doubtful receipts on a stack: send one, see it wait, decide, look at what became of it."""

import io
import itertools
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from flowkit import Receipts, ended, wait_for
from PIL import Image, ImageDraw, ImageFont

from kit import dates, db, ids, task
from tickets import reviews, sheet, store, verdicts
from tickets.decision import Decision
from tickets.extraction.model import Assessment, Extraction, Reason, Receipt
from tickets.items import Message

FONT = Path(__file__).resolve().parents[2] / "tools/samples/fonts/DejaVuSansMono.ttf"
FLOW = "whatsapp_ticket_review"
SWEEP = "whatsapp_ticket_review_sweep"


NAMES = ("SOL", "LUNA", "PINAR", "RIBERA", "ORIENTE", "CENTRAL", "MIRADOR", "PUENTE", "NOGAL", "CASTILLO")
_numbers = itertools.count()


def doubtful(merchant: str, number: int) -> bytes:
    """A receipt whose total nothing on the page confirms; each of another merchant and day, for none is a duplicate."""
    day = dates.today() - timedelta(days=1 + number)
    lines = [merchant, f"Fecha {day:%d/%m/%Y} 13:05", "Total a pagar 12,50 EUR"]
    lines[1:1] = [f"Calle Mayor {number}"] * (number % 4)
    picture = Image.new("RGB", (760, 120 + 70 * len(lines)), "white")
    font = ImageFont.truetype(str(FONT), 38)
    for place, line in enumerate(lines):
        ImageDraw.Draw(picture).text((60, 60 + 70 * place), line, fill="black", font=font)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


class Review:
    """One doubtful receipt, from its sender's and its reviewer's side."""

    def __init__(self, receipts: Receipts) -> None:
        self.receipts = receipts
        number = next(_numbers)
        self.merchant = f"BAR {NAMES[number % len(NAMES)]}, S.L."
        self.message = receipts.message(doubtful(self.merchant, number), name="Ana López")
        self.ticket_id = ids.ticket_id(self.message["id"])
        self.review_id = reviews.review_id(self.ticket_id)

    def send(self) -> "Review":
        """Send the picture and wait until its review is open and an execution waits."""
        self.receipts.send(self.message)
        ticket = self.receipts.ticket(self.message, within_s=240)
        assert [reason["code"] for reason in ticket["reasons"] if reason["severity"] == "review"] == ["total_uncertain"]
        self.paused()
        return self

    def seed(self, monkeypatch: pytest.MonkeyPatch) -> "Review":
        """As `send`, without reading a picture: the ticket and its sheet row are there, and its review is started."""
        stack = self.receipts.stack
        for name, value in {**stack.config.env, **stack.config.secrets}.items():
            monkeypatch.setenv(name, value)
        with db.connect(stack.postgres.dsn) as conn:
            self._record(conn)
        sheet.write(self.ticket_id)
        self._post(f"opsflows.tickets/{FLOW}", {"ticket_id": self.ticket_id})
        return self

    def _record(self, conn: db.Connection) -> None:
        message = Message(
            message_id=self.message["id"],
            ticket_id=self.ticket_id,
            sender_id=self.message["user_id"],
            sender_phone=self.message["wa_id"],
            sender_name=self.message["name"],
            phone_number_id=self.receipts.stack.credentials.whatsapp_phone_number_id,
            kind="image",
            caption=None,
            media={"id": self.message["media_id"]},
            sent_at=dates.utcnow(),
        )
        store.insert_message(conn, message, "seed")
        store.finish_message(conn, self.ticket_id, "done")
        receipt = Receipt(merchant=self.merchant, issued_on=dates.today(), currency="EUR", total="12.50")
        doubt = Reason(code="total_uncertain", field="total", severity="review")
        assessment = Assessment(verdict="review", reasons=[doubt], receipt=receipt)
        extraction = Extraction(receipt=receipt, provider="ocr")
        verdicts.record(conn, self.ticket_id, extraction, assessment, "0" * 64, task.Context("seed", release="test"))

    def row(self) -> dict[str, Any] | None:
        return self.receipts.row("select * from tickets.reviews where review_id = %s", self.review_id)

    def paused(self) -> dict[str, Any]:
        """The review, once its execution waits."""

        def look() -> dict[str, Any] | None:
            row = self.row()
            if not row or not row["execution_id"]:
                return None
            state = self.receipts.get(f"executions/{row['execution_id']}").json()["state"]["current"]
            return row if state == "PAUSED" else None

        return wait_for(look, f"{self.ticket_id} to wait for a decision", 240, lambda: str(self.row()))

    def decide(self, action: str = "approve", **changes: str | None) -> str:
        """Decide as the console does, without waking anything."""
        with db.connect(self.receipts.stack.postgres.dsn) as conn:
            decision = Decision(action=action, changes=changes)
            return reviews.decide(conn, self.review_id, decision, by="Eva", via="console")

    def resume(self, **inputs: str) -> None:
        """*Resume* in Kestra's UI."""
        row = self.row()
        assert row
        self.wake(row["execution_id"], **inputs)

    def wake(self, execution_id: str, **inputs: str) -> None:
        """*Resume* for one execution."""
        self._post(f"{execution_id}/actions/resume", inputs or {"by": "nobody"})

    def take_over(self) -> None:
        """Another execution, as the sweep sends it where nobody can be woken."""
        self._post(f"opsflows.tickets/{FLOW}", {"ticket_id": self.ticket_id, "mode": "take_over"})

    def sweep(self) -> None:
        """One sweep that begins now. It is cancelled where one by schedule is at work, which may have looked before."""

        def swept() -> bool:
            started = self._post(f"opsflows.tickets/{SWEEP}", {"grace_s": "0"})["id"]
            done = wait_for(lambda: ended(self.receipts.get(f"executions/{started}").json()), "the sweep to end", 240)
            return done["state"]["current"] != "CANCELLED"

        wait_for(swept, "a sweep that was let in", 240)

    def _post(self, route: str, values: dict[str, str]) -> dict[str, Any]:
        target = self.receipts.stack.target
        answer = requests.post(
            f"{target.url}/api/v1/main/executions/{route}",
            files={name: (None, value) for name, value in values.items()},
            auth=(target.username, target.password),
            timeout=30,
        )
        answer.raise_for_status()
        return dict(answer.json())

    def finished(self, state: str = "applied", within_s: float = 240) -> dict[str, Any]:
        """The ticket once everything that follows from its review is there."""

        def look() -> dict[str, Any] | None:
            row = self.row()
            return row if row and row["finished_at"] and row["state"] == state else None

        wait_for(look, f"the review of {self.ticket_id} to be {state}", within_s, lambda: str(self.row()))
        ticket = self.receipts.row("select * from tickets.tickets where ticket_id = %s", self.ticket_id)
        assert ticket
        return ticket

    def corrections(self) -> list[tuple[str, str | None, str | None]]:
        found = self.receipts.rows("select * from tickets.corrections where ticket_id = %s order by id", self.ticket_id)
        return [(row["field"], row["was"], row["became"]) for row in found]

    def sheet_row(self) -> list[Any]:
        """The receipt's row; there is exactly one."""
        [row] = self.receipts.sheet_rows(self.message)
        return row

    def document(self) -> bytes:
        """The PDF that the ticket names."""
        uri = self.finished(self.row()["state"])["document_uri"]
        owner = uri.split("/executions/")[1].split("/")[0]
        return self.receipts.get(f"executions/{owner}/file", path=uri).content
