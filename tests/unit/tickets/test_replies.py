"""What a sender's text does to the review of a receipt: within limits, once, and to receipts of their own only."""

from datetime import timedelta

import pytest

from kit import dates, db, effects, task
from kit.errors import UnavailableError
from tests.unit.tickets.inbox import CTX, EMPTY, MESSAGE, TICKET_ID, accept
from tests.unit.tickets.reviewed import DOUBT, READ, REVIEW_ID, corrections, doubtful
from tickets import replies, review_apply, reviews, store, verdicts
from tickets.extraction.model import Assessment, Reason
from tickets.items import Reply

ANA = {"sender_id": "ES.1", "sender_phone": "34600111222", "sender_name": "Ana López"}
EVA = {"sender_id": "ES.2", "sender_phone": "34600111223", "sender_name": "Eva"}
OTHER = "T-0000000001"


def said(conn, text, quoted=None, message_id="wamid.r1", ctx=CTX, **sender):
    reply = Reply(message_id=message_id, text=text, quoted=quoted, **(sender or ANA))
    return replies.take(conn, reply, ctx)


def second(conn):
    """Another doubtful receipt of the same sender."""
    message = MESSAGE.model_copy(update={"message_id": "wamid.2", "ticket_id": OTHER})
    store.insert_message(conn, message, "e0")
    assessment = Assessment(verdict="review", reasons=[DOUBT], receipt=READ)
    verdicts.record(conn, OTHER, EMPTY, assessment, "1" * 64, CTX)
    reviews.open(conn, OTHER, "e9", expires_at=dates.utcnow() + timedelta(hours=1))


def test_yes_approves_as_read(conn):
    doubtful(conn)
    assert said(conn, "Sí") == {"ticket_id": TICKET_ID, "outcome": "decided"}
    assert review_apply.apply(conn, REVIEW_ID) == "applied"
    assert (store.ticket(conn, TICKET_ID)["verdict"], corrections(conn)) == ("accept", [])


def test_an_amount_is_the_right_total(conn):
    doubtful(conn)
    assert said(conn, "son 13,10 €")["outcome"] == "decided"
    review_apply.apply(conn, REVIEW_ID)
    assert corrections(conn) == [(2, "total", "12.10", "13.10", "Ana López", "whatsapp")]


def test_a_repeated_delivery_does_nothing_again(conn):
    doubtful(conn)
    assert said(conn, "sí")["outcome"] == "decided"
    assert said(conn, "sí")["outcome"] == "decided"  # a retry of the same execution hears the same
    assert said(conn, "sí", ctx=task.Context(execution_id="e7"))["outcome"] == "ignored"


@pytest.mark.parametrize("text", ["no", "No."])
def test_no_leaves_it_to_a_person(conn, text):
    doubtful(conn)
    assert said(conn, text) == {"ticket_id": TICKET_ID, "outcome": "person", "doubted": True}
    assert reviews.get(conn, REVIEW_ID)["state"] == "open"


@pytest.mark.parametrize("text", ["9000,00", "0", "121,00", "1,20"])
def test_a_total_that_is_not_plausible_stays_with_the_reviewer(conn, text):
    doubtful(conn)
    assert said(conn, text)["outcome"] == "person"
    assert reviews.get(conn, REVIEW_ID)["state"] == "open"


@pytest.mark.parametrize(
    "code", ["total_large", "date_old", "tax_id_checksum", "total_not_on_page", "duplicate_likely", "schema", "new"]
)
def test_other_doubts_are_not_the_senders_to_settle(conn, code):
    doubtful(conn, reasons=[DOUBT, Reason(code=code, field="total", severity="review")])
    assert said(conn, "sí", quoted="wamid.1")["outcome"] == "ignored"
    assert said(conn, "12,30", quoted="wamid.1", message_id="wamid.r2")["outcome"] == "person"
    assert reviews.get(conn, REVIEW_ID)["state"] == "open"


