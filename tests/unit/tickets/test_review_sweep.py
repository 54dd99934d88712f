"""Which reviews the sweep goes after, and when people are reminded."""

import pytest

from kit import db
from tests.unit.tickets.inbox import CTX, TICKET_ID
from tests.unit.tickets.reviewed import REVIEW_ID, aged, decided, doubtful
from tickets import review_open, review_store, review_sweep, reviews


@pytest.fixture(autouse=True)
def _database(dsn, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)


def sweep(grace_s=600):
    return review_sweep.run(review_sweep.Inputs(grace_s=grace_s), CTX)


def open_(mode, execution_id="e2"):
    ctx = type(CTX)(execution_id=execution_id)
    return review_open.run(review_open.Inputs(ticket_id=TICKET_ID, mode=mode), ctx)


def test_a_review_that_waits_is_left_alone(conn):
    doubtful(conn)
    assert sweep() == {"ticket_ids": [], "reminded": 0, "escalated": 0}


@pytest.mark.parametrize(
    ("prepare", "due"),
    [
        ({"decided_at": 0}, False),
        ({"decided_at": 1}, True),
        ({"expires_at": 1.05}, False),
        ({"expires_at": 2}, True),
    ],
)
def test_what_stands_still_gets_another_execution(conn, prepare, due):
    doubtful(conn)
    if "decided_at" in prepare:
        decided(conn)
    aged(conn, **prepare)
    assert sweep()["ticket_ids"] == [TICKET_ID] * due


def test_what_was_applied_and_not_published_gets_another_execution(conn):
    doubtful(conn)
    decided(conn)
    db.execute(conn, "update tickets.reviews set state = 'applied', applied_at = now() - interval '1 hour'")
    assert sweep()["ticket_ids"] == [TICKET_ID]
    review_store.finish(conn, REVIEW_ID)
    assert sweep(0)["ticket_ids"] == []


def test_a_second_start_leaves_the_review_to_the_first(conn):
    doubtful(conn)
    made = open_("start")
    assert (made["proceed"], made["wait"]) == (False, False)
    assert reviews.get(conn, REVIEW_ID)["execution_id"] == CTX.execution_id


def test_one_that_takes_over_goes_on_and_the_next_comes_later(conn):
    doubtful(conn)
    decided(conn)
    made = open_("take_over")
    assert (made["proceed"], made["wait"]) == (True, False)
    assert open_("take_over")["proceed"]  # a retry of the same execution
    assert sweep(0)["ticket_ids"] == []
    aged(conn, next_attempt_at=1)
    assert sweep(0)["ticket_ids"] == [TICKET_ID]


def test_the_waits_between_executions_grow(conn):
    doubtful(conn)
    waits = []
    for number in range(9):
        open_("take_over", f"x{number}")
        row = db.fetch_one(
            conn, "select round(extract(epoch from next_attempt_at - now()) / 60) m from tickets.reviews"
        )
        waits.append(int(row["m"]))
    assert waits == [10, 20, 40, 80, 160, 320, 360, 360, 360]


def test_an_expired_one_is_not_taken_over_into_a_new_wait(conn):
    doubtful(conn)
    aged(conn, expires_at=2)
    made = open_("take_over")
    assert (made["proceed"], made["wait"]) == (True, False)


def test_reminders_are_sent_once_each_and_hours_nobody_looked_make_one(conn):
    doubtful(conn)
    assert sweep()["reminded"] == 0
    aged(conn, opened_at=25)
    assert [sweep()["reminded"], sweep()["reminded"]] == [1, 0]
    aged(conn, opened_at=24 * 5)
    assert [sweep()["reminded"], sweep()["reminded"]] == [1, 0]
    assert reviews.get(conn, REVIEW_ID)["reminded"] == 3


def test_escalated_once(conn):
    doubtful(conn)
    aged(conn, opened_at=73)
    assert [sweep()["escalated"], sweep()["escalated"]] == [1, 0]


def test_a_decided_review_reminds_nobody(conn):
    doubtful(conn)
    decided(conn)
    aged(conn, opened_at=100)
    made = sweep()
    assert (made["reminded"], made["escalated"]) == (0, 0)
