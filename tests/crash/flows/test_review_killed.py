"""kill -9 of the engine at each step of a review: one set of corrections, one row with the right values, one answer."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flowkit import Receipts, wait_for
from reviewkit import Review

from kit import db

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(900)]

# A call that a step is in the middle of, held by the provider while the engine is killed.
CALLS = {
    "updating the sheet row": ("google", "values.batchUpdate", "delay", {}),
    "updating the sheet row, applied": ("google", "values.batchUpdate", "timeout_after_apply", {}),
    "answering the sender": ("whatsapp", "messages", "delay", {"contains": ":r2"}),
    "telling Slack": ("slack", "*", "delay", {"contains": "revisado por"}),
}
# What a slow machine does not mend by its retries, a later sweep does.
SWEPT_S = 300


@pytest.fixture
def review(receipts: Receipts, monkeypatch: pytest.MonkeyPatch) -> Review:
    """A doubtful receipt whose review has just been started."""
    return Review(receipts).seed(monkeypatch)


def kill(review: Review) -> None:
    review.receipts.stack.engine.kill()
    review.receipts.stack.restart_engine()


def ends_once(review: Review, *, answers: tuple[int, ...] = (1,)) -> None:
    """Also with another execution, which the sweep sends while the first one may still be at it."""
    review.sweep()
    ticket = review.finished(within_s=SWEPT_S)
    assert (ticket["verdict"], str(ticket["total"]), ticket["revision"]) == ("accept", "21.50", 2)
    assert review.corrections() == [("total", "12.50", "21.50")]
    row = review.sheet_row()
    assert (row[5], row[9]) == (21.5, "Aceptado")
    told = [text for text in review.receipts.answers(review.message) if "revisado" in text]
    assert len(told) in answers
    assert review.document().startswith(b"%PDF-")


def test_killed_while_the_review_is_opened(receipts: Receipts, monkeypatch: pytest.MonkeyPatch):
    receipts.providers.fault("slack", "*", "delay", seconds=20, calls=1, contains="espera una")
    review = Review(receipts).seed(monkeypatch)
    wait_for(review.receipts.struck, "the engine to be opening the review", SWEPT_S)
    kill(review)
    review.paused()
    review.decide(total="21.50")
    ends_once(review)


def test_killed_while_it_waits(review: Review):
    review.paused()
    kill(review)
    review.paused()
    review.resume(action="approve", changes='{"total": "21.50"}')
    ends_once(review)


def test_killed_between_the_decision_and_the_waking(review: Review):
    review.paused()
    review.decide(total="21.50")
    kill(review)
    ends_once(review)


def test_killed_while_the_decision_is_applied(review: Review):
    review.paused()
    with held(review):
        review.resume(action="approve", changes='{"total": "21.50"}')
        wait_for(lambda: waits_for_a_lock(review), "the engine to be applying the decision", SWEPT_S)
        review.receipts.stack.engine.kill()
    review.receipts.stack.restart_engine()
    ends_once(review)


@pytest.mark.parametrize("step", CALLS)
def test_killed_in_the_middle_of_a_call(review: Review, step: str):
    provider, route, kind, more = CALLS[step]
    review.paused()
    review.decide(total="21.50")
    review.receipts.providers.fault(provider, route, kind, seconds=20, calls=1, **more)
    review.resume()
    wait_for(review.receipts.struck, f"the engine to be {step}", SWEPT_S)
    kill(review)
    # An answer of doubtful end is not repeated without evidence.
    ends_once(review, answers=(0, 1) if provider == "whatsapp" else (1,))


@contextmanager
def held(review: Review) -> Iterator[None]:
    """Keep the review's row from whoever wants to decide or to apply."""
    with db.connect(review.receipts.stack.postgres.dsn) as conn, db.transaction(conn):
        db.execute(conn, "select 1 from tickets.reviews where review_id = %s for update", [review.review_id])
        yield


def waits_for_a_lock(review: Review) -> bool:
    waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and application_name ~ 'apply_decision'"
    return bool(review.receipts.rows(waiting))