def test_a_missing_merchant_goes_to_the_reviewer(conn):
    doubtful(conn, receipt=READ.model_copy(update={"merchant": None}))
    assert said(conn, "sí")["outcome"] == "ignored"
    assert reviews.get(conn, REVIEW_ID)["state"] == "open"


def test_a_missing_total_must_be_written(conn):
    missing = Reason(code="total_missing", field="total", severity="review")
    doubtful(conn, receipt=READ.model_copy(update={"total": None}), reasons=[missing])
    assert said(conn, "sí")["outcome"] == "total"
    assert said(conn, "12,50", message_id="wamid.r2")["outcome"] == "decided"


def test_of_several_the_quoted_one_is_meant(conn):
    doubtful(conn)
    second(conn)
    effects.record(conn, f"answer:{OTHER}", "whatsapp.text", {"message_id": "wamid.ours"})
    assert said(conn, "sí") == {"outcome": "which", "ticket_id": TICKET_ID, "tickets": [TICKET_ID, OTHER]}
    assert said(conn, "sí", quoted="wamid.ours", message_id="wamid.r2")["ticket_id"] == OTHER
    assert said(conn, "vale", message_id="wamid.r3") == {"ticket_id": TICKET_ID, "outcome": "decided"}


def test_a_reference_chooses(conn):
    doubtful(conn)
    second(conn)
    assert said(conn, f"{OTHER} 13,50") == {"ticket_id": OTHER, "outcome": "decided"}


def test_nobody_settles_the_receipt_of_another(conn):
    doubtful(conn)
    effects.record(conn, f"answer:{TICKET_ID}", "whatsapp.text", {"message_id": "wamid.ours"})
    for number, (text, quoted) in enumerate([("sí", None), ("sí", "wamid.ours"), (f"{TICKET_ID} sí", None)]):
        assert said(conn, text, quoted=quoted, message_id=f"wamid.x{number}", **EVA)["outcome"] == "ignored"
    assert reviews.get(conn, REVIEW_ID)["state"] == "open"


def test_a_reference_that_is_not_theirs_is_not_taken_for_another_receipt(conn):
    doubtful(conn)
    assert said(conn, "T-9999999999 sí")["outcome"] == "ignored"
    assert reviews.get(conn, REVIEW_ID)["state"] == "open"


def test_talk_is_left_alone_unless_it_answers_the_question(conn):
    doubtful(conn)
    assert said(conn, "hola, ¿qué tal?")["outcome"] == "ignored"
    assert said(conn, "¿cómo?", quoted="wamid.1", message_id="wamid.r2")["outcome"] == "unclear"


def test_after_a_decision_a_correction_is_told_that_it_comes_late(conn):
    doubtful(conn)
    said(conn, "sí")
    assert said(conn, "15,00", quoted="wamid.1", message_id="wamid.r2")["outcome"] == "already"
    assert said(conn, "ok", quoted="wamid.1", message_id="wamid.r3")["outcome"] == "ignored"


def test_who_is_faster_than_the_review_is_waited_for(conn):
    accept(conn)
    assessment = Assessment(verdict="review", reasons=[DOUBT], receipt=READ)
    verdicts.record(conn, TICKET_ID, EMPTY, assessment, "0" * 64, CTX)
    with pytest.raises(UnavailableError):
        said(conn, "sí", quoted="wamid.1")
    db.execute(conn, "update tickets.tickets set created_at = now() - interval '1 hour'")
    assert said(conn, "sí", quoted="wamid.1")["outcome"] == "ignored"


def test_an_accepted_receipt_is_not_asked_about(conn):
    accept(conn)
    verdicts.record(conn, TICKET_ID, EMPTY, Assessment(verdict="accept", receipt=READ), "0" * 64, CTX)
    assert said(conn, "ok", quoted="wamid.1")["outcome"] == "ignored"
