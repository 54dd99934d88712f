"""The rules on what the OCR read in the sample pictures, stored as boxes."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tickets.extraction import rules, validate

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
ENTRIES = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
RECEIPTS = [entry for entry in ENTRIES if entry["expected"]]
LIMITS = validate.Thresholds()


def name_of(entry):
    return Path(entry["file"]).stem


@pytest.mark.parametrize("entry", RECEIPTS, ids=name_of)
def test_fields_of_each_sample(entry, stored_page, today):
    receipt = rules.extract(stored_page(name_of(entry)), country="ES", today=today).receipt
    expected = entry["expected"]
    assert receipt.merchant.casefold() == expected["merchant"].casefold()
    assert receipt.issued_on.isoformat() == expected["date"]
    assert receipt.total == Decimal(expected["total"])
    assert receipt.currency == expected["currency"]
    assert expected.get("tax_id") in {None, receipt.tax_id}


@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
def test_verdict_of_each_sample(entry, stored_page, today):
    extraction = rules.extract(stored_page(name_of(entry)), country="ES", today=today)
    assert validate.assess(extraction, today=today, limits=LIMITS).verdict == entry["verdict"]


def test_every_field_of_a_skewed_restaurant_ticket(stored_page, today):
    receipt = rules.extract(stored_page("ticket_restaurante_torcido"), country="ES", today=today).receipt
    assert receipt.document_number == "A3-084590"
    assert receipt.issued_time.isoformat() == "14:06:00"
    assert receipt.payment_method == "cash"
    assert receipt.subtotal == Decimal("100.37")
    assert [(tax.rate, tax.base, tax.amount) for tax in receipt.taxes] == [
        (Decimal(10), Decimal("100.37"), Decimal("10.04"))
    ]
    assert sum(line.amount for line in receipt.lines) == receipt.total
    assert receipt.lines[1].description == "Pulpo a la gallega"
    assert (receipt.lines[1].quantity, receipt.lines[1].unit_price) == (Decimal(2), Decimal("22.87"))


def test_taxes_by_rate_of_a_supermarket_ticket(stored_page, today):
    receipt = rules.extract(stored_page("ticket_supermercado"), country="ES", today=today).receipt
    assert {(str(tax.rate), str(tax.base), str(tax.amount)) for tax in receipt.taxes} == {
        ("21", "1.90", "0.40"),
        ("10", "2.98", "0.30"),
        ("4", "15.55", "0.62"),
    }
    assert receipt.payment_method == "card"


def test_each_found_field_points_to_its_place_in_the_picture(stored_page, today):
    page = stored_page("ticket_ferreteria_tenue")
    evidence = rules.extract(page, country="ES", today=today).evidence
    assert evidence["total"].text == "TOTAL EUR 37,23"
    left, top, right, bottom = evidence["total"].box
    assert 0 <= left < right <= page.width
    assert 0 <= top < bottom <= page.height


def test_the_same_ticket_is_read_without_its_tax_number_and_address(stored_page, today, written_page):
    lines = stored_page("ticket_supermercado").text.splitlines()
    receipt = rules.extract(written_page(lines[0], *lines[4:]), country="ES", today=today).receipt
    assert receipt.merchant == "Mercado Peñalara, S. Coop."
    assert receipt.total == Decimal("21.75")
    assert receipt.tax_id is None
