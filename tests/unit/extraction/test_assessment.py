"""Verdicts: what is accepted, what goes to a person, what is no receipt; each with reasons as data."""

from datetime import date
from decimal import Decimal

import pytest

from tickets.extraction import validate
from tickets.extraction.model import Extraction, Line, Receipt, TaxLine

GOOD = Receipt(
    merchant="Bar La Esquina, S.L.",
    tax_id="B38757910",
    issued_on=date(2026, 10, 12),
    currency="EUR",
    taxes=[TaxLine(rate=Decimal(21), base=Decimal("10.33"), amount=Decimal("2.17"))],
    total=Decimal("12.50"),
    lines=[Line(description="Menú", quantity=Decimal(1), amount=Decimal("12.50"))],
)
SCORES = {"merchant": 0.95, "issued_on": 0.95, "currency": 0.95, "total": 0.95}
TEXT = "Bar La Esquina TOTAL 12,50 IVA 2,17 efectivo"


def assess(today, *, scores=None, text=TEXT, provider="vision", limits=None, **changes):
    receipt = GOOD.model_copy(update=changes)
    extraction = Extraction(receipt=receipt, scores={**SCORES, **(scores or {})}, text=text, provider=provider)
    return validate.assess(extraction, today=today, limits=limits)


def codes(assessment):
    return {reason.code for reason in assessment.reasons if reason.severity != "info"}


def test_a_complete_receipt_is_accepted_without_reasons(today):
    assessment = assess(today)
    assert (assessment.verdict, assessment.reasons) == ("accept", [])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"total": None}, "total_missing"),
        ({"issued_on": None}, "date_missing"),
        ({"merchant": None}, "merchant_missing"),
        ({"currency": None}, "currency_missing"),
        ({"issued_on": date(2027, 1, 1)}, "date_future"),
        ({"issued_on": date(2018, 3, 1)}, "date_old"),
        ({"total": Decimal(0)}, "total_not_positive"),
        ({"total": Decimal("-12.50")}, "total_not_positive"),
        ({"total": Decimal("91250.00"), "lines": []}, "total_large"),
        ({"tax_id": "B38757911"}, "tax_id_checksum"),
        ({"total": Decimal("15.50")}, "lines_mismatch"),
        ({"subtotal": Decimal("7.00")}, "subtotal_mismatch"),
        ({"taxes": [TaxLine(rate=Decimal(21), base=Decimal(10), amount=Decimal(5))]}, "tax_mismatch"),
        ({"taxes": [TaxLine(rate=Decimal(21), base=Decimal(100), amount=Decimal(21))]}, "taxes_exceed_total"),
        ({"currency": "euros"}, "schema"),
        ({"merchant": "x" * 300}, "schema"),
        ({"taxes": [TaxLine(rate=Decimal(900))]}, "schema"),
    ],
)
def test_what_sends_a_receipt_to_a_person(changes, code, today):
    assessment = assess(today, **changes)
    assert assessment.verdict == "review"
    assert code in codes(assessment)


@pytest.mark.parametrize("field", ["total", "issued_on", "merchant", "currency"])
def test_an_uncertain_field_sends_a_receipt_to_a_person(field, today):
    assessment = assess(today, scores={field: 0.3})
    assert assessment.verdict == "review"
    assert [reason.field for reason in assessment.reasons] == [field]
    assert "with confidence 0." in assessment.reasons[0].evidence


def test_the_threshold_is_a_setting(today):
    assert assess(today, scores={"total": 0.8}).verdict == "review"
    assert assess(today, scores={"total": 0.8}, limits=validate.Thresholds(min_score=0.7)).verdict == "accept"


def test_large_totals_are_measured_in_the_money_of_their_country(today):
    lines = [Line(description="Menú", amount=Decimal(250000))]
    assert assess(today, total=Decimal(250000), currency="COP", lines=lines, taxes=[]).verdict == "accept"
    lines = [Line(description="Menú", amount=Decimal(25000000))]
    assert "total_large" in codes(assess(today, total=Decimal(25000000), currency="COP", lines=lines, taxes=[]))


def test_an_unread_page_is_rejected(today):
    empty = Extraction(receipt=Receipt(), text="", provider="ocr")
    assessment = validate.assess(empty, today=today)
    assert (assessment.verdict, codes(assessment)) == ("reject", {"nothing_read"})


def test_text_that_is_no_receipt_is_rejected(today):
    page = Extraction(receipt=Receipt(), text="Prohibido fumar en todo el edificio. Gracias", provider="ocr")
    assessment = validate.assess(page, today=today)
    assert (assessment.verdict, codes(assessment)) == ("reject", {"not_a_receipt"})


def test_incomplete_lines_only_inform_when_they_come_from_ocr(today):
    lines = [Line(description="Menú", amount=Decimal("9.00"))]
    assert assess(today, lines=lines, provider="ocr").verdict == "accept"
    assert assess(today, lines=lines, provider="vision").verdict == "review"


def test_fields_are_normalised(today):
    receipt = assess(
        today,
        merchant="Bar\u202e La\n  Esquina ",
        tax_id="b-38757910",
        currency="eur",
        total=Decimal("12.5"),
        taxes=[TaxLine(rate=Decimal("10.00"))],
    ).receipt
    assert receipt.merchant == "Bar La Esquina"
    assert receipt.tax_id == "B38757910"
    assert (receipt.currency, str(receipt.total)) == ("EUR", "12.50")
    assert str(receipt.taxes[0].rate) == "10"


def test_amounts_of_currencies_without_cents_have_none(today):
    assert str(assess(today, currency="CLP", total=Decimal("12990.00"), lines=[], taxes=[]).receipt.total) == "12990"
