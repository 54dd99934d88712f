"""Two readings become one: what they agree on is surer, where they differ a person decides, nothing is made up."""

from datetime import date, time
from decimal import Decimal

import pytest

from tickets.extraction import confidence, fusion, validate
from tickets.extraction.model import Attempt, Evidence, Extraction, Line, Receipt, TaxLine

TEXT = "Bar La Esquina, S.L. NIF B38757910 12/10/2026 13:05 MENU 1.234,50 IVA 21% TOTAL 1.234,50 EUR efectivo"
GOOD = Receipt(
    merchant="BAR LA ESQUINA, S.L.",
    tax_id="B38757910",
    issued_on=date(2026, 10, 12),
    issued_time=time(13, 5),
    currency="EUR",
    total=Decimal("1234.50"),
    lines=[Line(description="Menú", amount=Decimal("1234.50"))],
)
SCORES = dict.fromkeys(("merchant", "tax_id", "issued_on", "issued_time", "currency", "total", "lines"), 0.9)
PLACE = Evidence(text="TOTAL 1.234,50 EUR", box=(1, 2, 30, 40), score=0.99)
TOTAL = {"lines": [], "total": Decimal("1.00")}


def reading(provider, **changes):
    receipt = GOOD.model_copy(update=changes)
    local = provider == "ocr"
    return Extraction(
        receipt=receipt,
        scores={name: score for name, score in SCORES.items() if getattr(receipt, name) not in (None, [])},
        text=TEXT if local else "",
        provider=provider,
        attempts=[Attempt(provider=provider, model=provider, outcome="ok", latency_ms=1)],
        evidence={"total": PLACE} if local else {},
        rotation=90 if local else 0,
    )


def fuse(model, local=None):
    return fusion.fuse(reading("ocr", **(local or {})), reading("vision", **model))


def verdict(fused, today):
    return validate.assess(fused, today=today).verdict


def test_the_reading_of_two_that_agree_keeps_places_and_both_attempts(today):
    fused = fuse({})
    assert (fused.provider, fused.receipt, fused.reasons, fused.rotation) == ("fusion", GOOD, [], 90)
    assert fused.evidence == {"total": PLACE}
    assert [attempt.provider for attempt in fused.attempts] == ["ocr", "vision"]
    assert verdict(fused, today) == "accept"


@pytest.mark.parametrize("name", ["total", "issued_on", "merchant", "currency", "tax_id"])
def test_agreement_makes_a_field_surer_within_the_stated_bound(name):
    single = max(confidence.of(reading(side))[name] for side in ("ocr", "vision"))
    both = fuse({}).confidence[name]
    assert single < both <= confidence.table().most
    gained = confidence.log_odds(both, 0.0001) - confidence.log_odds(single, 0.0001)
    assert gained == pytest.approx(1.386, abs=0.03)


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("merchant", "Bar la Esquina"),
        ("merchant", "Bár  La-Esquina S L"),
        ("tax_id", "B-38757910"),
        ("issued_time", time(13, 5, 40)),
        ("total", Decimal("1234.5")),
    ],
)
def test_the_same_written_otherwise_is_no_disagreement(name, theirs):
    fused = fuse({name: theirs})
    assert (getattr(fused.receipt, name), fused.reasons) == (getattr(GOOD, name), [])


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("merchant", "Restaurante El Puerto"),
        ("merchant", "B"),
        ("tax_id", "A58818501"),
        ("issued_on", date(2026, 12, 10)),
        ("currency", "USD"),
        ("total", Decimal("1234.51")),
        ("total", Decimal("0.00")),
    ],
)
def test_a_needed_field_on_which_they_differ_asks_a_person_with_both_values(name, theirs, today):
    fused = fuse({name: theirs})
    [reason] = [reason for reason in fused.reasons if reason.field == name]
    assert (reason.code, reason.severity) == ("engines_disagree", "review")
    assert str(getattr(GOOD, name)) in reason.evidence
    assert str(theirs) in reason.evidence
    assert verdict(fused, today) == "review"
    single = max(
        confidence.of(reading(side, **({} if side == "ocr" else {name: theirs})))[name] for side in ("ocr", "vision")
    )
    assert fused.confidence[name] < single


def test_a_field_that_nobody_needs_only_informs(today):
    fused = fuse({"issued_time": time(9, 0)})
    assert [(reason.field, reason.severity) for reason in fused.reasons] == [("issued_time", "info")]
    assert verdict(fused, today) == "accept"


def test_what_one_engine_alone_found_is_taken():
    fused = fuse({"document_number": "A-1", "tax_id": None}, {"merchant": None})
    assert (fused.receipt.document_number, fused.receipt.tax_id) == ("A-1", GOOD.tax_id)
    assert fused.receipt.merchant == GOOD.merchant
    assert fused.reasons == []


@pytest.mark.parametrize(("total", "accepted"), [("1234.50", True), ("1.00", False), ("12.34", False)])
def test_a_total_that_only_the_model_sees_counts_when_it_is_printed(total, accepted, today):
    lines = [Line(description="Menú", amount=Decimal(total))]
    fused = fuse({"total": Decimal(total), "lines": lines}, {"total": None, "lines": []})
    assert fused.receipt.total == Decimal(total)
    assert (verdict(fused, today) == "accept") == accepted
    assert ("total_not_on_page" in [reason.code for reason in fused.reasons]) != accepted


def test_lines_that_add_up_are_preferred():
    good = [Line(description="Menú", amount=Decimal("1000.00")), Line(description="Vino", amount=Decimal("234.50"))]
    assert fuse({"lines": good}, {"lines": [Line(amount=Decimal(7))]}).receipt.lines == good
    assert fuse({"lines": [Line(amount=Decimal(7))]}, {"lines": good}).receipt.lines == good
    assert fuse({"lines": good}, {"lines": []}).receipt.lines == good


def test_a_model_that_sees_no_receipt_asks_a_person(today):
    empty = Extraction(receipt=Receipt(), provider="vision")
    fused = fusion.fuse(reading("ocr"), empty)
    assert (fused.receipt, verdict(fused, today)) == (GOOD, "review")


def test_what_neither_takes_for_a_receipt_is_rejected(today):
    nothing = Extraction(receipt=Receipt(), text="Prohibido fumar en todo el edificio. Gracias", provider="ocr")
    fused = fusion.fuse(nothing, Extraction(receipt=Receipt(), provider="vision"))
    assert verdict(fused, today) == "reject"


def test_a_model_that_sees_what_the_ocr_does_not_read_at_all_asks_a_person(today):
    blind = Extraction(receipt=Receipt(), text="", provider="ocr")
    fused = fusion.fuse(blind, reading("vision"))
    assert (fused.receipt.total, verdict(fused, today)) == (GOOD.total, "review")


def test_taxes_come_from_who_read_them():
    taxes = [TaxLine(rate=Decimal(21), base=Decimal(100), amount=Decimal(21))]
    assert fuse({"taxes": taxes}).receipt.taxes == taxes
