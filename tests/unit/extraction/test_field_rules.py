"""Merchant, tax number, date, currency, payment, document number and lines, one rule at a time."""

from datetime import date, time
from decimal import Decimal

import pytest

from tickets.extraction.rules.dates import find_date, find_time
from tickets.extraction.rules.document import find_document
from tickets.extraction.rules.lines import find_lines
from tickets.extraction.rules.locale import find_locale
from tickets.extraction.rules.merchant import clean, find_merchant
from tickets.extraction.rules.numbers import amounts
from tickets.extraction.rules.payment import find_payment
from tickets.extraction.rules.reading import read_page
from tickets.extraction.rules.taxid import find_tax_id


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("TOTAL 1.234,56", ["1234.56"]),
        ("TOTAL 1,234.56", ["1234.56"]),
        ("TOTAL 1 234,56", ["1234.56"]),
        ("RM8.20", ["8.20"]),
        ("5.00SR", ["5.00"]),
        ("TOTAL 8,2O", ["8.20"]),
        ("CHANGE RM .10", ["0.10"]),
        ("Rounding -0.02", ["-0.02"]),
        ("DTO 3,00-", ["-3.00"]),
        ("2 x 11.50 23.00", ["11.50", "23.00"]),
        ("IVA 21,00% 2,17", ["2.17"]),
        ("12.10.2026 14:30", []),
        ("Tel. 91.555.12.34", []),
        ("39.545 litros", []),
    ],
)
def test_amounts_of_a_row(text, values):
    assert [str(amount.value) for amount in amounts(text)] == values


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Fecha: 21/11/2026", date(2026, 11, 21)),
        ("21-11-26 18:02", date(2026, 11, 21)),
        ("21.11.2026", date(2026, 11, 21)),
        ("2026-11-21T10:00", date(2026, 11, 21)),
        ("20261121/101500", date(2026, 11, 21)),
        ("3 de enero de 2026", date(2026, 1, 3)),
        ("21 nov. 2026", date(2026, 11, 21)),
        ("15/Apr/2026 04:56:46", date(2026, 4, 15)),
        ("14May/2026 02:56", date(2026, 5, 14)),
        ("Nov 21, 2026", date(2026, 11, 21)),
        ("03/05/202620:24", date(2026, 5, 3)),
        ("06/04/1711:43am", date(2017, 4, 6)),
        ("ORD #18 -REG #19- 21/03/2018 19:53", date(2018, 3, 21)),
        ("31/02/2026", None),
        ("01/01/2031", None),
        ("Tel 91 555 12 34", None),
    ],
)
def test_date_of_a_row(row, expected, today):
    found = find_date([row], today, month_first=False)
    assert (found.value if found else None) == expected


def test_month_comes_first_in_the_united_states_unless_a_day_says_otherwise(today):
    assert find_date(["03/04/2026"], today, month_first=True).value == date(2026, 3, 4)
    assert find_date(["03/04/2026"], today, month_first=False).value == date(2026, 4, 3)
    assert find_date(["25/04/2026"], today, month_first=True).value == date(2026, 4, 25)


def test_the_date_of_issue_is_not_the_one_until_which_goods_are_taken_back(today):
    rows = ["Fecha 01/10/2026 12:00", "Cambios hasta 31/10/2026", "Caducidad 15/10/2026"]
    assert find_date(rows, today, month_first=False).value == date(2026, 10, 1)


@pytest.mark.parametrize(
    ("row", "expected"),
    [("18:02", time(18, 2)), ("07:10:35 PM", time(19, 10, 35)), ("12:05 AM", time(0, 5)), ("11:43am", time(11, 43))],
)
def test_time_of_a_row(row, expected):
    assert find_time([row], 0) == expected


@pytest.mark.parametrize(
    ("head", "merchant"),
    [
        (("TIENDA GARCÍA, S.L.", "C/ Sol, 1", "28013 Madrid"), "TIENDA GARCÍA, S.L."),
        (("99 SPEED MART S/B 519537-X)", "TAMAN BERKELEY"), "99 SPEED MART S/B"),
        (("SAM SAM TRADING CO", "(742016-W)"), "SAM SAM TRADING CO"),
        (("HOME MASTER HARDWARE &", "ELECTRICAL", "NO.113G, JALAN SETIA"), "HOME MASTER HARDWARE & ELECTRICAL"),
        (("PANADERÍA LA ESPIGA", "S.L.", "NIF B12345678"), "PANADERÍA LA ESPIGA S.L."),
        (("TAX INVOICE", "Eco-Shop Marketing Sdn Bhd"), "Eco-Shop Marketing Sdn Bhd"),
        (("31803017", "AEON CO. (M) BHD (126926-H)"), "AEON CO. (M) BHD"),
        (("THREE STOOGES", "BISTRO & CAFE"), "THREE STOOGES"),
        (("FACTURA SIMPLIFICADA", "NIF: B12345678", "Tel. 912 345 678"), None),
    ],
)
def test_merchant_in_the_head(head, merchant, written_page):
    found = find_merchant(read_page(written_page(*head, "PAN 1,20", "TOTAL 1,20")))
    assert (found.name if found else None) == merchant


