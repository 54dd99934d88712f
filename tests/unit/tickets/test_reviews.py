"""A review in Postgres: opened once, decided once, whoever comes second is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from kit import dates, db
from kit.errors import NotFoundError, RefusedInputError
from tests.racing import race
from tests.unit.tickets.inbox import CTX, EMPTY, TICKET_ID, accept
from tickets import reviews, verdicts
from tickets.decision import Decision
from tickets.extraction.model import Assessment, Receipt

REVIEW_ID = "R-7QK2M4X9AB"
# Two that insert the same row meet in a moment so short that one round seldom shows it.
ROUNDS, RACERS = 40, 8
APPROVE = Decision(action="approve")
READ = Receipt(merchant="Bar Sol", issued_on="2026-11-20", currency="EUR", total="12.10")


@pytest.fixture
def ticket(conn):
    """A ticket that somebody must look at."""

    def ticket(receipt=READ):
        accept(conn)
        verdicts.record(conn, TICKET_ID, EMPTY, Assessment(verdict="review", receipt=receipt), "0" * 64, CTX)

    return ticket


def opened(conn, execution_id="e1", hours=1, **more):
    return reviews.open(conn, TICKET_ID, execution_id, expires_at=dates.utcnow() + timedelta(hours=hours), **more)


def decide(conn, decision=APPROVE, by="Ana", via="console"):
    return reviews.decide(conn, REVIEW_ID, decision, by=by, via=via)


def test_a_review_is_opened_once(conn, ticket):
    ticket()
    first = opened(conn)
    assert (first["review_id"], first["state"], first["execution_id"]) == (REVIEW_ID, "open", "e1")
    again = opened(conn, "e2", hours=5)
    assert (again["execution_id"], again["expires_at"]) == ("e1", first["expires_at"])


def test_of_many_who_open_it_at_once_one_does(conn, dsn, ticket):
    ticket()
    race(
        dsn,
        lambda own, racer, _round: opened(own, f"e{racer}"),
        range(ROUNDS),
        racers=RACERS,
        before=lambda: db.execute(conn, "delete from tickets.reviews"),
    )
    assert db.fetch_one(conn, "select count(*) as n from tickets.reviews")["n"] == 1


def test_a_review_needs_a_ticket(conn):
    accept(conn)
    with pytest.raises(Exception, match="foreign key"):
        opened(conn)


def test_the_first_decision_wins(conn, ticket):
    ticket()
    opened(conn)
    assert decide(conn, Decision(action="approve", changes={"total": "13.10"})) == "decided"
    assert decide(conn, Decision(action="reject"), by="Eva", via="whatsapp") == "already"
    found = reviews.get(conn, REVIEW_ID)
    assert found["decision"] == {"action": "approve", "changes": {"total": "13.10"}}
    assert (found["state"], found["decided_by"], found["decided_via"]) == ("decided", "Ana", "console")


def test_of_many_at_once_one_wins(conn, dsn, ticket):
    ticket()
    opened(conn)

    def one(name):
        with db.connect(dsn) as own:
            return decide(own, by=name)

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(one, (f"reviewer {number}" for number in range(8))))
    assert answers == ["already"] * 7 + ["decided"]


@pytest.mark.parametrize("state", ["applied", "expired"])
def test_nothing_is_decided_afterwards(conn, ticket, state):
    ticket()
    opened(conn)
    if state == "applied":
        decide(conn)
    db.execute(conn, "update tickets.reviews set state = %s", [state])
    assert decide(conn) == "closed"


def test_an_expired_review_is_opened_again_when_asked_by_another_execution_only(conn, ticket):
    ticket()
    opened(conn)
    db.execute(conn, "update tickets.reviews set state = 'expired'")
    assert opened(conn, "e2")["state"] == "expired"
    assert opened(conn, reopen=True)["state"] == "expired"
    again = opened(conn, "e2", reopen=True)
    assert (again["state"], again["execution_id"]) == ("open", "e2")
    assert decide(conn) == "decided"


def test_what_cannot_be_booked_cannot_be_approved(conn, ticket):
    ticket(Receipt(merchant="Bar Sol", currency="EUR"))
    opened(conn)
    with pytest.raises(RefusedInputError) as refused:
        decide(conn, Decision(action="approve", changes={"total": "3.00"}))
    assert (refused.value.code, refused.value.details["fields"]) == ("decision_incomplete", ["issued_on"])
    assert reviews.get(conn, REVIEW_ID)["state"] == "open"
    assert decide(conn, Decision(action="reject")) == "decided"


def test_a_review_that_is_not_there(conn):
    assert reviews.get(conn, "R-0000000000") is None
    with pytest.raises(NotFoundError):
        reviews.decide(conn, "R-0000000000", APPROVE, by="Ana", via="console")


def test_without_kestras_api_nothing_is_woken_and_nothing_is_lost(conn, ticket):
    ticket()
    review = opened(conn)
    decide(conn)
    assert reviews.resume(review) is False
    assert reviews.get(conn, REVIEW_ID)["state"] == "decided"
