"""A message in the inbox of a test's database."""

from datetime import UTC, datetime

from kit import claims, db, effects, task
from tickets import store
from tickets.extraction.model import Attempt, Extraction, Receipt
from tickets.items import Message

TICKET_ID = "T-7QK2M4X9AB"
CTX = task.Context(execution_id="e1", release="0.1.0")
OCR = Attempt(provider="ocr", model="rapidocr", outcome="ok", latency_ms=5)
EMPTY = Extraction(receipt=Receipt(), provider="ocr", attempts=[OCR])
MESSAGE = Message(
    message_id="wamid.1",
    ticket_id=TICKET_ID,
    sender_id="ES.1",
    sender_phone="34600111222",
    sender_name="Ana López",
    phone_number_id="1088451004357858",
    kind="image",
    caption="comida de equipo",
    media={"id": "1"},
    sent_at=datetime(2026, 11, 20, 13, 6, tzinfo=UTC),
)


def accept(conn, **changes):
    """Put the message into the inbox."""
    store.insert_message(conn, MESSAGE.model_copy(update=changes), "e0")


def claim(conn):
    """Take the ticket for this execution."""
    assert claims.claim(conn, f"ticket:{TICKET_ID}", CTX.execution_id, 60).state == "won"


def settle(conn, key):
    """Record an effect as done."""
    effects.record(conn, key, "test", {})


def row_of(conn):
    """The whole row of the message."""
    return db.fetch_one(conn, "select * from tickets.messages where ticket_id = %s", [TICKET_ID])
