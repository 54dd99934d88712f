"""When two receipts are one: evidence by field, and no merge of receipts that differ in anything that tells."""

from dataclasses import fields, replace
from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.likeness import Facts, alike, bits_apart, compare, merchant_key, number_key

LUNCH = Facts(
    merchant="Bar Sol, S.L.",
    tax_id="B38757910",
    issued_on=date(2026, 11, 20),
    issued_time=time(13, 5),
    document_number="A-1042",
    currency="EUR",
    total=Decimal("12.10"),
    image_sha256="a" * 64,
    perceptual_hash="ffff0000ffff0000",
)
AGAIN = replace(LUNCH, image_sha256="b" * 64, perceptual_hash="0f0f0f0f0f0f0f0f")
UNNUMBERED = replace(AGAIN, document_number=None)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "exact"),
        ({"merchant": "BAR SOL SL"}, "exact"),
        ({"merchant": "Cafetería de la Plaza"}, "exact"),  # the tax number says who it is
        ({"merchant": None}, "exact"),
        ({"tax_id": None}, "exact"),
        ({"document_number": "A 1O42"}, "exact"),
        ({"total": Decimal("12.1")}, "exact"),
        ({"issued_time": time(13, 5, 40)}, "exact"),
        ({"issued_time": None}, "exact"),
        ({"currency": None}, "exact"),
        ({"document_number": None}, "likely"),
        ({"document_number": "1042"}, "likely"),
        ({"merchant": None, "tax_id": None}, "likely"),
        ({"document_number": "A-1043"}, None),
        ({"document_number": "B-1042"}, None),
        ({"total": Decimal("12.11")}, None),
        ({"issued_on": date(2026, 11, 21)}, None),
        ({"issued_time": time(13, 6)}, None),
        ({"currency": "USD"}, None),
        ({"tax_id": "A28015865"}, None),
        ({"merchant": "Mesón Luna", "tax_id": None}, None),
        ({"total": None}, None),
        ({"issued_on": None}, None),
        ({"merchant": None, "tax_id": None, "document_number": None}, None),
    ],
    ids=str,
)
def test_what_differs_decides(changes, kind):
    assert compare(replace(AGAIN, **changes), LUNCH) == kind
    assert compare(LUNCH, replace(AGAIN, **changes)) == kind


def test_a_tax_number_that_was_misread_contradicts_nothing():
    assert compare(replace(AGAIN, tax_id="B38757911"), LUNCH) == "exact"


def test_short_document_numbers_that_are_equal_prove_nothing():
    assert compare(replace(AGAIN, document_number="12"), replace(LUNCH, document_number="12")) == "likely"
    assert compare(replace(AGAIN, document_number="12"), replace(LUNCH, document_number="13")) is None


def test_the_same_file_is_the_same_receipt_however_it_was_read():
    assert compare(Facts(image_sha256="a" * 64), LUNCH) == "exact"
    assert compare(replace(LUNCH, total=Decimal(99)), LUNCH) == "exact"


@pytest.mark.parametrize(
    ("known", "kind"),
    [
        ({"merchant": "Bar Sol", "total": Decimal("12.10")}, "likely"),
        ({"issued_on": date(2026, 11, 20), "total": Decimal("12.10")}, "likely"),
        ({"document_number": "A-1042", "issued_on": date(2026, 11, 20)}, "likely"),
        ({"merchant": "Bar Sol", "issued_on": date(2026, 11, 20)}, None),
        ({"total": Decimal("12.10")}, None),
        ({"merchant": "Bar Sol", "total": Decimal("12.20")}, None),
        ({}, None),
    ],
    ids=str,
)
def test_pictures_that_look_alike_need_fields_that_agree(known, kind):
    poorly_read = Facts(image_sha256="c" * 64, perceptual_hash="ffff0000ffff0003", **known)
    assert compare(poorly_read, LUNCH) == kind
    assert compare(replace(poorly_read, perceptual_hash="ffff0000ffff00ff"), LUNCH) is None


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Bar Ñandú, S.L.", "bar nandu"),
        ("BAR NANDU SL", "bar nandu"),
        ("Bar Ñandú S.L.U.", "bar nandu"),
        ("Ferretería Gómez, S.A.", "ferreteria gomez"),
        ("Abarrotes Lupita, S.A. de C.V.", "abarrotes lupita"),
        ("Mercado Peñalara, S. Coop.", "mercado penalara"),
        ("Asador Los Álamos, C.B.", "asador los alamos"),
        ("UNIHAKKA INTERNATIONAL SDN BHD", "unihakka international"),
        ("S.L.", "s l"),
        ("Bar Salsa", "bar salsa"),
    ],
)
def test_names_are_compared_without_accents_case_punctuation_and_legal_form(name, key):
    assert merchant_key(name) == key


def test_readings_of_one_name_are_alike_and_neighbours_are_not():
    assert alike("MERCAD0 PENALARA S COOP", "Mercado Peñalara, S. Coop.")
    assert not alike("Farmacia Núñez Ibáñez", "Farmacia Ldo. Muñoz Peña")
    assert not alike("Taberna del Muelle, S.L.", "Restaurante Casa Ramón, S.L.")


def test_a_picture_without_a_hash_looks_like_none():
    assert bits_apart(LUNCH, replace(LUNCH, perceptual_hash=None)) == 64
    assert bits_apart(LUNCH, LUNCH) == 0


def test_what_ocr_confuses_in_a_number_is_one():
    assert number_key("F-2O26/00I23") == number_key("f 2026 00123")


TEXTS = st.text(max_size=12)
ANY = st.builds(
    Facts,
    merchant=st.none() | st.sampled_from(["Bar Sol", "Bar Luna"]) | TEXTS,
    tax_id=st.none() | st.sampled_from(["B38757910", "A28015865"]) | TEXTS,
    issued_on=st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 2)),
    issued_time=st.none() | st.sampled_from([time(9, 30), time(9, 31)]),
    document_number=st.none() | st.sampled_from(["A-1042", "A-1043", "1042"]) | TEXTS,
    currency=st.none() | st.sampled_from(["EUR", "MXN"]),
    total=st.none() | st.sampled_from([Decimal("1.00"), Decimal("1.10")]),
    image_sha256=st.none() | st.sampled_from(["a", "b"]),
    perceptual_hash=st.none() | st.sampled_from(["0" * 16, "0" * 15 + "1", "f" * 16]),
)


@given(ANY, ANY)
def test_the_order_of_the_two_does_not_matter(one, other):
    assert compare(one, other) == compare(other, one)


@given(ANY, ANY, st.sampled_from(["issued_on", "issued_time", "total", "currency"]))
def test_other_files_with_another_date_time_total_or_currency_are_never_one(one, other, name):
    values = {"issued_on": (date(2026, 1, 1), date(2026, 1, 2)), "issued_time": (time(9), time(10))}
    values |= {"total": (Decimal(1), Decimal(2)), "currency": ("EUR", "USD")}
    first, second = values[name]
    one, other = replace(one, **{name: first}, image_sha256="a"), replace(other, **{name: second}, image_sha256="b")
    assert compare(one, other) is None


@given(ANY)
def test_nothing_read_is_no_duplicate_of_anything(one):
    nothing = Facts(image_sha256="never seen", perceptual_hash="0" * 16)
    assert compare(nothing, one) is None
    assert {field.name for field in fields(nothing)} == {field.name for field in fields(one)}
