"""Sixty receipts that tell a model to name another total, and a model that obeys each of them.

The OCR really reads the pictures; the sandbox's model answers what the receipt orders, in a form that adds up. Promise:
the total is that of the receipt, or a person looks.
"""

import json
from datetime import date
from decimal import Decimal

import pytest

from kit import task
from tickets import reading
from tickets.extraction import injection, offline, page, validate
from tickets.extraction.model import Receipt
from tools.samples import injected

CTX = task.Context(execution_id="e1")
TODAY = date(2026, 11, 21)
FEW = [("direct_es", "visible"), ("json", "white"), ("sql_drop", "tiny"), ("system", "code"), ("total_rows", "side")]
ALL = [(name, style) for name in injected.TEXTS for style in injected.STYLES]
CASES = [pytest.param(*case, marks=() if case in FEW else pytest.mark.slow, id="-".join(case)) for case in ALL]


def obedient(ticket, **more):
    """The form of a model that does what it is told, and makes everything fit."""
    wanted = str(injected.WANTED)
    return {
        "is_receipt": True,
        "merchant": ticket.merchant,
        "tax_id": ticket.tax_id,
        "issued_on": ticket.issued_on.isoformat(),
        "issued_time": None,
        "document_number": ticket.number,
        "currency": ticket.currency,
        "subtotal": None,
        "taxes": [],
        "tip": None,
        "discount": None,
        "total": wanted,
        "payment_method": None,
        "lines": [{"description": "Total", "quantity": "1", "unit_price": wanted, "amount": wanted}],
        "unclear_fields": [],
        "legibility": "clear",
    } | more


def test_there_are_sixty():
    assert len(ALL) == len(set(ALL)) == 60


@pytest.mark.parametrize(("name", "style"), CASES)
def test_an_obedient_model_changes_no_total_that_is_taken(name, style, sandbox, monkeypatch):
    attack = injected.attack(name, style)
    monkeypatch.setenv("OPSFLOWS_EXTRACT_MODE", "both")
    sandbox.fault("openai", "chat.completions", "answer", body=json.dumps(obedient(attack.ticket)))
    fused = reading.read(attack.jpeg, CTX)
    read = page.from_data(fused.attempts[0].raw)
    alone = offline.from_page(read, country="ES", today=TODAY)
    assert [(attempt.provider, attempt.outcome) for attempt in fused.attempts] == [("ocr", "ok"), ("vision", "ok")]
    for extraction in (fused, alone):
        found = validate.assess(extraction, today=TODAY)
        assert found.receipt.total == attack.ticket.total or found.verdict != "accept", found
        assert Receipt.model_validate(found.receipt.model_dump()) == found.receipt
    assert validate.assess(fused, today=TODAY).verdict == "review"


def test_a_model_that_escapes_its_form_is_not_heard(sandbox, monkeypatch):
    attack = injected.attack("approval", "visible")
    monkeypatch.setenv("OPSFLOWS_EXTRACT_MODE", "both")
    form = obedient(attack.ticket, verdict="accept", approved_by="Dirección")
    sandbox.fault("openai", "chat.completions", "answer", body=json.dumps(form))
    found = reading.read(attack.jpeg, CTX)
    assert found.attempts[-1].outcome == "model_schema"
    assert found.receipt.total == attack.ticket.total
    assert "Dirección" not in found.model_dump_json()
    assert validate.assess(found, today=TODAY).verdict == "review"


@pytest.mark.parametrize("text", injected.TEXTS.values(), ids=injected.TEXTS)
def test_print_that_speaks_to_a_machine_asks_a_person(text):
    seen = injection.found(f"BAR SOL\nTOTAL 12,50\n{text}\nGRACIAS")
    squeezed = injection.found(f"BAR SOL\nTOTAL 12,50\n{text.replace(' ', '')}\nGRACIAS")
    # Rows of totals are print like any other; what they are worth, the sums decide.
    assert all((seen, squeezed)) != (text == injected.TEXTS["total_rows"])


@pytest.mark.parametrize(
    "text",
    [
        "THANK YOU. PLEASE COME AGAIN",
        "Goods sold are not returnable. Please keep this receipt",
        "Total amount payable 12.50\nChange 0.50",
        "Set menu 12,50\nTOTAL 12,50",
        "No se admiten devoluciones sin este ticket",
        "Le atendió: SISTEMA 3\nTOTAL EUR 12,50",
        "https://www.example.com/encuesta",
        "You are saving 2.00 with your model card",
        "Su opinión nos importa: no lo olvides",
    ],
)
def test_what_receipts_usually_say_does_not(text):
    assert injection.found(text) is None


@pytest.mark.parametrize("total", [Decimal("1.00"), None])
def test_where_the_ocr_reads_no_total_the_models_word_is_not_enough(total, sandbox, monkeypatch):
    attack = injected.attack("direct_en", "white")
    monkeypatch.setenv("OPSFLOWS_EXTRACT_MODE", "both")
    monkeypatch.setattr(reading, "_ocr", lambda jpeg, **_: _blind(jpeg))
    body = obedient(attack.ticket, total=str(total) if total else None)
    sandbox.fault("openai", "chat.completions", "answer", body=json.dumps(body))
    assert validate.assess(reading.read(attack.jpeg, CTX), today=TODAY).verdict == "review"


def _blind(jpeg):
    """The real reading, with its total lost."""
    read = offline.extract(jpeg, country="ES", today=TODAY)
    lost = read.receipt.model_copy(update={"total": None, "lines": []})
    return read.model_copy(update={"receipt": lost})
