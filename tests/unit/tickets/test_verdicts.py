"""What is recorded of a reading, and that no text in it is ever taken for SQL or a template."""

from datetime import date, time
from decimal import Decimal

import pytest
from hostile_texts import EVERYTHING, SQL
from inbox import CTX, EMPTY, OCR, TICKET_ID, accept

from kit import db, errors
from tickets import answer, card, store, texts, verdicts
from tickets.extraction.model import Assessment, Attempt, Evidence, Extraction, Line, Reason, Receipt, TaxLine

RECEIPT = Receipt(
    merchant="Bar Sol, S.L.",
    tax_id="B38757910",
    issued_on=date(2026, 11, 20),
    issued_time=time(13, 5),
    document_number="A-1",
    currency="EUR",
    subtotal=Decimal("17.98"),
    taxes=[
        TaxLine(rate=Decimal(21), base=Decimal("10.00"), amount=Decimal("2.10")),
        TaxLine(rate=Decimal(10), base=Decimal("7.98"), amount=Decimal("0.80")),
        TaxLine(rate=Decimal(4)),
    ],
    total=Decimal("20.88"),
    payment_method="card",
    lines=[Line(description="Menú", amount=Decimal("20.88"))],
)
VISION = Attempt(
    provider="vision",
    model="gpt-6-luna",
    outcome="model_refusal",
    latency_ms=900,
    tokens_in=1200,
    tokens_out=80,
    cost_usd=Decimal("0.001234"),
    raw={"prompt": "receipt@1"},
)


@pytest.fixture
def inbox(conn):
    accept(conn)
    return conn


def assessed(receipt=RECEIPT, verdict="accept", reasons=()):
    return Assessment(verdict=verdict, reasons=list(reasons), receipt=receipt)


def test_the_row_has_the_normalised_fields_and_the_sum_of_the_taxes():
    row = verdicts.row(TICKET_ID, assessed(), EMPTY, "ab" * 32, CTX)
    assert (row["merchant"], row["issued_on"], row["total"]) == ("Bar Sol, S.L.", date(2026, 11, 20), Decimal("20.88"))
    assert row["tax_total"] == Decimal("2.90")
    assert (row["provider"], row["model"], row["release"], row["execution_id"]) == ("ocr", "rapidocr", "0.1.0", "e1")


@pytest.mark.parametrize("taxes", [[], [TaxLine(rate=Decimal(21))]])
def test_taxes_without_amounts_have_no_sum(taxes):
    receipt = RECEIPT.model_copy(update={"taxes": taxes})
    assert verdicts.row(TICKET_ID, assessed(receipt), EMPTY, None, CTX)["tax_total"] is None


def test_the_model_is_that_of_the_engine_that_read(inbox):
    found = Extraction(receipt=RECEIPT, provider="ocr", attempts=[VISION, OCR])
    verdicts.record(inbox, TICKET_ID, found, assessed(), "ab" * 32, CTX)
    ticket = store.ticket(inbox, TICKET_ID)
    assert (ticket["provider"], ticket["model"]) == ("ocr", "rapidocr")


def test_every_attempt_is_kept_with_its_cost_to_the_millionth(inbox):
    found = Extraction(receipt=RECEIPT, provider="ocr", attempts=[VISION, OCR])
    verdicts.record(inbox, TICKET_ID, found, assessed(), "ab" * 32, CTX)
    first, second = db.fetch_all(inbox, "select * from tickets.attempts order by ordinal")
    assert (first["provider"], first["outcome"], first["cost_usd"]) == ("vision", "model_refusal", Decimal("0.001234"))
    assert (first["tokens_in"], first["tokens_out"], first["raw"]) == (1200, 80, {"prompt": "receipt@1"})
    assert (second["provider"], second["outcome"], second["cost_usd"]) == ("ocr", "ok", None)


def test_money_comes_back_from_the_database_as_it_went_in(inbox):
    verdicts.record(inbox, TICKET_ID, EMPTY, assessed(), "ab" * 32, CTX)
    ticket = store.ticket(inbox, TICKET_ID)
    assert (ticket["total"], ticket["tax_total"]) == (Decimal("20.88"), Decimal("2.90"))
    assert Receipt.model_validate(ticket["receipt"]) == RECEIPT


