"""The engines as the mode says: what the model says is compared, checked, or replaced by what the local OCR read."""

import json
from datetime import date
from decimal import Decimal

import pytest

from kit import errors, task
from tickets import reading
from tickets.extraction import validate

CTX = task.Context(execution_id="e1")
TODAY = date(2026, 11, 21)
TOTAL = Decimal("21.75")
FORM = {
    "is_receipt": True,
    "merchant": "Mercado Peñalara, S. Coop.",
    "tax_id": None,
    "issued_on": "2026-06-04",
    "issued_time": "13:05",
    "document_number": "A-1",
    "currency": "EUR",
    "subtotal": "17.98",
    "taxes": [{"rate": "21", "base": "17.98", "amount": "3.77"}],
    "tip": None,
    "discount": None,
    "total": "21.75",
    "payment_method": "card",
    "lines": [{"description": "Compra", "quantity": "1", "unit_price": "21.75", "amount": "21.75"}],
    "unclear_fields": [],
    "legibility": "clear",
}
# What the model's server does wrong, and the code under which its attempt is kept.
FAILURES = [
    ({"kind": "refusal"}, "model_refusal"),
    ({"kind": "length"}, "model_truncated"),
    ({"kind": "content_filter"}, "model_content_filter"),
    ({"kind": "error", "code": "insufficient_quota"}, "openai_quota"),
    ({"kind": "error", "code": "model_not_found"}, "openai_model"),
    ({"kind": "invent"}, "model_schema"),
    ({"kind": "not_json"}, "model_schema"),
    ({"kind": "status", "status": 500}, "unavailable"),
    ({"kind": "html"}, "invalid_response"),
]
NAMES = [fault.get("code", fault["kind"]) for fault, _ in FAILURES]
# Outcomes of answers that came, and so were paid for.
BILLED = {"model_refusal", "model_truncated", "model_content_filter", "model_schema"}


@pytest.fixture
def says(sandbox):
    """Lets the model fill the form with the given changes."""
    return lambda **changes: sandbox.fault("openai", "chat.completions", "answer", body=json.dumps(FORM | changes))


@pytest.fixture
def mode(sandbox, monkeypatch):  # noqa: ARG001 the sandbox sets variables, too, and comes first
    """Sets the mode."""
    return lambda name: monkeypatch.setenv("OPSFLOWS_EXTRACT_MODE", name)


@pytest.fixture
def alone(mode):
    """Takes the model's fields alone."""
    mode("vision")


def assess(extraction):
    return validate.assess(extraction, today=TODAY)


def outcomes(extraction):
    return [(attempt.provider, attempt.outcome) for attempt in extraction.attempts]


@pytest.mark.usefixtures("sandbox", "alone")
def test_with_a_key_the_model_reads_and_its_attempt_has_tokens_and_cost(jpeg):
    found = reading.read(jpeg, CTX)
    assert (found.provider, found.receipt.total) == ("vision", TOTAL)
    _, attempt = found.attempts
    assert (attempt.provider, attempt.outcome, attempt.model) == ("vision", "ok", "gpt-6-luna")
    assert attempt.tokens_in > 0
    assert attempt.tokens_out > 0
    assert attempt.cost_usd > 0
    assert attempt.latency_ms > 0


@pytest.mark.usefixtures("alone")
def test_what_the_model_says_is_accepted_when_it_adds_up(jpeg, says):
    says()
    found = reading.read(jpeg, CTX)
    assert (found.provider, assess(found).verdict) == ("vision", "accept")


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(("fault", "code"), FAILURES, ids=NAMES)
def test_a_model_that_fails_is_replaced_by_ocr_and_both_attempts_are_kept(fault, code, jpeg, sandbox):
    sandbox.fault("openai", "chat.completions", **fault)
    found = reading.read(jpeg, CTX)
    assert (found.provider, found.receipt.total) == ("ocr", TOTAL)
    assert outcomes(found) == [("ocr", "ok"), ("vision", code)]
    assert (found.attempts[1].cost_usd is not None) == (code in BILLED)
    assert found.attempts[0].cost_usd is None
    assert assess(found).verdict == "accept"


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    "invented",
    [
        {"total": "99.75"},
        {"total": "2.17"},
        {"total": "-21.75"},
        {"total": None},
        {"total": "0.00"},
        {"total": "1999.00", "subtotal": None},
        {"total": "999999999.99", "subtotal": None, "taxes": [], "lines": []},
        {"unclear_fields": ["total"]},
        {"issued_on": "2027-06-04"},
        {"issued_on": "2026-13-45"},
        {"merchant": None},
        {"tax_id": "B38757911"},
        {"taxes": [{"rate": "21", "base": "17.98", "amount": "9.99"}]},
        {"legibility": "poor"},
    ],
    ids=str,
)
def test_a_form_with_something_invented_is_not_accepted(invented, jpeg, says):
    says(**invented)
    found = reading.read(jpeg, CTX)
    assert found.provider == "vision"
    assert assess(found).verdict == "review"


