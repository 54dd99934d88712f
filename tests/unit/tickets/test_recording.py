"""A reading is recorded with what the database knows: its merchant, its first, and what it teaches."""

from datetime import UTC, date, datetime
from decimal import Decimal

from inbox import CTX, EMPTY, TICKET_ID, accept

from kit import db
from tickets import merchants, recording, store
from tickets.duplicates import Sent
from tickets.extraction.model import Assessment, Reason, Receipt

LUNCH = Receipt(
    merchant="Bar Sol, S.L.",
    tax_id="B38757910",
    issued_on=date(2026, 11, 20),
    document_number="A-1042",
    currency="EUR",
    total=Decimal("12.10"),
)
SENT = Sent(TICKET_ID, "ES.1", datetime(2026, 11, 20, tzinfo=UTC), "a" * 64, "0" * 16)
NAMELESS = Assessment(
    verdict="review",
    reasons=[Reason(code="merchant_missing", field="merchant", severity="review")],
    receipt=LUNCH.model_copy(update={"merchant": None}),
)


def record(conn, assessment, sent=SENT):
    accept(conn, ticket_id=sent.ticket_id, message_id=f"wamid.{sent.ticket_id}")
    with db.transaction(conn):
        return recording.record(conn, sent, EMPTY, assessment, CTX)


def test_a_known_merchant_fills_the_row_and_the_receipt_is_accepted(conn):
    merchants.learn(conn, LUNCH, None, "correction")
    assert record(conn, NAMELESS).verdict == "accept"
    ticket = store.ticket(conn, TICKET_ID)
    assert (ticket["merchant"], ticket["receipt"]["merchant"]) == ("Bar Sol, S.L.", "Bar Sol, S.L.")
    assert [reason["code"] for reason in ticket["reasons"]] == ["merchant_remembered"]


def test_what_memory_filled_in_does_not_confirm_itself(conn):
    merchants.learn(conn, LUNCH, None, "correction")
    record(conn, NAMELESS)
    votes = db.fetch_all(conn, "select readings, corrections from tickets.merchant_votes where field = 'name'")
    assert votes == [{"readings": 0, "corrections": 1}]


def test_an_accepted_receipt_teaches_and_one_in_review_does_not(conn):
    record(conn, NAMELESS)
    assert store.merchant(conn, "B38757910") is None
    other = Sent("T-OTHER00000", "ES.1", SENT.sent_at, "b" * 64, "f" * 16)
    record(conn, Assessment(verdict="accept", receipt=LUNCH.model_copy(update={"document_number": "A-1"})), other)
    assert store.merchant(conn, "B38757910")["receipts"] == 1


def test_a_duplicate_teaches_nothing(conn):
    record(conn, Assessment(verdict="accept", receipt=LUNCH))
    other = Sent("T-OTHER00000", "ES.1", SENT.sent_at, "b" * 64, "f" * 16)
    recorded = record(conn, Assessment(verdict="accept", receipt=LUNCH), other)
    assert (recorded.verdict, recorded.first.ticket_id) == ("review", TICKET_ID)
    assert store.merchant(conn, "B38757910")["receipts"] == 1


def test_a_second_run_of_the_same_ticket_changes_nothing_and_teaches_nothing(conn):
    accepted = Assessment(verdict="accept", receipt=LUNCH)
    record(conn, accepted)
    assert record(conn, accepted.model_copy(update={"receipt": Receipt()})).verdict == "accept"
    assert store.ticket(conn, TICKET_ID)["merchant"] == "Bar Sol, S.L."
    assert store.merchant(conn, "B38757910")["receipts"] == 1