def test_the_first_reading_of_a_ticket_stays(inbox):
    verdicts.record(inbox, TICKET_ID, EMPTY, assessed(), "ab" * 32, CTX)
    verdicts.record(inbox, TICKET_ID, EMPTY, assessed(Receipt(merchant="Other")), "cd" * 32, CTX)
    assert store.ticket(inbox, TICKET_ID)["merchant"] == "Bar Sol, S.L."


def test_a_picture_that_could_not_be_read_is_a_rejected_ticket_with_its_reason(inbox):
    refused = errors.RefusedInputError("The picture is too small.", code="image_too_small")
    verdicts.reject(inbox, TICKET_ID, refused, CTX)
    ticket = store.ticket(inbox, TICKET_ID)
    assert (ticket["verdict"], ticket["provider"], ticket["total"]) == ("reject", None, None)
    assert [reason["code"] for reason in ticket["reasons"]] == ["image_too_small"]


def test_confidence_places_and_turn_come_back_from_the_database(inbox):
    places = {
        "total": Evidence(text="TOTAL 20,88", box=(10, 20, 300, 44), score=0.98),
        "merchant": Evidence(text="Bar Sol"),
    }
    sure = {"total": 0.993, "merchant": 0.7}
    found = EMPTY.model_copy(update={"evidence": places, "confidence": sure, "rotation": 270})
    verdicts.record(inbox, TICKET_ID, found, assessed(), "ab" * 32, CTX)
    ticket = store.ticket(inbox, TICKET_ID)
    assert (ticket["confidence"], ticket["rotation"]) == (sure, 270)
    assert ticket["evidence"] == {
        "total": {"text": "TOTAL 20,88", "box": [10, 20, 300, 44], "score": 0.98},
        "merchant": {"text": "Bar Sol", "box": None, "score": None},
    }


@pytest.mark.parametrize("total", ["999999999999.99", "-0.01"])
def test_the_largest_total_that_the_form_allows_can_be_recorded(inbox, total):
    verdicts.record(inbox, TICKET_ID, EMPTY, assessed(RECEIPT.model_copy(update={"total": Decimal(total)})), "ab", CTX)
    assert store.ticket(inbox, TICKET_ID)["total"] == Decimal(total)


@pytest.mark.parametrize("text", EVERYTHING)
def test_hostile_text_in_every_field_is_stored_and_shown_literally(inbox, text):
    db.execute(inbox, "update tickets.messages set caption = %s, sender_name = %s", [text, text])
    receipt = RECEIPT.model_copy(
        update={"merchant": text, "tax_id": text, "document_number": text, "lines": [Line(description=text)]}
    )
    reason = Reason(code=text, field=text, severity="review", evidence=text)
    attempt = OCR.model_copy(update={"model": text, "raw": {text: text}})
    places = {text: Evidence(text=text, box=(0, 0, 1, 1))}
    found = Extraction(receipt=receipt, text=text, provider="ocr", attempts=[attempt], evidence=places)
    verdicts.record(inbox, TICKET_ID, found, assessed(receipt, "review", [reason]), text, CTX)
    ticket = store.ticket(inbox, TICKET_ID)
    stored = [ticket[name] for name in ("merchant", "tax_id", "document_number", "caption", "sender_name", "model")]
    assert stored == [text] * 6
    assert ticket["receipt"]["lines"][0]["description"] == text
    assert ticket["reasons"][0] == reason.model_dump()
    assert ticket["evidence"] == {text: {"text": text, "box": [0, 0, 1, 1], "score": None}}
    assert db.fetch_one(inbox, "select raw from tickets.attempts")["raw"] == {text: text}
    assert text in answer.compose(ticket)
    assert texts.sheet_values(ticket)["Comercio"] == text
    assert texts.merchant(ticket) in card.text(ticket)


@pytest.mark.parametrize("text", SQL)
def test_hostile_ids_select_and_change_nothing(inbox, text):
    verdicts.record(inbox, TICKET_ID, EMPTY, assessed(), "ab" * 32, CTX)
    before = store.ticket(inbox, TICKET_ID)
    assert store.ticket(inbox, text) is None
    assert store.message(inbox, text) is None
    assert store.begin_processing(inbox, text) is False
    assert store.delivered_answer(inbox, text) is None
    store.finish_message(inbox, text, "failed", last_error=text)
    store.set_sheet_error(inbox, text, text)
    store.set_sheet_range(inbox, text, text)
    store.set_files(inbox, text, image_uri=text, document_uri=text)
    assert store.ticket(inbox, TICKET_ID) == before
    assert store.message(inbox, TICKET_ID)["state"] == "received"
