"""The sender settles a doubtful receipt by a text: the webhook takes it, and the review goes on at once."""

import uuid

import pytest
from flowkit import Receipts, wait_for
from reviewkit import Review

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture
def review(receipts: Receipts) -> Review:
    return Review(receipts).send()


def write(review: Review, text: str, *, quoting: bool = True, **more) -> str:
    """The sender writes, in reply to the answer; returns the text's id."""
    message_id = f"wamid.{uuid.uuid4().hex}"
    sender = {name: review.message[name] for name in ("wa_id", "user_id")}
    quoted = {"reply_to": answer_id(review)} if quoting else {}
    review.receipts.send({"kind": "text", "text": text, "id": message_id, **sender, **quoted}, **more)
    return message_id


def answer_id(review: Review) -> str:
    row = review.receipts.row("select result from ops.effects where key = %s", f"answer:{review.ticket_id}")
    assert row
    return str(row["result"]["message_id"])


def told(review: Review, message_id: str) -> str:
    """What was answered to a text."""

    def look() -> list[str]:
        return review.receipts.answers({"id": message_id})

    [text] = wait_for(look, "the answer to a text")
    return text


def test_the_answer_asks_and_the_right_total_settles_it(review: Review):
    [asked] = review.receipts.answers(review.message)
    assert "Responde *sí* si es correcto, o escribe el total correcto." in asked
    text = write(review, "no, son 21,50 €", duplicate=2)
    ticket = review.finished()
    assert (ticket["verdict"], str(ticket["total"])) == ("accept", "21.50")
    assert review.corrections() == [("total", "12.50", "21.50")]
    assert review.sheet_row()[5] == 21.5
    assert len(review.receipts.answers(review.message)) == 2
    assert review.receipts.answers({"id": text}) == []
    assert review.row()["decided_via"] == "whatsapp"


def test_yes_without_a_quote_settles_the_only_one(review: Review):
    write(review, "Sí", quoting=False)
    ticket = review.finished()
    assert (ticket["verdict"], str(ticket["total"]), review.corrections()) == ("accept", "12.50", [])


def test_no_is_told_that_a_person_looks_and_slack_hears_of_it(review: Review):
    before = len(review.receipts.notes(review.message))
    text = write(review, "no")
    assert "lo revisará una persona" in told(review, text)
    wait_for(lambda: len(review.receipts.notes(review.message)) > before, "a note in Slack")
    assert review.row()["state"] == "open"
    assert review.sheet_row()[9] == "Revisar"
