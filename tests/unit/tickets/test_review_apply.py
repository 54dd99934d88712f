"""A decision becomes the ticket's fields and its corrections, all of it or nothing, once."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from kit import db
from tests.unit.tickets.inbox import CTX, TICKET_ID
from tests.unit.tickets.reviewed import REVIEW_ID, aged, corrections, decided, doubtful
from tickets import review_apply, reviews, store


@pytest.fixture(autouse=True)
def _database(dsn, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)


def run(**inputs):
    return review_apply.run(review_apply.Inputs(ticket_id=TICKET_ID, **inputs), CTX)


def test_changes_are_in_columns_receipt_and_corrections(conn):
    doubtful(conn)
    decided(conn, total="13.1", merchant="Bar Luna", payment_method="cash", tax_id="B38757910", currency="EUR")
    assert run()["state"] == "applied"
    ticket = store.ticket(conn, TICKET_ID)
    assert (ticket["verdict"], ticket["revision"], ticket["total"]) == ("accept", 2, Decimal("13.10"))
    assert (ticket["merchant"], ticket["receipt"]["merchant"]) == ("Bar Luna", "Bar Luna")
    assert (ticket["receipt"]["total"], ticket["receipt"]["payment_method"]) == ("13.10", "cash")
    # The currency was read right, so it is no correction.
    assert corrections(conn) == [
        (2, "merchant", "Bar Sol", "Bar Luna", "Eva", "console"),
        (2, "total", "12.10", "13.10", "Eva", "console"),
        (2, "tax_id", None, "B38757910", "Eva", "console"),
        (2, "payment_method", "card", "cash", "Eva", "console"),
    ]


def test_what_was_doubted_is_kept_and_decides_nothing_any_more(conn):
    doubtful(conn)
    decided(conn)
    run()
    reasons = store.ticket(conn, TICKET_ID)["reasons"]
    assert [(reason["code"], reason["severity"]) for reason in reasons] == [
        ("total_uncertain", "info"),
        ("reviewed", "info"),
    ]


def test_rejected(conn):
    doubtful(conn)
    decided(conn, "reject")
    assert run()["state"] == "applied"
    ticket = store.ticket(conn, TICKET_ID)
    assert (ticket["verdict"], ticket["revision"], corrections(conn)) == ("reject", 2, [])


def test_a_blanked_field(conn):
    doubtful(conn)
    decided(conn, payment_method=None)
    run()
    assert corrections(conn) == [(2, "payment_method", "card", None, "Eva", "console")]
    assert store.ticket(conn, TICKET_ID)["receipt"]["payment_method"] is None


def test_applied_by_many_at_once_it_is_applied_once(conn, dsn):
    doubtful(conn)
    decided(conn, total="13.10")

    def one(_):
        with db.connect(dsn) as own:
            return review_apply.apply(own, REVIEW_ID)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(one, range(8))) == {"applied"}
    assert len(corrections(conn)) == 1
    assert store.ticket(conn, TICKET_ID)["revision"] == 2


def test_a_failure_in_the_middle_leaves_nothing_behind(conn, monkeypatch):
    doubtful(conn)
    decided(conn, total="13.10")
    monkeypatch.setattr("tickets.review_store.mark_applied", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run()
    assert (corrections(conn), store.ticket(conn, TICKET_ID)["revision"]) == ([], 1)
    assert reviews.get(conn, REVIEW_ID)["state"] == "decided"


def test_another_executions_review_is_applied_and_not_published(conn):
    doubtful(conn)
    decided(conn)
    db.execute(conn, "update tickets.reviews set execution_id = 'another'")
    assert (run()["publish"], reviews.get(conn, REVIEW_ID)["state"]) == (False, "applied")


def test_time_over_it_expires_and_the_ticket_stays_in_review(conn):
    doubtful(conn)
    aged(conn, expires_at=2)
    made = run()
    assert (made["state"], made["publish"]) == ("expired", True)
    assert store.ticket(conn, TICKET_ID)["verdict"] == "review"


def test_woken_too_early_nobody_waits_any_more(conn):
    doubtful(conn)
    assert run()["state"] == "open"
    assert reviews.get(conn, REVIEW_ID)["execution_id"] == ""


def test_kestras_resume_decides_only_what_is_open(conn):
    doubtful(conn)
    decided(conn, total="13.10")
    assert run(action="reject", by="Max")["state"] == "applied"
    assert store.ticket(conn, TICKET_ID)["verdict"] == "accept"
    assert reviews.get(conn, REVIEW_ID)["decided_by"] == "Eva"


@pytest.mark.parametrize("changes", ['{"total": "much"}', "[1]", "{", '{"verdict": "accept"}'])
def test_kestras_resume_with_nonsense_leaves_the_review_open(conn, changes):
    doubtful(conn)
    made = run(action="approve", changes=changes)
    assert (made["state"], made["outcome"]["code"]) == ("open", "decision_invalid")


def test_kestras_resume_is_recorded(conn):
    doubtful(conn)
    assert run(action="approve", changes='{"total": "13.10"}', by="Max")["state"] == "applied"
    assert corrections(conn) == [(2, "total", "12.10", "13.10", "Max", "kestra")]
