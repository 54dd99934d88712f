"""Caps on what the model costs: never passed by parallel tasks, settled to what was billed, told once a day."""

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from adapters import openai_vision
from kit import db, errors
from tests.unit.tickets.inbox import CTX, EMPTY, TICKET_ID, accept
from tickets import reading, slack_card, spend, verdicts
from tickets.extraction.model import Assessment, Attempt, Reason, Receipt

MODEL = "gpt-6-luna"
MOST = openai_vision.most_usd(MODEL)
FORM = {
    "is_receipt": True, "merchant": "Bar Sol", "tax_id": None, "issued_on": None, "issued_time": None,
    "document_number": None, "currency": "EUR", "subtotal": None, "taxes": [], "tip": None, "discount": None,
    "total": "21.75", "payment_method": None, "lines": [], "unclear_fields": [], "legibility": "clear",
}  # fmt: skip


@pytest.fixture
def ledger(sandbox, dsn, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    monkeypatch.setenv("OPSFLOWS_EXTRACT_MODE", "both")
    sandbox.fault("openai", "chat.completions", "answer", body=json.dumps(FORM))
    return lambda: rows(dsn)


@pytest.fixture
def cap(monkeypatch):
    def set_cap(usd, whose="DAY"):
        monkeypatch.setenv(f"OPSFLOWS_SPEND_CAP_{whose}_USD", str(usd))

    return set_cap


def rows(dsn):
    with db.connect(dsn) as conn:
        return db.fetch_all(conn, "select sender, calls, tokens_in, tokens_out, cost_usd from ops.spend order by 1")


def codes(extraction):
    return [reason.code for reason in extraction.reasons]


def test_a_call_is_counted_with_its_tokens_and_price(jpeg, ledger):
    found = reading.read(jpeg, CTX, sender="ES.1")
    reading.read(jpeg, CTX, sender="ES.1")
    [row] = ledger()
    attempt = found.attempts[-1]
    assert (row["sender"], row["calls"], row["tokens_in"]) == ("ES.1", 2, 2 * attempt.tokens_in)
    assert row["tokens_out"] == 2 * attempt.tokens_out
    assert row["cost_usd"] == 2 * attempt.cost_usd > 0


def test_beyond_the_cap_the_local_ocr_reads_alone_and_says_why(jpeg, ledger, sandbox, cap):
    cap("0.000001")
    found = reading.read(jpeg, CTX, sender="ES.1")
    assert (found.provider, codes(found), [a.provider for a in found.attempts]) == ("ocr", ["spend_cap"], ["ocr"])
    assert sandbox.calls("openai") == []
    assert ledger() == []


def test_a_senders_cap_stops_that_sender_only(jpeg, ledger, cap):
    cap(MOST, "SENDER_DAY")
    first = reading.read(jpeg, CTX, sender="ES.1")
    again = reading.read(jpeg, CTX, sender="ES.1")
    other = reading.read(jpeg, CTX, sender="ES.2")
    assert [codes(found).count("spend_cap") for found in (first, again, other)] == [0, 1, 0]
    assert [row["sender"] for row in ledger()] == ["ES.1", "ES.2"]


@pytest.mark.usefixtures("ledger")
def test_without_the_ledger_the_model_is_not_asked_and_the_task_is_tried_again(jpeg, sandbox, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_PG_DSN", "host=127.0.0.1 port=9 dbname=nobody connect_timeout=2")
    with pytest.raises(errors.TransientError):
        reading.read(jpeg, CTX, sender="ES.1")
    assert sandbox.calls("openai") == []


def test_a_refused_key_costs_nothing(jpeg, ledger, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-key-of-a-test")
    reading.read(jpeg, CTX, sender="ES.1")
    [row] = ledger()
    assert (row["calls"], row["cost_usd"]) == (1, 0)


@pytest.mark.usefixtures("ledger")
def test_an_answer_that_never_came_stays_counted_at_its_worst_price(jpeg, dsn, sandbox):
    sandbox.clear_faults()
    sandbox.fault("openai", "chat.completions", "status", status=500)
    found = reading.read(jpeg, CTX, sender="ES.1")
    assert found.attempts[-1].outcome == "unavailable"
    [row] = rows(dsn)
    assert row["cost_usd"] == MOST


def test_parallel_tasks_cannot_pass_a_cap_together(ledger, dsn, cap):
    cap(5 * MOST)

    def one(number):
        with db.connect(dsn) as conn:
            try:
                return spend.reserve(conn, f"ES.{number % 3}", MODEL, MOST)
            except errors.QuotaExhaustedError:
                return None

    with ThreadPoolExecutor(12) as pool:
        held = [hold for hold in pool.map(one, range(24)) if hold]
    assert len(held) == 5
    assert sum(row["cost_usd"] for row in ledger()) == 5 * MOST
    with db.connect(dsn) as conn:
        billed = Attempt(provider="vision", model=MODEL, outcome="ok", latency_ms=1, tokens_in=2000, tokens_out=300)
        for hold in held:
            spend.settle(conn, hold, billed, billed_usd=Decimal("0.00035"))
        assert spend.reserve(conn, "ES.1", MODEL, MOST)
    assert sum(row["cost_usd"] for row in ledger()) == 5 * Decimal("0.00035") + MOST


def test_slack_is_told_once_a_day_by_the_first_ticket_that_felt_it(ledger, sandbox, conn):  # noqa: ARG001 the database
    reason = Reason(code="spend_cap", severity="info", evidence="The cap of 1 USD a day is reached.")
    for ticket_id, reasons in ((TICKET_ID, [reason]), ("T-2222222222", [reason]), ("T-3333333333", [])):
        accept(conn, ticket_id=ticket_id, message_id=f"wamid.{ticket_id}")
        assessment = Assessment(verdict="accept", reasons=reasons, receipt=Receipt())
        verdicts.record(conn, ticket_id, EMPTY, assessment, "0" * 64, CTX)
    told = [slack_card.post_spend_cap(ticket_id) for ticket_id in ("T-3333333333", TICKET_ID, "T-2222222222")]
    assert told == ["nothing", "done", "done"]
    assert len(sandbox.cards()) == 1


@pytest.mark.usefixtures("ledger")
def test_a_model_without_a_price_is_not_asked_while_there_is_a_cap(dsn, cap):
    with db.connect(dsn) as conn:
        assert spend.reserve(conn, "ES.1", "my-own-model", None).usd == 0
        cap(100)
        with pytest.raises(errors.QuotaExhaustedError, match="No price is known"):
            spend.reserve(conn, "ES.1", "my-own-model", None)
