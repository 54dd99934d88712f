"""What is painted over before a picture leaves for a model service, and what never is."""

import io

import pytest
from PIL import Image

from tickets.extraction import masking
from tickets.extraction.page import Box, page_of

HIDDEN = [
    ("VISA 4548 8120 4940 0004", "4548 8120 4940 0004"),
    ("VISA 4548812049400004", "4548812049400004"),
    ("Tarjeta 4548-8120-4940-0004 AUT", "4548-8120-4940-0004"),
    ("TARJETA **** **** **** 4821", "**** **** **** 4821"),
    ("AMEX 3782 822463 10005", "3782 822463 10005"),
    ("4548 812O 494O 0OO4", "4548 812O 494O 0OO4"),
    ("IBAN ES91 2100 0418 4502 0005 1332", "ES91 2100 0418 4502 0005 1332"),
    ("IBAN: ES9121000418450200051332", "ES9121000418450200051332"),
    ("DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00"),
    ("Tel. 912 345 678", "912 345 678"),
    ("TLF:912345678", "912345678"),
    ("Móvil 600 11 22 33", "600 11 22 33"),
    ("612.345.678", "612.345.678"),
    ("612.34.56.78", "612.34.56.78"),
    ("+34 612 345 678", "+34 612 345 678"),
    ("Phone: (555) 123-4567", "(555) 123-4567"),
    ("ana.lopez@example.com", "ana.lopez@example.com"),
    ("mail: ana @ example . com", "ana @ example . com"),
    ("a1.22@example.es", "a1.22@example.es"),
]
KEPT = [
    "TOTAL 1.234,56 EUR",
    "TOTAL 123456789,50",
    "12/10/2026 13:05",
    "2026-10-12 13:05:59",
    "0001 12-10-2026 13:05",
    "12.10.2026",
    "NIF B38757910",
    "Mesa: 12   Fecha: 12-10-2026",
    "FACTURA SIMPLIFICADA: A7-004821",
    "CASI MERE PANT ALON",
    "3 x 1,50   4,50",
]


@pytest.mark.parametrize(("text", "hidden"), HIDDEN)
def test_personal_data_are_found(text, hidden):
    assert [text[slice(*span)] for span in masking.personal(text)] == [hidden]


@pytest.mark.parametrize("text", KEPT)
def test_totals_dates_and_numbers_of_documents_stay(text):
    assert masking.personal(text) == []


@pytest.mark.parametrize("number", ["1790011674001", "612345678", "20-12345678-9", "12345678000195"])
def test_the_sellers_tax_number_stays_whatever_it_looks_like(number):
    assert masking.personal(f"RUC {number}", tax_id=number.replace("-", "")) == []


def test_a_date_after_a_phone_number_stays():
    text = "Tel. 912 345 678 12/10/2026"
    assert [text[slice(*span)] for span in masking.personal(text)] == ["912 345 678"]


def test_a_number_in_several_boxes_is_painted_in_each_and_nothing_else():
    texts = ("VISA", "4548", "8120", "4940", "0004", "12,50")
    jpeg, page = _white(texts)
    picture, places = masking.masked(jpeg, page)
    assert places == 4
    pixels = Image.open(io.BytesIO(picture)).convert("L")
    dark = [pixels.getpixel((20 + 100 * n + 30, 30)) < 60 for n in range(len(texts))]
    assert dark == [False, True, True, True, True, False]


def test_a_picture_without_personal_data_leaves_as_it_is():
    jpeg, page = _white(("TOTAL", "12,50"))
    assert masking.masked(jpeg, page) == (jpeg, 0)


def _white(texts):
    boxes = [
        Box(
            text, 0.99, ((20.0 + 100 * n, 20.0), (80.0 + 100 * n, 20.0), (80.0 + 100 * n, 40.0), (20.0 + 100 * n, 40.0))
        )
        for n, text in enumerate(texts)
    ]
    data = io.BytesIO()
    Image.new("RGB", (700, 60), "white").save(data, "JPEG", quality=95)
    return data.getvalue(), page_of(boxes, width=700, height=60)
