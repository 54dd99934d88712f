"""Receipts of a month, made quickly and in any number."""

from datetime import UTC, date, datetime

from psycopg2.extras import execute_values

from kit import db

ANA = ("ES.1000000001", "34600000001", "Ana López")
LUIS = ("ES.2000000002", "34600000002", "Luis Gil")
MESSAGES = """
insert into tickets.messages (message_id, ticket_id, sender_id, sender_phone, sender_name, phone_number_id, kind, media,
                              sent_at, received_at, execution_id)
values %s
"""
TICKETS = """
insert into tickets.tickets (ticket_id, verdict, issued_on, merchant, tax_id, document_number, currency, total,
                             tax_total, receipt, release, execution_id)
values %s
"""


def receipt(number, **changes):
    """A receipt of Ana's over 12.10 EUR of 15 October 2026; `changes` replace its values."""
    return {
        "ticket_id": f"T-{number:010d}",
        "sender": ANA,
        "verdict": "accept",
        "issued_on": date(2026, 10, 15),
        "received_at": datetime(2026, 10, 15, 12, tzinfo=UTC),
        "merchant": "Bar Sol, S.L.",
        "tax_id": "B38757910",
        "document_number": f"F-{number}",
        "currency": "EUR",
        "total": "12.10",
        "tax_total": "2.10",
        "taxes": [{"rate": "21", "base": "10.00", "amount": "2.10"}],
        **changes,
    }


def fill(conn, receipts):
    """Put receipts into the database."""
    messages, tickets = [], []
    for found in receipts:
        ticket_id, moment = found["ticket_id"], found["received_at"]
        messages.append((f"w{ticket_id}", ticket_id, *found["sender"], "1", "image", "{}", moment, moment, "e0"))
        names = ("verdict", "issued_on", "merchant", "tax_id", "document_number", "currency", "total", "tax_total")
        body = db_json({"taxes": found["taxes"], "payment_method": "card"})
        tickets.append((ticket_id, *(found[name] for name in names), body, "1", "e0"))
    with db.transaction(conn), db.errors_mapped(), conn.cursor() as cursor:
        execute_values(cursor, MESSAGES, messages, page_size=1000)
        execute_values(cursor, TICKETS, tickets, page_size=1000)


def db_json(value):
    """A value for a jsonb column."""
    from psycopg2.extras import Json

    return Json(value)
