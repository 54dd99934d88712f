"""A burst of pictures on the engine: separate tickets, one answer; also when one of them cannot be fetched."""

import pytest
from flowkit import Receipts, wait_for

from kit import ids

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(900)]

PICTURES = ["ticket_supermercado.jpg", "ticket_restaurante_torcido.jpg", "ticket_ferreteria_tenue.jpg"]


def burst(receipts: Receipts, count: int) -> list[dict]:
    """Pictures of one sender."""
    first = receipts.message(PICTURES[0])
    sender = {name: first[name] for name in ("wa_id", "user_id")}
    return [first, *(receipts.message(PICTURES[number % 3], **sender) for number in range(1, count))]


def answers(receipts: Receipts, messages: list[dict]) -> list[str]:
    return [text for message in messages for text in receipts.answers(message)]


def test_five_pictures_become_five_tickets_and_one_answer(receipts: Receipts):
    messages = burst(receipts, 5)
    receipts.send(*messages, concurrency=5)
    tickets = [receipts.ticket(message, within_s=240) for message in messages]
    (answer,) = answers(receipts, messages)
    # In brackets: a duplicate names its first, too.
    assert [answer.count(f"({ids.ticket_id(message['id'])})") for message in messages] == [1] * 5
    assert [len(receipts.sheet_rows(message)) for message in messages] == [
        int(t["verdict"] != "reject") for t in tickets
    ]
    assert [len(receipts.cards(message)) for message in messages] == [1] * 5
    accepted = sum(ticket["verdict"] == "accept" for ticket in tickets)
    assert answer.splitlines()[0] == (
        "✅ He registrado 5 tickets:" if accepted == 5 else f"He registrado {accepted} de 5 tickets:"
    )


def test_pictures_in_one_webhook_are_a_burst_too(receipts: Receipts, too_small: bytes):
    first = receipts.message(too_small, mime="image/png")
    messages = [first, receipts.message(too_small, mime="image/png", wa_id=first["wa_id"], user_id=first["user_id"])]
    receipts.send(*messages, batch=True)
    for message in messages:
        receipts.ticket(message)
    (answer,) = answers(receipts, messages)
    assert answer.splitlines()[0] == "He registrado 0 de 2 tickets:"


def test_one_that_cannot_be_fetched_does_not_hold_up_the_others(receipts: Receipts):
    messages = burst(receipts, 2)
    receipts.providers.fault("whatsapp", "media.get", "error", code="190", contains=str(messages[1]["media_id"]))
    receipts.send(*messages, concurrency=2)
    receipts.ticket(messages[0], within_s=240)
    receipts.ticket(messages[1], "pending", within_s=240)
    (answer,) = wait_for(lambda: answers(receipts, messages), "the summary")
    assert "He registrado 1 de 2 tickets:" in answer
    assert ids.ticket_id(messages[1]["id"]) in answer
