"""Where a ticket stands at the end of an execution, on a real Postgres."""

from datetime import timedelta

import pytest
from inbox import CTX, EMPTY, TICKET_ID, accept, claim, row_of, settle

from kit import claims, dates, db, effects, errors, task
from tickets import close, store, verdicts
from tickets.extraction.model import Assessment, Receipt


@pytest.fixture(autouse=True)
def _database(dsn, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)


@pytest.fixture
def taken(conn):
    """A message that this execution works on."""
    accept(conn)
    claim(conn)
    store.begin_processing(conn, TICKET_ID)
    return conn


@pytest.fixture
def finished(taken):
    """A ticket that has everything."""
    verdicts.record(taken, TICKET_ID, EMPTY, Assessment(verdict="accept", receipt=Receipt()), "0" * 64, CTX)
    store.set_sheet_range(taken, TICKET_ID, "Tickets!A2:Q2")
    settle(taken, f"answer:{TICKET_ID}")
    settle(taken, f"slack:{TICKET_ID}")
    return taken


def run(document_uri="kestra:///ticket.pdf", **more):
    inputs = {"ticket_id": TICKET_ID, "proceed": True, "image_uri": "kestra:///image.jpg", **more}
    return close.run(close.Inputs(document_uri=document_uri, **inputs), CTX)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 60), (1, 60), (2, 120), (3, 240), (9, 15360), (10, 21600), (12, 21600), (5000, 21600)]
)
def test_the_wait_doubles_from_a_minute_to_six_hours(attempts, seconds):
    assert close.wait_s(attempts) == seconds


def test_a_ticket_is_tried_for_twenty_hours_before_it_is_given_up():
    assert sum(close.wait_s(attempt) for attempt in range(1, close.MAX_ATTEMPTS)) > 20 * 3600


def test_a_ticket_that_has_everything_is_done(finished):
    assert run() == {"state": "done", "missing": []}
    message = row_of(finished)
    assert (message["state"], message["last_error"], message["next_attempt_at"]) == ("done", None, None)
    assert message["finished_at"] is not None
    ticket = store.ticket(finished, TICKET_ID)
    assert (ticket["document_uri"], ticket["image_uri"]) == ("kestra:///ticket.pdf", "kestra:///image.jpg")


@pytest.mark.parametrize(
    ("undo", "missing"),
    [
        ("update tickets.tickets set sheet_range = null", "sheet"),
        ("delete from ops.effects where key like 'answer:%'", "answer"),
        ("update ops.effects set state = 'started' where key like 'answer:%'", "answer"),
        ("update ops.effects set state = 'failed', code = 'whatsapp_token' where key like 'answer:%'", "answer"),
        ("update ops.effects set state = 'failed', code = 'slack_no_service' where key like 'slack:%'", "card"),
        ("delete from tickets.tickets", "verdict"),
    ],
)
def test_what_is_missing_leaves_the_ticket_pending_with_the_time_of_the_next_try(finished, undo, missing):
    db.execute(finished, undo)
    assert run() == {"state": "pending", "missing": [missing]}
    message = row_of(finished)
    assert (message["state"], message["last_error"], message["finished_at"]) == ("pending", missing, None)
    assert timedelta(seconds=50) < message["next_attempt_at"] - dates.utcnow() <= timedelta(seconds=60)


@pytest.mark.usefixtures("finished")
def test_a_missing_document_leaves_the_ticket_pending():
    assert run(document_uri="")["missing"] == ["document"]


@pytest.mark.parametrize(
    "settled",
    [
        "update ops.effects set state = 'unknown' where key like 'answer:%'",
        "update ops.effects set state = 'failed', code = 'whatsapp_window_closed' where key like 'answer:%'",
        "update ops.effects set state = 'unknown' where key like 'slack:%'",
        "delete from ops.effects where key like 'slack:%'",
    ],
    ids=["answer unknown", "answer impossible", "card unknown", "no Slack here"],
)
def test_what_no_later_try_can_change_is_not_missing(finished, settled):
    db.execute(finished, settled)
    assert run()["state"] == "done"


def test_a_rejected_picture_needs_no_row_and_no_document(taken):
    refused = errors.RefusedInputError("Too small.", code="image_too_small")
    verdicts.reject(taken, TICKET_ID, refused, CTX)
    settle(taken, f"answer:{TICKET_ID}")
    assert run(document_uri="", image_uri="")["state"] == "done"


def test_after_twelve_tries_the_ticket_is_given_up(taken):
    db.execute(taken, "update tickets.messages set attempts = 12")
    assert run() == {"state": "failed", "missing": ["verdict"]}
    message = row_of(taken)
    assert (message["state"], message["next_attempt_at"]) == ("failed", None)
    assert message["finished_at"] is not None


def test_a_pending_ticket_can_be_taken_by_the_next_execution_and_a_done_one_cannot(finished):
    db.execute(finished, "delete from ops.effects where key like 'answer:%'")
    run()
    assert claims.claim(finished, f"ticket:{TICKET_ID}", "e2", 60).state == "won"
    claims.release(finished, f"ticket:{TICKET_ID}", "e2")
    claim(finished)
    settle(finished, f"answer:{TICKET_ID}")
    run()
    assert claims.claim(finished, f"ticket:{TICKET_ID}", "e2", 60).state == "done"


def test_a_done_ticket_stays_done(finished):
    run()
    store.finish_message(finished, TICKET_ID, "pending", last_error="late")
    assert row_of(finished)["state"] == "done"


def test_an_execution_that_did_not_work_on_the_ticket_changes_nothing(taken):
    before = row_of(taken)
    assert run(proceed=False) == {"state": "not_ours"}
    assert row_of(taken) == before


def test_an_execution_whose_claim_was_taken_over_changes_nothing(finished):
    db.execute(finished, "update ops.claims set holder = 'e2' where key = %s", [f"ticket:{TICKET_ID}"])
    before = row_of(finished)
    with pytest.raises(errors.OpsflowsError):
        run()
    assert row_of(finished) == before


def test_the_ledger_and_the_state_agree_on_an_effect_that_is_under_way(finished):
    db.execute(finished, "update ops.effects set state = 'started' where key like 'slack:%'")
    assert effects.state(finished, f"slack:{TICKET_ID}") == ("started", None)
    assert run()["missing"] == ["card"]


def test_the_task_reads_its_inputs_from_the_flow(finished, capsys):  # noqa: ARG001 - the ticket that it closes
    env = {"INPUT_TICKET_ID": TICKET_ID, "INPUT_PROCEED": "true", "INPUT_DOCUMENT_URI": "kestra:///ticket.pdf"}
    assert task.execute(close.Inputs, close.run, env | {"OPSFLOWS_EXECUTION_ID": CTX.execution_id}) == 0
    assert '"state": "done"' in capsys.readouterr().out
