"""Which amount is the total, and how surely."""

from decimal import Decimal

import pytest

from tickets.extraction import rules

HEAD = ("Bar La Esquina, S.L.", "C/ Mayor, 3", "28013 Madrid", "12/10/2026 14:30")


@pytest.mark.parametrize(
    ("foot", "total"),
    [
        (("TOTAL 12,50",), "12.50"),
        (("TOTAL", "12,50 €"), "12.50"),
        (("T0TAL A PAGAR 1.234,56",), "1234.56"),
        (("Totai : RM 8.20",), "8.20"),
        (("GRAND TOTAL $1,234.56",), "1234.56"),
        (("SUBTOTAL 10,33", "IVA 21% 2,17", "TOTAL 12,50"), "12.50"),
        (("TOTAL 12,50", "EFECTIVO 20,00", "CAMBIO 7,50"), "12.50"),
        (("Total 102.39", "Rounding 0.01", "Total after rounding 102.40"), "102.40"),
        (("Total Qty: 3", "Total Sales (Inclusive GST) 20.90", "CASH 21.00", "CHANGE .10"), "20.90"),
        (("Total (Excluding GST) 5.66", "GST payable 0.34", "Total (Inclusive of GST) 6.00"), "6.00"),
        (("Total 6.00", "GST Summary", "Total 5.66 0.34"), "6.00"),
        (("Base imponible 100,37", "I.V.A. 10% 10,04", "TOTAL A PAGAR 110,41 €"), "110.41"),
        (("TOTAL DESCUENTO 3,00", "IMPORTE TOTAL 9,50"), "9.50"),
        (("Total IVA 2,17", "Total factura 12,50"), "12.50"),
        (("PROPINA 2,00", "TOTAL 14,50", "VISA 14,50"), "14.50"),
    ],
)
def test_total_by_its_label(foot, total, written_page, today):
    page = written_page(*HEAD, *foot)
    assert rules.extract(page, country="ES", today=today).receipt.total == Decimal(total)


def test_whole_amounts_where_a_currency_has_no_cents(written_page, today):
    head = ("Restaurante El Cerro SAS", "NIT 900.373.115-3", "Bogotá, Colombia")
    foot = ("SUBTOTAL 21.400", "TOTAL $ 21.400", "EFECTIVO 50.000", "CAMBIO 28.600")
    page = written_page(*head, "CAFE 2.500", "ALMUERZO 18.900", *foot)
    receipt = rules.extract(page, country="ES", today=today).receipt
    assert receipt.total == Decimal(21400)
    assert receipt.currency == "COP"


def test_confirmed_totals_score_higher_than_lone_ones(written_page, today):
    lone = rules.extract(written_page(*HEAD, "TOTAL 12,50"), country="ES", today=today)
    confirmed = rules.extract(
        written_page(*HEAD, "TOTAL 12,50", "EFECTIVO 20,00", "CAMBIO 7,50"), country="ES", today=today
    )
    assert lone.scores["total"] < 0.85 <= confirmed.scores["total"]


def test_badly_read_totals_score_lower(written_page, today):
    foot = ("TOTAL 12,50", "EFECTIVO 20,00", "CAMBIO 7,50")
    clear = rules.extract(written_page(*HEAD, *foot), country="ES", today=today)
    faint = rules.extract(written_page(*HEAD, *foot, score=0.6), country="ES", today=today)
    assert faint.scores["total"] < 0.85 < clear.scores["total"]


def test_no_amount_is_no_total(written_page, today):
    assert rules.extract(written_page(*HEAD, "TOTAL"), country="ES", today=today).receipt.total is None


def test_tip_and_discount_are_kept_apart_from_the_total(written_page, today):
    page = written_page(*HEAD, "MENU 20,00", "DESCUENTO -2,00", "PROPINA 1,50", "TOTAL 19,50")
    receipt = rules.extract(page, country="ES", today=today).receipt
    assert (receipt.tip, receipt.discount, receipt.total) == (Decimal("1.50"), Decimal("2.00"), Decimal("19.50"))