def test_registry_numbers_are_cut_off_names():
    assert clean("* Broadview Marketing Sdn Bhd (728384-M) *") == "Broadview Marketing Sdn Bhd"


@pytest.mark.parametrize(
    ("row", "number", "country"),
    [
        ("NIF: B38757910", "B38757910", "ES"),
        ("C.I.F. B-38757910", "B38757910", "ES"),
        ("DNI 12345678Z", "12345678Z", "ES"),
        ("Mercado B38757910 Valencia", "B38757910", "ES"),
        ("RFC: BJR0305011YA", "BJR0305011YA", "MX"),
        ("CUIT 30-71659554-0", "30716595540", "AR"),
        ("RUT 76.086.428-5", "760864285", "CL"),
        ("NIT 900.373.115-3", "9003731153", "CO"),
        ("RUC 20512333797", "20512333797", "PE"),
        ("NIF: B38757910Tel. 916 430 000", "B38757910", "ES"),
        ("CIF: 838757910", "B38757910", "ES"),
        ("CIF: 838757911", "838757911", None),
        ("GST ID: 001006288896", "001006288896", None),
        ("NIF B38757911", "B38757911", None),
    ],
)
def test_tax_number_of_a_row(row, number, country):
    found = find_tax_id([row])
    assert found.number == number
    assert found.country == country


def test_a_valid_tax_number_goes_before_one_that_stands_earlier():
    assert find_tax_id(["NIF B38757911", "CIF B38757910"]).number == "B38757910"


@pytest.mark.parametrize(
    ("rows", "currency"),
    [
        (["TOTAL 12,50 €"], "EUR"),
        (["TOTAL RM 8.20"], "MYR"),
        (["Total S/ 45.90", "IGV"], "PEN"),
        (["RFC BJR0305011YA", "TOTAL $ 227.54"], "MXN"),
        (["CUIT 30-71659554-0", "TOTAL $ 1.500,00"], "ARS"),
        (["BOLETA ELECTRONICA", "TOTAL $ 12.990"], "CLP"),
        (["Total Facture 56.00 DH"], "MAD"),
        (["TOTAL 5,00"], "EUR"),
    ],
)
def test_currency_from_what_is_printed(rows, currency):
    assert find_locale(rows, tax_country=None, default_country="ES").currency == currency


def test_an_assumed_currency_scores_low():
    assert find_locale(["TOTAL 5,00"], tax_country=None, default_country="ES").currency_score < 0.45


@pytest.mark.parametrize(
    ("row", "method"),
    [
        ("TARJETA VISA ****4821 12,50", "card"),
        ("EFECTIVO 20,00", "cash"),
        ("BIZUM 12,50", "mobile"),
        ("TRANSFERENCIA 12,50", "transfer"),
        ("STRICTLY NO CASH REFUND", None),
        ("CASHIER: ANA", None),
    ],
)
def test_payment_method(row, method, written_page):
    found = find_payment(read_page(written_page(row)))
    assert (found[0] if found else None) == method


@pytest.mark.parametrize(
    ("row", "number"),
    [
        ("FACTURA SIMPLIFICADA: B3-055704", "B3-055704"),
        ("Ticket Nº A3-084590   Camarero: Lucía", "A3-084590"),
        ("Nº FACTURA: B8-067814", "B8-067814"),
        ("FOLIO: F2-004411   CAJERO: 02", "F2-004411"),
        ("Invoice No.: 1085405 Cashier: Thandar", "1085405"),
        ("INVOICE NO : 18287/102/T0049", "18287/102/T0049"),
        ("Gracias por su visita", None),
    ],
)
def test_document_number(row, number):
    found = find_document([row])
    assert (found.number if found else None) == number


def test_lines_in_the_three_usual_forms(written_page):
    items = ("2 CAFE SOLO 1,50 3,00", "TOSTADA", "1 x 2,40 2,40", "ZUMO RM5.00", "02 X RM 2.50", "1 TORNILLO 4X40 3,20")
    lines = find_lines(read_page(written_page("Tienda Sol, S.L.", *items, "TOTAL 13,60")))
    assert [(line.description, line.quantity, line.unit_price, line.amount) for line in lines] == [
        ("CAFE SOLO", Decimal(2), Decimal("1.50"), Decimal("3.00")),
        ("TOSTADA", Decimal(1), Decimal("2.40"), Decimal("2.40")),
        ("ZUMO", Decimal(2), Decimal("2.50"), Decimal("5.00")),
        ("TORNILLO 4X40", Decimal(1), None, Decimal("3.20")),
    ]