@pytest.mark.usefixtures("alone")
def test_a_field_that_the_form_lacks_never_reaches_the_ticket(jpeg, says):
    says(total="99.99", approved_by="Dirección")
    found = reading.read(jpeg, CTX)
    assert outcomes(found) == [("ocr", "ok"), ("vision", "model_schema")]
    assert found.receipt.total == TOTAL
    assert "Dirección" not in found.model_dump_json()


@pytest.mark.usefixtures("alone")
def test_what_the_model_takes_for_no_receipt_is_rejected(jpeg, says):
    says(is_receipt=False)
    assert assess(reading.read(jpeg, CTX)).verdict == "reject"


@pytest.mark.parametrize("key", ["", "  "])
def test_without_a_key_ocr_reads_alone(key, jpeg, sandbox, mode, monkeypatch):
    mode("both")
    monkeypatch.setenv("OPENAI_API_KEY", key)
    found = reading.read(jpeg, CTX)
    assert outcomes(found) == [("ocr", "ok")]
    assert found.receipt.total == TOTAL
    assert sandbox.calls("openai") == []


def test_a_wrong_key_costs_one_call_and_ocr_reads(jpeg, sandbox, mode, monkeypatch):
    mode("both")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-key-of-a-test")
    assert outcomes(reading.read(jpeg, CTX)) == [("ocr", "ok"), ("vision", "openai_key")]
    assert len(sandbox.calls("openai")) == 1


def test_where_the_ocr_is_sure_the_model_is_not_asked(jpeg, sandbox):
    found = reading.read(jpeg, CTX)
    assert outcomes(found) == [("ocr", "ok")]
    assert (found.provider, assess(found).verdict) == ("ocr", "accept")
    assert sandbox.calls("openai") == []


def test_where_the_ocr_is_unsure_the_model_is_asked(jpeg, sandbox, monkeypatch):
    monkeypatch.setenv("OPSFLOWS_REVIEW_MIN_SCORE", "1")
    assert outcomes(reading.read(jpeg, CTX)) == [("ocr", "ok"), ("vision", "ok")]
    assert len(sandbox.calls("openai")) == 1


def test_the_mode_ocr_never_asks_the_model(jpeg, sandbox, mode, monkeypatch):
    mode("ocr")
    monkeypatch.setenv("OPSFLOWS_REVIEW_MIN_SCORE", "1")
    assert outcomes(reading.read(jpeg, CTX)) == [("ocr", "ok")]
    assert sandbox.calls("openai") == []


@pytest.mark.usefixtures("sandbox")
def test_two_engines_that_agree_are_surer_than_one(jpeg, mode):
    mode("both")
    found = reading.read(jpeg, CTX)
    assert (found.provider, found.receipt.total, assess(found).verdict) == ("fusion", TOTAL, "accept")
    mode("ocr")
    alone = reading.read(jpeg, CTX).confidence
    assert found.confidence.keys() >= {"total", "issued_on", "merchant", "currency"}
    assert all(found.confidence[name] > alone[name] for name in ("issued_on", "merchant", "currency"))
    assert found.evidence["total"].box


def test_a_model_that_names_another_total_asks_a_person_and_both_values_are_told(jpeg, mode, says):
    mode("both")
    says(total="1.00", subtotal=None, taxes=[], lines=[])
    found = reading.read(jpeg, CTX)
    assert assess(found).verdict == "review"
    [reason] = [
        reason for reason in assess(found).reasons if reason.code == "engines_disagree" and reason.field == "total"
    ]
    assert "21.75" in reason.evidence
    assert "1.00" in reason.evidence


@pytest.mark.usefixtures("alone")
def test_what_the_model_alone_read_has_its_place_on_the_picture(jpeg, says):
    says()
    found = reading.read(jpeg, CTX)
    assert found.evidence["total"].text.startswith("TOTAL")
    assert {"issued_on", "total"} <= found.evidence.keys()
    left, top, right, bottom = found.evidence["total"].box
    assert 0 <= left < right
    assert 0 <= top < bottom


def test_a_model_that_sees_no_receipt_where_the_ocr_reads_one_asks_a_person(jpeg, mode, says):
    mode("both")
    says(is_receipt=False)
    found = assess(reading.read(jpeg, CTX))
    assert (found.verdict, found.receipt.total) == ("review", TOTAL)


@pytest.mark.usefixtures("sandbox")
def test_the_model_alone_without_a_key_names_the_two_ways_out(jpeg, mode, monkeypatch):
    mode("vision")
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(errors.ConfigurationError) as raised:
        reading.read(jpeg, CTX)
    assert raised.value.code == "no_engine"
    assert "OPSFLOWS_EXTRACT_MODE" in raised.value.next_action
    assert "OPENAI_API_KEY" in raised.value.next_action
