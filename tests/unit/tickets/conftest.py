"""Rows of receipts as Postgres gives them, and a real Postgres for what is written there."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.kit_support import conn, dsn, migrated

__all__ = ["conn", "dsn", "migrated"]

RECEIPT = {
    "merchant": "Bar Sol, S.L.",
    "tax_id": "B38757910",
    "issued_on": "2026-11-20",
    "issued_time": "13:05:00",
    "document_number": "A-1",
    "currency": "EUR",
    "subtotal": "10.00",
    "taxes": [{"rate": "21", "base": "10.00", "amount": "2.10"}],
    "tip": None,
    "discount": None,
    "total": "12.10",
    "payment_method": "card",
    "lines": [{"description": "Menú del día", "quantity": "1", "unit_price": "12.10", "amount": "12.10"}],
}
TICKET = {
    "ticket_id": "T-7QK2M4X9AB",
    "verdict": "accept",
    "reasons": [],
    "provider": "ocr",
    "model": "rapidocr",
    "scores": {},
    "receipt": RECEIPT,
    "merchant": "Bar Sol, S.L.",
    "tax_id": "B38757910",
    "issued_on": date(2026, 11, 20),
    "document_number": "A-1",
    "currency": "EUR",
    "total": Decimal("12.10"),
    "tax_total": Decimal("2.10"),
    "image_sha256": "0" * 64,
    "image_uri": None,
    "document_uri": None,
    "sheet_range": None,
    "sheet_error": None,
    "revision": 1,
    "release": "0.1.0",
    "execution_id": "e1",
    "message_id": "wamid.1",
    "sender_id": "ES.1",
    "sender_phone": "34600111222",
    "sender_name": "Ana López",
    "phone_number_id": "1088451004357858",
    "caption": "comida de equipo",
    "sent_at": datetime(2026, 11, 20, 13, 6, tzinfo=UTC),
    "received_at": datetime(2026, 11, 20, 13, 6, 5, tzinfo=UTC),
    "duplicate_of": None,
    "duplicate_kind": None,
    "duplicate_sent_at": None,
    "category": "restaurant",
    "account": "629",
}
NOTHING_READ = {name: [] if isinstance(value, list) else None for name, value in RECEIPT.items()}
FIELDS = ("merchant", "tax_id", "issued_on", "document_number", "currency", "total", "tax_total")


@pytest.fixture(autouse=True)
def _spanish(monkeypatch):
    """The language and the addresses of these tests, whatever the shell says."""
    monkeypatch.setenv("OPSFLOWS_LOCALE", "es")
    monkeypatch.setenv("OPSFLOWS_KESTRA_PUBLIC_URL", "https://kestra.example")
    for name in ("OPSFLOWS_SHEET_ID", "OPSFLOWS_KESTRA_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def row():
    """A ticket as `store.ticket` gives it; `receipt` changes fields of the receipt, the rest those of the row."""

    def row(receipt=None, **changes):
        return TICKET | {"receipt": RECEIPT | (receipt or {})} | changes

    return row


@pytest.fixture
def nothing_read(row):
    """A picture on which nothing was found, from somebody without name, phone number or caption."""
    unread = dict.fromkeys(FIELDS)
    return row(NOTHING_READ, verdict="reject", **unread, caption=None, sender_name=None, sender_phone=None)
