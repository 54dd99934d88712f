"""When a review is finished, and what is left to the next execution."""

import pytest

from kit import effects
from tests.unit.tickets.inbox import CTX, TICKET_ID
from tests.unit.tickets.reviewed import REVIEW_ID, decided, doubtful
from tickets import review_apply, review_close, review_sweep, reviews, store

URI = "kestra:///opsflows/tickets/whatsapp-ticket-review/executions/e1/ticket.pdf"


@pytest.fixture(autouse=True)
def _database(dsn, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)


@pytest.fixture
def applied(conn):
    doubtful(conn)
    decided(conn, total="13.10")
    assert review_apply.apply(conn, REVIEW_ID) == "applied"


def close(**inputs):
    values = {"published": True, "revision": 2, "document_uri": URI, **inputs}
    return review_close.run(review_close.Inputs(ticket_id=TICKET_ID, **values), CTX)


def told(conn, *kinds):
    for kind in kinds:
        effects.record(conn, f"{kind}:{TICKET_ID}:r2", "test", {})


def test_with_row_answer_and_document_it_is_finished(conn, applied):  # noqa: ARG001 - the review
    told(conn, "answer", "sheet")
    assert close() == {"finished": True, "missing": []}
    assert reviews.get(conn, REVIEW_ID)["finished_at"]
    assert store.ticket(conn, TICKET_ID)["document_uri"] == URI


@pytest.mark.parametrize(
    ("there", "inputs", "missing"),
    [
        (("answer",), {}, ["sheet"]),
        (("sheet",), {}, ["answer"]),
        (("answer", "sheet"), {"document_uri": ""}, ["document"]),
    ],
)
def test_what_is_missing_is_left_to_the_sweep(conn, applied, there, inputs, missing):  # noqa: ARG001 - the review
    told(conn, *there)
    assert close(**inputs) == {"finished": False, "missing": missing}
    assert reviews.get(conn, REVIEW_ID)["finished_at"] is None


def test_a_note_that_slack_did_not_take_is_missing(conn, applied, monkeypatch):  # noqa: ARG001 - the review
    told(conn, "answer", "sheet")
    monkeypatch.setattr(
        effects, "state", lambda _, key: ("failed", "deadline") if key.endswith(":applied") else ("done", None)
    )
    assert close()["missing"] == ["note"]


def test_the_document_of_an_older_revision_does_not_replace_a_newer_one(conn, applied):  # noqa: ARG001 - the review
    close(revision=1)
    assert store.ticket(conn, TICKET_ID)["document_uri"] is None


def test_the_document_of_the_first_reading_does_not_replace_that_of_the_review(conn, applied):  # noqa: ARG001 - the review
    told(conn, "answer", "sheet")
    close()
    store.set_files(conn, TICKET_ID, image_uri="kestra:///image.jpg", document_uri="kestra:///first.pdf")
    ticket = store.ticket(conn, TICKET_ID)
    assert (ticket["document_uri"], ticket["image_uri"]) == (URI, "kestra:///image.jpg")


def test_an_execution_that_ends_before_it_waited_leaves_the_review_to_another(conn):
    doubtful(conn)
    assert close(published=False)["finished"] is False
    assert reviews.get(conn, REVIEW_ID)["execution_id"] == ""
    assert review_sweep.run(review_sweep.Inputs(), CTX)["ticket_ids"] == [TICKET_ID]
