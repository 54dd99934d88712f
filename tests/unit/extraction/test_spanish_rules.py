"""What Spanish and Latin American receipts print, and how the rules read it."""

from datetime import date, time
from decimal import Decimal

import pytest

from tickets.extraction import rules
from tickets.extraction.page import Box, page_of
from tickets.extraction.rules.dates import find_date, find_time
from tickets.extraction.rules.document import find_document
from tickets.extraction.rules.labels import kind_of
from tickets.extraction.rules.lines import find_lines
from tickets.extraction.rules.numbers import amounts
from tickets.extraction.rules.payment import find_payment
from tickets.extraction.rules.reading import read_page
from tickets.extraction.rules.taxes import find_taxes
from tickets.extraction.rules.taxid import find_tax_id
from tickets.extraction.rules.words import fold


def sums(page):
    return [(line.description, str(line.amount)) for line in find_lines(read_page(page))]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("TOTAL A PAGAR $ 82.750", ["82750"]),
        ("1 ATUN LOMITOS 160G 6.180", ["6180"]),
        ("1 GASEOSA 1.5L 990", ["990"]),
        ("FACTURA DE VENTA No. POS33383", []),
        ("19% 36.555 6.945", ["36555", "6945"]),
        ("12 HUEVOS 3.990", ["3990"]),
        ("R.U.T.: 78.794.485-K", []),
    ],
)
def test_whole_amounts_are_no_sizes_and_no_codes(text, values):
    assert [str(amount.value) for amount in amounts(text, "whole")] == values


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("2 arroz redondo 1kg 1,50 3,00", "plain"),
        ("redondeo -0,02", "rounding"),
        ("1 base de pizza 2,10", "plain"),
        ("base imponible 19,30", "subtotal"),
        ("base 7,81 iva 21% 1,64", "subtotal"),
        ("importe peaje 9,45 eur", "amount"),
        ("importe total 9,45", "grand_total"),
        ("disco duro 54,90", "plain"),
    ],
)
def test_goods_are_not_taken_for_labels(row, kind):
    assert kind_of(row) == kind


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        (["FACTURA DE VENTA No. POS33383"], "POS33383"),
        (["BOLETA ELECTRONICA", "N° 3214583"], "3214583"),
        (["BOLETA DE VENTA ELECTRÓNICA", "B002-00203603"], "B002-00203603"),
        (["TIQUE FACTURA B Nº 00007-00238554"], "00007-00238554"),
        (["FACTURA SIMPLIFICADA", "Núm.: T7-090605"], "T7-090605"),
        (["ORDEN:A-50498 10/08/2026"], "A-50498"),
        (["F0LI0:851342 CAJERO:ANDRÉS"], "851342"),
        (["FACTURA", "C/ Mayor, 14"], None),
    ],
)
def test_document_number(rows, number):
    found = find_document(rows)
    assert (found.number if found else None) == number


def test_the_end_of_a_stay_is_its_date(today):
    rows = ["Entrada: 11/11/2026 22:40", "Salida: 12/11/2026 09:15"]
    assert find_date(rows, today, month_first=False).value == date(2026, 11, 12)


def test_the_start_of_activities_is_no_date_of_issue(today):
    rows = ["Inicio de actividades: 01/08/2019", "Fecha 19/08/2026"]
    assert find_date(rows, today, month_first=False).value == date(2026, 8, 19)


def test_argentine_tax_number_with_its_usual_label():
    found = find_tax_id(["C.U.I.T. Nro.: 30-48828598-6"])
    assert (found.number, found.country) == ("30488285986", "AR")


def test_who_gets_change_paid_in_cash(written_page):
    page = written_page("TOTAL 9,78", "Entregado 10,00", "Cambio 0,22")
    assert find_payment(read_page(page))[0] == "cash"


def test_quantity_and_price_may_stand_above_the_article(written_page):
    page = written_page(
        "TIQUE FACTURA B",
        "2,000 \u00d7 6.160,14",
        "VINO MALBEC 750 (21,00) 12.320,28",
        "1,000 \u00d7 2.318,80",
        "ACEITE GIRASOL 900 (21,00) 2.318,80",
        "TOTAL $ 14.639,08",
    )
    lines = find_lines(read_page(page))
    assert [line.amount for line in lines] == [Decimal("12320.28"), Decimal("2318.80")]
    assert lines[0].quantity == Decimal("2.000")
    assert lines[0].unit_price == Decimal("6160.14")


