"""What people read of a ticket."""

from datetime import date
from decimal import Decimal

import pytest

from kit import i18n
from tickets import answer, texts

REASONS = [
    {"code": "date_old", "severity": "review", "field": "issued_on", "evidence": "…"},
    {"code": "tax_id_unchecked", "severity": "info", "field": "tax_id", "evidence": "…"},
    {"code": "not_a_receipt", "severity": "reject", "field": None, "evidence": "…"},
    {"code": "of_a_later_release", "severity": "review", "field": None, "evidence": "{0} {code} %s"},
]


def test_the_summary_says_merchant_date_and_total_as_people_write_them(row):
    assert texts.summary(row()) == "Bar Sol, S.L. · 20/11/2026 · 12,10\xa0€"


def test_what_was_not_read_says_so(nothing_read):
    assert texts.summary(nothing_read) == "sin leer · sin leer · sin leer"


def test_a_total_whose_currency_was_not_read_is_shown_without_one(row):
    assert texts.total(row(currency=None, total=Decimal("1234.50"))) == "1.234,50"


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "1.500\xa0JPY"), ("MXN", "1.500,00\xa0MXN")])
def test_a_total_has_the_decimals_of_its_currency(row, currency, shown):
    assert texts.total(row(currency=currency, total=Decimal(1500))) == shown


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, "Ana López"),
        ({"sender_name": None}, "34600111222"),
        ({"sender_name": None, "sender_phone": None}, "ES.1"),
    ],
)
def test_the_sender_has_the_best_name_that_is_known(row, changes, shown):
    assert texts.sender(row(**changes)) == shown


def test_reasons_are_sentences_the_gravest_first_and_hints_are_left_out(row):
    assert texts.reasons(row(reasons=REASONS)) == [
        i18n.t("reason.not_a_receipt"),
        i18n.t("reason.date_old"),
        "Hay algo que no cuadra (of_a_later_release).",
    ]


def test_a_row_of_the_sheet_keeps_numbers_exact_and_dates_sortable(row):
    values = texts.sheet_values(row(total=Decimal("0.10"), reasons=REASONS))
    assert list(values) == texts.sheet_titles()
    assert values["Total"] == Decimal("0.10")
    assert isinstance(values["Total"], Decimal)
    assert isinstance(values["Impuestos"], Decimal)
    assert values["Fecha"] == "2026-11-20"
    assert values["Recibido (UTC)"] == "2026-11-20 13:06:05"
    assert values["Motivos"] == " ".join(texts.reasons(row(reasons=REASONS)))
    assert (values["Estado"], values["Forma de pago"], values["Lectura"]) == ("Aceptado", "Tarjeta", "OCR local")


def test_a_row_of_the_sheet_without_fields_has_empty_cells(nothing_read):
    values = texts.sheet_values(nothing_read | {"provider": None})
    empty = ("Fecha", "Comercio", "NIF", "N.º documento", "Total", "Moneda", "Impuestos", "Forma de pago", "Nota")
    assert [values[title] for title in (*empty, "Lectura")] == [None] * 10
    assert values["Enviado por"] == "ES.1"


def test_the_sheet_s_titles_are_all_different():
    assert len(set(texts.sheet_titles())) == len(texts.SHEET_COLUMNS)


@pytest.mark.parametrize("verdict", ["accept", "review", "reject"])
def test_an_answer_of_each_verdict_names_the_ticket(row, verdict):
    said = answer.compose(row(verdict=verdict, reasons=REASONS))
    assert "T-7QK2M4X9AB" in said
    assert ("12,10" in said) == (verdict != "reject")
    assert (i18n.t("reason.not_a_receipt") in said) == (verdict != "accept")


def test_braces_in_what_was_read_stay_as_they_are(row):
    hostile = "{ticket_id} {0.__class__} %(total)s ${x}"
    assert hostile in answer.compose(row(merchant=hostile))


def test_a_date_far_away_can_be_shown(row):
    assert "1900" in texts.issued_on(row(issued_on=date(1900, 1, 1)))
