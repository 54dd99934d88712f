"""A doubtful receipt on the engine: it waits, somebody decides, and everything that shows it follows."""

import pytest
from flowkit import Receipts
from reviewkit import Review

from kit import db, kestra

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture
def review(receipts: Receipts) -> Review:
    return Review(receipts).send()


def test_approved_with_a_correction_in_kestra(review: Review):
    before = review.sheet_row()
    review.resume(action="approve", changes='{"total": "21.50", "merchant": "Bar Sol"}', by="Eva")
    ticket = review.finished()
    assert (ticket["verdict"], str(ticket["total"]), ticket["revision"]) == ("accept", "21.50", 2)
    assert review.corrections() == [("merchant", review.merchant, "Bar Sol"), ("total", "12.50", "21.50")]
    after = review.sheet_row()
    assert (before[2], before[5], before[9]) == (review.merchant, 12.5, "Revisar")
    assert (after[2], after[5], after[9]) == ("Bar Sol", 21.5, "Aceptado")
    assert review.document().startswith(b"%PDF-")
    answers = review.receipts.answers(review.message)
    assert len(answers) == 2
    assert "21,50" in answers[1]
    assert (review.row()["decided_by"], review.row()["decided_via"]) == ("Eva", "kestra")


def test_decided_in_the_console_and_woken_by_the_sweep(review: Review):
    waiting = review.row()["execution_id"]
    assert review.decide() == "decided"
    review.sweep()
    ticket = review.finished()
    assert (ticket["verdict"], str(ticket["total"]), review.corrections()) == ("accept", "12.50", [])
    assert (review.sheet_row()[9], review.row()["execution_id"]) == ("Aceptado", waiting)


def test_taken_over_by_another_execution_the_sleeper_finds_nothing_to_do(review: Review):
    slept = review.row()["execution_id"]
    review.decide(total="13.00")
    review.take_over()
    assert str(review.finished()["total"]) == "13.00"
    review.wake(slept)
    assert review.receipts.outputs(slept)["state"] == "applied"
    assert review.corrections() == [("total", "12.50", "13.00")]
    assert len(review.receipts.answers(review.message)) == 2


def test_woken_through_kestras_api(review: Review, monkeypatch: pytest.MonkeyPatch):
    target = review.receipts.stack.target
    monkeypatch.setenv("OPSFLOWS_KESTRA_URL", target.url)
    monkeypatch.setenv("OPSFLOWS_KESTRA_USERNAME", target.username)
    monkeypatch.setenv("OPSFLOWS_KESTRA_PASSWORD", target.password)
    monkeypatch.setenv("OPSFLOWS_HTTP_ALLOW_PRIVATE", target.url.removeprefix("http://"))
    waiting = review.paused()["execution_id"]
    assert review.decide(total="13.00") == "decided"
    assert kestra.try_resume(waiting)
    assert str(review.finished()["total"]) == "13.00"
    assert review.row()["execution_id"] == waiting
    assert not kestra.try_resume(waiting)


def test_rejected_is_marked_in_the_sheet_and_not_deleted(review: Review):
    review.decide("reject")
    review.resume()
    ticket = review.finished()
    assert ticket["verdict"] == "reject"
    assert review.sheet_row()[9] == "Rechazado"
    assert review.receipts.answers(review.message)[1].startswith("❌")


def test_resumed_without_a_decision_it_waits_again_after_the_sweep(review: Review):
    first = review.row()["execution_id"]
    review.resume()
    review.receipts.execution(first)
    assert (review.row()["state"], review.row()["execution_id"]) == ("open", "")
    review.sweep()
    assert review.paused()["execution_id"] != first
    assert review.decide() == "decided"
    review.resume()
    assert review.finished()["verdict"] == "accept"


def test_what_makes_no_sense_in_kestra_is_refused_and_the_review_stays_open(review: Review):
    first = review.row()["execution_id"]
    review.resume(action="approve", changes='{"total": "a lot"}')
    review.receipts.execution(first)
    assert review.row()["state"] == "open"
    assert review.corrections() == []
    assert review.sheet_row()[5] == 12.5


@pytest.mark.parametrize("sleeper", ["woken", "gone"])
def test_nobody_decided_and_the_next_sweep_lets_it_expire(review: Review, sleeper: str):
    waits = review.paused()["execution_id"] if sleeper == "woken" else ""
    with db.connect(review.receipts.stack.postgres.dsn) as conn:
        over = "update tickets.reviews set execution_id = %s, expires_at = now() - interval '1 second'"
        db.execute(conn, f"{over} where review_id = %s", [waits, review.review_id])
    review.sweep()
    ticket = review.finished("expired")
    assert (ticket["verdict"], ticket["revision"], review.sheet_row()[9]) == ("review", 1, "Revisar")
    assert review.decide() == "closed"
    assert "ha caducado" in str(review.receipts.notes(review.message)[-1])
    assert len(review.receipts.answers(review.message)) == 1