def test_lines_of_a_currency_without_cents(written_page):
    page = written_page(
        "BOLETA ELECTRONICA",
        "N° 3214583",
        "BEBIDA 1.5 LT",
        "  1 X 1.710 1.710",
        "QUESO GAUDA 250G",
        "  3 X 3.200 9.600",
        "NETO $ 9.504",
        "IVA 19% $ 1.806",
        "TOTAL $ 11.310",
    )
    assert sums(page) == [("BEBIDA 1.5 LT", "1710"), ("QUESO GAUDA 250G", "9600")]


def test_taxes_of_a_currency_without_cents_are_rounded_to_one(written_page):
    page = written_page("TOTAL $ 82.750", "IVA BASE IMPUESTO", "19% 49.303 9.367", "5% 22.933 1.147")
    found, _ = find_taxes(read_page(page))
    assert [(str(tax.rate), str(tax.amount)) for tax in found] == [("19", "9367"), ("5", "1147")]


def test_a_toll_has_no_word_for_total(written_page, today):
    page = written_page("IMPORTE PEAJE 9,45 EUR", "BASE 7,81 IVA 21% 1,64", "FORMA DE PAGO: TARJETA")
    assert rules.extract(page, country="ES", today=today).receipt.total == Decimal("9.45")


def test_an_amount_just_above_its_label_belongs_to_it(today):
    def box(text, left, top):
        width = 12.0 * len(text)
        return Box(text, 0.97, ((left, top), (left + width, top), (left + width, top + 20), (left, top + 20)))

    page = page_of(
        [box("394,64 €", 500, 386), box("TOTAL FACTURA", 20, 400), box("Forma de pago: tarjeta", 20, 440)],
        width=700,
        height=500,
    )
    assert rules.extract(page, country="ES", today=today).receipt.total == Decimal("394.64")


def test_a_rate_whose_sign_was_not_read(written_page):
    page = written_page("BASE IMPONIBLE 88,46", "IVA 21 18,58", "TOTAL FACTURA 107,04")
    found, _ = find_taxes(read_page(page))
    assert [(str(tax.rate), str(tax.base), str(tax.amount)) for tax in found] == [("21", "88.46", "18.58")]


def test_base_and_tax_in_one_row_are_not_a_subtotal_of_the_tax(written_page, today):
    page = written_page("IMPORTE PEAJE 9,45 EUR", "BASE 7,81 IVA 21% 1,64")
    receipt = rules.extract(page, country="ES", today=today).receipt
    assert receipt.subtotal == Decimal("7.81")


def test_a_time_glued_to_its_label():
    assert find_time(["FECHA:25-10-2026 HORA:16:52"], 0) == time(16, 52)


@pytest.mark.parametrize(
    ("text", "folded"),
    [("T0TAL", "total"), ("REC0RRID0", "recorrido"), ("POS000", "pos000"), ("B002-00203603", "b002-00203603")],
)
def test_zeros_inside_words_are_read_as_letters(text, folded):
    assert fold(text) == folded


def test_the_number_of_a_house_is_no_line_where_there_are_no_cents(written_page):
    page = written_page("O'Higgins 880", "VINO CARMENERE", "2 X 5.220 10.440", "TOTAL $ 10.440")
    assert sums(page) == [("VINO CARMENERE", "10440")]


def test_litres_and_their_price_are_no_lines(written_page):
    page = written_page("Litros 38,27", "Precio/litro 1,554", "Importe 59,47", "LAVADO 6,83", "TOTAL EUR 66,30")
    assert [amount for _, amount in sums(page)] == ["59.47", "6.83"]


@pytest.mark.parametrize("row", ["IVA19% $ 4.498", "I.V.A.10% 5,15", "IVA 10% 5,15"])
def test_a_rate_glued_to_its_label(row, written_page):
    found, _ = find_taxes(read_page(written_page("TOTAL 23.672" if "$" in row else "TOTAL 56,60", row)))
    assert len(found) == 1


def test_initials_of_a_company_are_not_part_of_the_label():
    assert find_tax_id(["R.F.C. REG1404121Z3"]).number == "REG1404121Z3"
