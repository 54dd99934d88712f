"""Document, sheet row and answer: one that fails hinders none of the others, and a retry does what is missing."""

from pathlib import Path

import pytest

from kit import effects, errors, settings
from tests.unit.tickets.inbox import CTX, EMPTY, TICKET_ID, accept
from tickets import files, publish, store, texts, verdicts
from tickets.extraction.model import Assessment, Receipt

INPUTS = publish.Inputs(ticket_id=TICKET_ID)


@pytest.fixture
def providers(sandbox, dsn, conn, jpeg, tmp_path, monkeypatch):
    """An accepted ticket whose picture lies in the working directory."""
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    monkeypatch.chdir(tmp_path)
    accept(conn)
    receipt = Receipt(merchant="Bar Sol", currency="EUR")
    verdicts.record(conn, TICKET_ID, EMPTY, Assessment(verdict="accept", receipt=receipt), "0" * 64, CTX)
    Path(files.IMAGE).write_bytes(jpeg)
    return sandbox


def sheet_rows(providers):
    return [row for row in providers.rows() if row and row[0] == TICKET_ID]


def test_all_three_are_done(providers):
    assert publish.run(INPUTS, CTX) == {"effects": {"document": "done", "sheet": "done", "answer": "done"}}
    assert Path(files.PDF).read_bytes().startswith(b"%PDF-")
    assert "Bar Sol" in Path(files.MARKDOWN).read_text(encoding="utf-8")
    assert len(sheet_rows(providers)) == 1
    assert len(providers.outbox()) == 1


def test_a_document_that_cannot_be_made_hinders_neither_row_nor_answer(providers):
    Path(files.IMAGE).write_bytes(b"no picture")
    made = publish.run(INPUTS, CTX)
    assert made["effects"] == {"document": "document_failed", "sheet": "done", "answer": "done"}
    assert made["outcome"]["code"] == "document_failed"
    assert not Path(files.PDF).exists()
    assert len(sheet_rows(providers)) == 1
    assert len(providers.outbox()) == 1


def test_a_picture_that_is_gone_leaves_a_document_without_one(providers):  # noqa: ARG001 - the ticket
    Path(files.IMAGE).unlink()
    assert publish.run(INPUTS, CTX)["effects"]["document"] == "done"
    assert b"/DCTDecode" not in Path(files.PDF).read_bytes()


def test_a_sheet_that_refuses_is_an_outcome_and_the_answer_is_sent(providers, conn):
    providers.fault("google", "*", "error", code="PERMISSION_DENIED")
    made = publish.run(INPUTS, CTX)
    assert made["effects"] == {"document": "done", "sheet": "sheet_not_shared", "answer": "done"}
    assert made["outcome"]["code"] == "sheet_not_shared"
    assert store.ticket(conn, TICKET_ID)["sheet_error"] == "sheet_not_shared"
    assert len(providers.outbox()) == 1


def test_trouble_that_may_pass_is_raised_last_and_the_retry_sends_no_second_answer(providers, conn):
    providers.fault("google", "token", "status", status=503)
    with pytest.raises(errors.TransientError):
        publish.run(INPUTS, CTX)
    assert effects.state(conn, f"answer:{TICKET_ID}") == ("done", None)
    providers.clear_faults()
    assert publish.run(INPUTS, CTX)["effects"] == {"document": "done", "sheet": "done", "answer": "done"}
    assert len(sheet_rows(providers)) == 1
    assert len(providers.outbox()) == 1


def test_a_ticket_without_a_verdict_is_left_alone(sandbox, dsn, conn, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    accept(conn)
    assert publish.run(INPUTS, CTX)["outcome"]["code"] == "no_verdict"
    assert sandbox.calls() == []


def test_a_sheet_of_an_earlier_release_gets_category_and_account_at_its_end(providers, conn):
    store.set_category(conn, TICKET_ID, "restaurant", "629")
    titles = texts.sheet_titles()
    earlier = titles[: texts.FIRST_SHEET_COLUMNS]
    before = ["T-BEFORE0000", "2026-01-01", "Bar Luna", *[None] * 13, "0.1.0"]
    providers.edit(settings.get().sheet_id, settings.get().sheet_name, [earlier, before])
    assert publish.run(INPUTS, CTX)["effects"]["sheet"] == "done"
    header, old, new = providers.rows()
    assert header == titles
    assert titles[-2:] == ["Categoría", "Cuenta"]
    assert old == before
    assert (new[0], new[2], new[-2:]) == (TICKET_ID, "Bar Sol", ["Restauración", "629"])
