"""Which ticket was the first: looked up in a real Postgres, also by several tasks at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from inbox import CTX, EMPTY, accept

from kit import db, i18n, ids
from tickets import answer, duplicates, store, texts, verdicts
from tickets.duplicates import First, Sent
from tickets.extraction.model import Assessment, Reason, Receipt

LUNCH = Receipt(
    merchant="Bar Sol, S.L.",
    tax_id="B38757910",
    issued_on=date(2026, 11, 20),
    document_number="A-1042",
    currency="EUR",
    total=Decimal("12.10"),
)
NOW = datetime(2026, 11, 20, 13, 6, tzinfo=UTC)


def picture(number, **changes):
    """A picture of its own, from one sender."""
    digits = f"{number * 7919:016x}"
    reference = ids.ticket_id(f"wamid.{number}")
    return replace(Sent(reference, "ES.1", NOW + timedelta(minutes=number), f"{number:064x}", digits), **changes)


def record(conn, sent, receipt=LUNCH, verdict="accept", number=None):
    """What the task does when a picture has been read."""
    message_id = f"wamid.{sent.ticket_id}" if number is None else f"wamid.{number}"
    accept(conn, message_id=message_id, ticket_id=sent.ticket_id, sender_id=sent.sender_id, sent_at=sent.sent_at)
    reasons = [Reason(code="not_a_receipt", severity="reject")] if verdict == "reject" else []
    with db.transaction(conn):
        found = duplicates.judge(conn, Assessment(verdict=verdict, reasons=reasons, receipt=receipt), sent)
        assessment, first = found
        verdicts.record(conn, sent.ticket_id, EMPTY, assessment, sent.image_sha256, CTX)
        duplicates.record(conn, sent, first)
    return first


def test_the_second_one_is_marked_and_goes_to_a_person(conn):
    one, two = picture(1), picture(2)
    assert record(conn, one) is None
    assert record(conn, two) == First(one.ticket_id, "exact")
    ticket = store.ticket(conn, two.ticket_id)
    assert (ticket["verdict"], ticket["duplicate_of"], ticket["duplicate_kind"]) == ("review", one.ticket_id, "exact")
    assert ticket["duplicate_sent_at"] == one.sent_at
    assert ticket["reasons"][0] == {
        "code": "duplicate_exact",
        "field": None,
        "severity": "review",
        "evidence": one.ticket_id,
    }
    assert store.ticket(conn, one.ticket_id)["duplicate_of"] is None
    assert store.ticket(conn, one.ticket_id)["verdict"] == "accept"


def test_the_sender_is_told_which_was_the_first_and_when_it_came(conn):
    record(conn, picture(1))
    record(conn, picture(2), LUNCH.model_copy(update={"document_number": None}))
    ticket = store.ticket(conn, picture(2).ticket_id)
    said = answer.compose(ticket)
    assert all(part in said for part in (picture(1).ticket_id, picture(2).ticket_id, "20/11/2026", "12,10"))
    assert texts.reasons(ticket) == [i18n.t("reason.duplicate_likely", evidence=picture(1).ticket_id)]


def test_the_same_file_again_is_exact_whoever_sends_it(conn):
    unread = Receipt()
    record(conn, picture(1), unread, "review")
    assert record(conn, picture(2, sender_id="ES.2", image_sha256=picture(1).image_sha256), unread, "review") == First(
        picture(1).ticket_id, "exact"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"document_number": "A-1043"},
        {"issued_on": date(2026, 11, 21)},
        {"total": Decimal("12.20")},
        {"currency": "USD"},
        {"tax_id": "A28015865"},
    ],
    ids=str,
)
def test_another_receipt_of_the_same_shop_is_accepted(conn, change):
    record(conn, picture(1))
    assert record(conn, picture(2), LUNCH.model_copy(update=change)) is None
    assert store.ticket(conn, picture(2).ticket_id)["verdict"] == "accept"


def test_a_rejected_picture_is_no_first_and_no_second(conn):
    record(conn, picture(1), verdict="reject")
    assert record(conn, picture(2)) is None
    assert record(conn, picture(3), verdict="reject") is None


def test_an_exact_one_goes_before_an_older_likely_one(conn):
    record(conn, picture(1), LUNCH.model_copy(update={"document_number": None}))
    record(conn, picture(2))
    assert record(conn, picture(3)) == First(picture(2).ticket_id, "exact")


def test_a_picture_that_looks_alike_is_found_among_the_sender_s_own(conn):
    dateless = LUNCH.model_copy(update={"issued_on": None, "tax_id": None})
    looks = picture(1).perceptual_hash
    record(conn, picture(1))
    assert record(conn, picture(2, perceptual_hash=looks), dateless) == First(picture(1).ticket_id, "likely")
    assert record(conn, picture(3, perceptual_hash=looks, sender_id="ES.2"), dateless) is None
    later = NOW + timedelta(days=duplicates.WINDOW_DAYS + 1)
    assert record(conn, picture(4, perceptual_hash=looks, sent_at=later), dateless) is None


def test_a_repeated_run_does_not_find_itself(conn):
    record(conn, picture(1))
    assert duplicates.find(conn, duplicates.facts(LUNCH, picture(1)), picture(1)) is None


def test_of_many_at_once_exactly_one_is_the_first(dsn):
    pictures = [picture(number, sender_id=f"ES.{number}") for number in range(8)]

    def work(sent):
        with db.connect(dsn) as own:
            return record(own, sent)

    with ThreadPoolExecutor(8) as pool:
        firsts = list(pool.map(work, pictures))
    assert firsts.count(None) == 1
    [original] = [sent for sent, first in zip(pictures, firsts, strict=True) if first is None]
    assert {first.ticket_id for first in firsts if first} == {original.ticket_id}
    with db.connect(dsn) as conn:
        assert db.fetch_all(conn, "select verdict, count(*) from tickets.tickets group by 1 order by 1") == [
            {"verdict": "accept", "count": 1},
            {"verdict": "review", "count": 7},
        ]


def test_the_first_may_be_erased_and_the_second_stays(conn):
    record(conn, picture(1))
    record(conn, picture(2))
    db.execute(conn, "delete from tickets.tickets where ticket_id = %s", [picture(1).ticket_id])
    ticket = store.ticket(conn, picture(2).ticket_id)
    assert ticket["duplicate_of"] is None
    assert i18n.t("reason.duplicate_exact", evidence=picture(1).ticket_id) in answer.compose(ticket)
