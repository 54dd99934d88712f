"""What a decision teaches of the merchant, and what the ticket is booked to; in the transaction that applies it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from inbox import CTX, EMPTY, TICKET_ID, accept

from kit import dates, db
from kit.errors import RefusedInputError
from tickets import review_apply, reviews, store, verdicts
from tickets.decision import Decision
from tickets.extraction.model import Assessment, Receipt

TAX_ID = "B38757910"
READ = Receipt(merchant="8ar 5ol", tax_id=TAX_ID, issued_on="2026-11-20", currency="EUR", total=Decimal("12.10"))


@pytest.fixture
def decided(conn):
    """Applies a decision on a ticket in review; returns the ticket and what is remembered of its merchant."""

    def decided(action="approve", via="console", **changes):
        accept(conn)
        verdicts.record(conn, TICKET_ID, EMPTY, Assessment(verdict="review", receipt=READ), "a" * 64, CTX)
        review_id = reviews.review_id(TICKET_ID)
        reviews.open(conn, TICKET_ID, "e2", expires_at=dates.utcnow() + timedelta(hours=1))
        reviews.decide(conn, review_id, Decision(action=action, changes=changes), by="Ana", via=via)
        assert review_apply.apply(conn, review_id) == "applied"
        assert review_apply.apply(conn, review_id) == "applied"
        return store.ticket(conn, TICKET_ID), store.merchant(conn, TAX_ID)

    return decided


def test_a_reviewer_s_corrections_are_remembered_at_once_and_book_the_ticket(decided):
    ticket, merchant = decided(merchant="Bar Sol, S.L.", category="fuel")
    assert (ticket["category"], ticket["account"]) == ("fuel", "628")
    assert (merchant["name"], merchant["category"], merchant["corrections"]) == ("Bar Sol, S.L.", "fuel", 1)


def test_without_a_category_the_corrected_fields_tell_it(decided):
    ticket, merchant = decided(merchant="Farmacia Sol")
    assert (ticket["category"], merchant["category"]) == ("pharmacy", None)


def test_a_category_that_there_is_not_is_refused(decided):
    with pytest.raises(RefusedInputError) as raised:
        decided(category="no_such_thing")
    assert (raised.value.code, raised.value.details) == ("decision_invalid", {"fields": ["category"]})


def test_a_category_that_went_with_a_release_hinders_no_decision(decided, monkeypatch):
    monkeypatch.setattr(reviews, "_check_category", lambda _: None)
    ticket, merchant = decided(merchant="Farmacia Sol", category="of_an_earlier_release")
    assert (ticket["category"], merchant["category"]) == ("pharmacy", None)


def test_a_sender_s_word_is_one_reading(decided):
    _, merchant = decided(via="whatsapp", merchant="Evil Corp")
    assert (merchant["name"], merchant["receipts"], merchant["corrections"]) == (None, 1, 0)


def test_a_rejected_receipt_teaches_nothing(decided):
    ticket, merchant = decided("reject")
    assert (ticket["verdict"], ticket["category"], merchant) == ("reject", None, None)


def test_it_is_learned_once_however_often_it_is_applied(decided, conn):
    decided(merchant="Bar Sol, S.L.")
    votes = db.fetch_all(conn, "select corrections from tickets.merchant_votes where field = 'name'")
    assert votes == [{"corrections": 1}]


def test_a_sender_cannot_have_a_duplicate_booked_and_a_reviewer_can(conn):
    for reference in ("T-FIRST00000", TICKET_ID):
        accept(conn, ticket_id=reference, message_id=f"wamid.{reference}")
        verdicts.record(conn, reference, EMPTY, Assessment(verdict="review", receipt=READ), "a" * 64, CTX)
    db.execute(conn, "update tickets.tickets set duplicate_of = 'T-FIRST00000' where ticket_id = %s", [TICKET_ID])
    reviews.open(conn, TICKET_ID, "e2", expires_at=dates.utcnow() + timedelta(hours=1))
    review_id, approve = reviews.review_id(TICKET_ID), Decision(action="approve")
    with pytest.raises(RefusedInputError) as raised:
        reviews.decide(conn, review_id, approve, by="ES.1", via="whatsapp")
    assert raised.value.code == "decision_duplicate"
    assert reviews.get(conn, review_id)["state"] == "open"
    assert reviews.decide(conn, review_id, approve, by="Ana", via="console") == "decided"
