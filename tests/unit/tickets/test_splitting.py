"""A picture of several receipts becomes tickets of their own: once, whoever tries again, with one answer."""

import hashlib
import io
from contextlib import nullcontext
from threading import local

import pytest
from inbox import CTX, EMPTY, MESSAGE, TICKET_ID, accept
from PIL import Image

from kit import db, ids
from tests.racing import race
from tickets import answer, batch_text, batches, splitting, store, texts
from tickets.extraction import image
from tickets.extraction.model import Attempt
from tickets.extraction.parts import Several

PLACES = ((0, 0, 100, 200), (110, 0, 220, 200))
# Two that insert the same rows meet in a moment so short that one picture seldom shows it.
PICTURES, RACERS = 25, 8


def children(message_id):
    return [ids.ticket_id(f"{message_id}#{number}") for number in (1, 2)]


CHILDREN = children(MESSAGE.message_id)


@pytest.fixture(autouse=True)
def _database(dsn, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)


@pytest.fixture
def message(conn):
    accept(conn)
    return store.message(conn, TICKET_ID)


@pytest.fixture
def checked():
    """Black on the left, white on the right."""
    picture = Image.new("RGB", (220, 200), "white")
    picture.paste("black", (0, 0, 105, 200))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return image.check(buffer.getvalue())


def picture(conn, number):
    message_id = f"wamid.many{number}"
    accept(conn, message_id=message_id, ticket_id=ids.ticket_id(message_id))
    return store.message(conn, ids.ticket_id(message_id))


def record(message, checked, *, clear=True):
    return splitting.record(message, checked, EMPTY, Several(PLACES, clear), CTX)


def test_each_receipt_becomes_a_ticket_of_the_same_sender(conn, message, checked):
    assert record(message, checked) == "reject"
    assert store.parts(conn, TICKET_ID) == CHILDREN
    for number, ticket_id in enumerate(CHILDREN, 1):
        child = store.message(conn, ticket_id)
        same = ("sender_id", "sender_phone", "phone_number_id", "media", "caption", "sent_at")
        assert [child[name] for name in same] == [message[name] for name in same]
        assert (child["state"], child["parent_ticket_id"], child["part"]) == ("received", TICKET_ID, number)
        assert tuple(child["part_box"]) == PLACES[number - 1]
        assert store.provider_id(child) == message["message_id"]


def test_a_retry_and_a_race_make_no_second_ones(conn, dsn, checked, monkeypatch):
    pictures = [picture(conn, number) for number in range(PICTURES)]
    mine = local()

    def split(connection, _racer, message):
        mine.conn = connection
        return record(message, checked)

    monkeypatch.setattr(splitting.db, "connect", lambda: nullcontext(mine.conn))
    assert set(race(dsn, split, pictures, racers=RACERS)) == {"reject"}
    for message in pictures:
        assert store.parts(conn, message["ticket_id"]) == children(message["message_id"])
    assert db.fetch_one(conn, "select count(*) as n from tickets.messages")["n"] == 3 * PICTURES


def test_nothing_is_left_of_a_split_that_dies_in_the_middle(conn, message, checked, monkeypatch):
    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(batches, "join_parts", dies)
        with pytest.raises(KeyboardInterrupt):
            record(message, checked)
    assert store.parts(conn, TICKET_ID) == []
    assert store.ticket(conn, TICKET_ID) is None
    assert record(message, checked) == "reject"
    assert store.parts(conn, TICKET_ID) == CHILDREN


def test_the_sweep_finds_receipts_that_nobody_started(conn, message, checked):
    record(message, checked)
    assert set(CHILDREN) <= set(store.due(conn, 0, 50))


def test_all_of_them_share_one_answer_which_says_so(conn, message, checked):
    record(message, checked)
    assert batches.arrive(conn, TICKET_ID, "ready").own == "open"
    assert batches.arrive(conn, CHILDREN[0], "ready").own == "open"
    standing = batches.arrive(conn, CHILDREN[1], "ready")
    assert (standing.own, standing.told) == ("told", [TICKET_ID, *CHILDREN])
    ticket = store.ticket(conn, TICKET_ID)
    accepted = [ticket | {"ticket_id": child, "verdict": "accept", "reasons": []} for child in CHILDREN]
    lines = batch_text.compose([ticket, *accepted], []).splitlines()
    assert "2" in lines[0]
    assert all(child in lines[1] for child in CHILDREN)
    assert "❌" not in "".join(lines)


def test_receipts_of_a_burst_join_its_batch(conn, checked):
    with db.transaction(conn):
        store.insert_message(conn, MESSAGE, "e0")
        batches.join(conn, MESSAGE)
    record(store.message(conn, TICKET_ID), checked)
    assert batches.arrive(conn, CHILDREN[0], "ready").batch_id == batches.standing(conn, TICKET_ID).batch_id


def test_the_wait_for_a_burst_begins_anew_with_the_split(conn, checked):
    with db.transaction(conn):
        store.insert_message(conn, MESSAGE, "e0")
        batches.join(conn, MESSAGE)
    with db.transaction(conn):
        db.execute(conn, "update tickets.batches set opened_at = opened_at - interval '1 hour'")
    record(store.message(conn, TICKET_ID), checked)
    assert batches.arrive(conn, TICKET_ID, "ready").own == "open"


def test_where_the_burst_was_answered_each_is_answered_alone(conn, checked):
    with db.transaction(conn):
        store.insert_message(conn, MESSAGE, "e0")
        batches.join(conn, MESSAGE)
    batches.arrive(conn, TICKET_ID, "ready")
    record(store.message(conn, TICKET_ID), checked)
    assert batches.standing(conn, CHILDREN[0]).own == "alone"
    text = answer.compose(store.ticket(conn, TICKET_ID))
    assert all(child in text for child in CHILDREN)
    assert "❌" not in text


def test_receipts_that_cannot_be_told_apart_are_asked_for_one_by_one(conn, message, checked):
    assert record(message, checked, clear=False) == "reject"
    assert store.parts(conn, TICKET_ID) == []
    ticket = store.ticket(conn, TICKET_ID)
    assert texts.parts(ticket) == []
    assert "una foto de cada uno" in answer.compose(ticket)


def test_a_part_is_cut_from_the_picture_and_known_by_its_number(checked):
    first, second = (image.part(checked, place, number) for number, place in enumerate(PLACES, 1))
    assert (first.width, first.height) == (100, 200)
    assert Image.open(io.BytesIO(first.jpeg)).convert("L").getextrema()[1] < 60
    assert Image.open(io.BytesIO(second.jpeg)).convert("L").getextrema()[0] > 200
    assert first.sha256 == hashlib.sha256(f"{checked.sha256}#1".encode()).hexdigest() != second.sha256


def test_neither_a_part_nor_a_document_is_parted(message, checked, monkeypatch):
    monkeypatch.setattr(splitting.parts, "find", lambda *_, **__: Several(PLACES, clear=True))
    raw = {"width": 220, "height": 200, "rotation": 0, "boxes": []}
    read = EMPTY.model_copy(
        update={"attempts": [Attempt(provider="ocr", model="m", outcome="ok", latency_ms=1, raw=raw)]}
    )
    assert splitting.find(message, checked, read)
    assert splitting.find(message | {"part": 1}, checked, read) is None
    assert splitting.find(message, checked, EMPTY) is None
