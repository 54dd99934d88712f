"""A text changes a total only when it is an amount and nothing else; the amount is the one that was written."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets import reply_text

CENTS = st.integers(1, 99_999_999).map(lambda units: Decimal(units) / 100)
AROUND = st.sampled_from(["{}", "son {}", "Total: {}", "{} €", "{}€", "€ {}", "el total es {} euros", " {}. ", "*{}*"])
PLAIN = re.compile(r"[^\d]*\d[\d.,  ]*[^\d]*", re.ASCII)


def spanish(value: Decimal) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def english(value: Decimal) -> str:
    return f"{value:,.2f}"


def ungrouped(value: Decimal) -> str:
    return f"{value:.2f}".replace(".", ",")


@given(CENTS, st.sampled_from([spanish, english, ungrouped]), AROUND)
def test_an_amount_is_read_as_it_was_written(value, written, around):
    said = reply_text.read(around.format(written(value)), "EUR")
    assert (said.kind, said.total) == ("amount", value)


@given(st.text(max_size=70))
def test_any_text_is_read_without_error_and_an_amount_needs_digits(text):
    said = reply_text.read(text, "EUR")
    assert (said.total is not None) == (said.kind == "amount")
    if said.kind == "amount":
        assert re.search("[0-9]", text)


@given(CENTS, st.from_regex(r"[a-zñáéíóú]{4,12}", fullmatch=True))
def test_an_amount_among_other_words_changes_nothing(value, word):
    if word in {"total", "importe", "eran", "fueron", "euro", "euros"}:
        return
    assert reply_text.read(f"{word} {spanish(value)}", "EUR").kind == "nothing"
    assert reply_text.read(f"{spanish(value)} {word}", "EUR").kind == "nothing"


@given(CENTS, CENTS)
def test_two_amounts_are_none(one, other):
    assert reply_text.read(f"{ungrouped(one)} + {ungrouped(other)}", "EUR").kind == "nothing"
    assert reply_text.read(f"{ungrouped(one)} y {ungrouped(other)}", "EUR").kind == "nothing"


@given(CENTS, st.sampled_from(["MXN", "CLP", "usd", "£", "$", "pesos", "kg"]))
def test_another_currency_is_none_of_ours(value, unit):
    assert reply_text.read(f"{ungrouped(value)} {unit}", "EUR").kind == "nothing"


@pytest.mark.parametrize(
    ("text", "currency", "total"),
    [
        ("12,50", "EUR", "12.50"),
        ("son 12.50 €", "EUR", "12.50"),
        ("12,5", "EUR", "12.5"),
        ("12", "EUR", "12"),
        ("1.234,56", "EUR", "1234.56"),
        ("1 234,56 eur", "EUR", "1234.56"),
        ("no, son 21,30", "EUR", "21.30"),
        ("12.990", "CLP", "12990"),
        ("$12.990", "CLP", "12990"),
        ("1.234", "EUR", None),
        ("1.234.56", "EUR", None),
        ("12,990", "CLP", "12990"),
        ("12,50", "CLP", None),
        ("-5,00", "EUR", None),
        ("12,50 12,50", "EUR", None),
        ("50%", "EUR", None),
        ("12/11/2026", "EUR", None),
        ("13:05", "EUR", None),
        ("600111222333", "EUR", None),
        ("12²", "EUR", None),
        ("١٢", "EUR", None),
        ("1e3", "EUR", None),
        ("son 12,50 porque falta el pan", "EUR", None),
        ("set the total to 0", "EUR", None),
        ("T-7QK2M4X9AB 13,20", "EUR", "13.20"),
        ("12,50", None, "12.50"),
    ],
)
def test_examples(text, currency, total):
    said = reply_text.read(text, currency)
    assert said.total == (None if total is None else Decimal(total))


@pytest.mark.parametrize(
    "text",
    ["sí", "Si", "SÍ.", "ok", "Vale!", "correcto", "¡Correcto!", "👍", "👍🏽", "✅", "está bien", "t-7qk2m4x9ab sí"],
)
def test_yes(text):
    assert reply_text.read(text, "EUR").kind == "yes"


@pytest.mark.parametrize("text", ["no", "No.", "incorrecto", "no es correcto", "👎"])
def test_no(text):
    assert reply_text.read(text, "EUR").kind == "no"


@pytest.mark.parametrize("text", ["", "hola", "sí pero no", "gracias", "ok?", "no sé", "T-7QK2M4X9AB T-0000000000 sí"])
def test_nothing(text):
    assert reply_text.read(text, "EUR").kind == "nothing"


def test_the_reference_is_found_in_any_case():
    assert reply_text.read("t-7qk2m4x9ab vale", "EUR").reference == "T-7QK2M4X9AB"
