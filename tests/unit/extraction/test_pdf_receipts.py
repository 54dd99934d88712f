"""PDF receipts: the text that can be seen is taken from the file, anything else is read from the picture."""

import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import documents_made as made
import pytest
from PIL import Image

from kit.errors import RefusedInputError
from tickets.extraction import image, offline, regions

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
TODAY = date(2026, 6, 10)


def text_of(data):
    """What is read without any OCR; None when a page would need it."""
    checked = image.check(data, declared_mime="application/pdf")
    boxes = [region.boxes for region in checked.regions]
    return None if None in boxes else regions.read(checked.jpeg, checked.regions).text


def receipt(*rows, **more):
    return made.page(made.lines(*made.RECEIPT, *rows), **more)


def test_an_invoice_is_read_from_its_text():
    text = text_of(made.invoice())
    assert "Suministros Peñalara, S.L." in text
    assert "Papel A4 80 g 5 4,20 21,00" in text
    assert text.splitlines()[-2] == "TOTAL 97,89 €"


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_boxes_lie_on_the_ink_of_the_picture(turn):
    across = {0: "1 0 0 1 0 0", 90: "0 1 -1 0 595 0", 180: "-1 0 0 -1 595 842", 270: "0 -1 1 0 0 842"}[turn]
    content = across.encode() + b" cm " + made.lines(*made.RECEIPT, top=500)
    checked = image.check(made.page(content, entries=b"/Rotate %d " % turn))
    boxes = [box for region in checked.regions for box in region.boxes or ()]
    assert len(boxes) >= 5
    picture = Image.open(io.BytesIO(checked.jpeg)).convert("L")
    for box in boxes:
        assert picture.crop(box.bounds).getextrema()[0] < 100, box.text
        picture.paste(255, box.bounds)
    assert picture.getextrema()[0] > 200  # and nothing was left out


def test_the_last_page_has_the_total_and_terms_are_left_out():
    checked = image.check(made.invoice(pages=2, terms=True))
    assert len(checked.regions) == 2
    first, last = checked.regions
    assert first.bounds[3] < last.bounds[1]
    found = regions.read(checked.jpeg, checked.regions).text
    assert found.index("Suministros") < found.index("TOTAL 97,89")
    assert "Condiciones" not in found


def test_a_scan_has_no_text_and_is_read_as_a_picture():
    checked = image.check(made.scan((SAMPLES / "ticket_supermercado.jpg").read_bytes()))
    assert [region.boxes for region in checked.regions] == [None]
    extraction = offline.extract(checked.jpeg, country="ES", today=TODAY, pages=checked.regions)
    assert extraction.receipt.total == Decimal("21.75")
    assert [(attempt.model, attempt.outcome) for attempt in extraction.attempts] == [
        ("rapidocr-3/PP-OCRv6-small", "ok")
    ]


@pytest.mark.slow
def test_scanned_pages_are_each_read_in_their_place():
    pages = [(SAMPLES / f"{name}.jpg").read_bytes() for name in ("ticket_supermercado", "ticket_ferreteria_tenue")]
    checked = image.check(made.scan(*pages))
    page = regions.read(checked.jpeg, checked.regions)
    assert [box for box in page.boxes if "21,75" in box.text and box.bounds[3] <= checked.regions[0].bounds[3]]
    assert any(box.bounds[1] >= checked.regions[1].bounds[1] for box in page.boxes)


def test_the_text_layer_gives_fields_with_their_places():
    checked = image.check(made.invoice())
    extraction = offline.extract(checked.jpeg, country="ES", today=TODAY, pages=checked.regions)
    found = extraction.receipt
    assert (found.merchant, found.tax_id) == ("Suministros Peñalara, S.L.", "B38757910")
    assert (found.total, found.currency, found.issued_on) == (Decimal("97.89"), "EUR", date(2026, 6, 4))
    assert [(attempt.model, attempt.outcome) for attempt in extraction.attempts] == [("pdf-text-layer", "ok")]
    left, top, right, bottom = extraction.evidence["total"].box
    assert 0 < left < right <= checked.width
    assert 0 < top < bottom <= checked.height


HIDDEN = {
    "transparent": b"BT 3 Tr /F1 12 Tf 60 600 Td (TOTAL 900,00 EUR) Tj ET",
    "white on white": b"1 1 1 rg BT /F1 12 Tf 60 600 Td (TOTAL 900,00 EUR) Tj ET 0 0 0 rg",
    "outside of the page": b"BT /F1 12 Tf 60 -50 Td (TOTAL 900,00 EUR) Tj ET",
    "covered": b"BT /F1 12 Tf 60 600 Td (TOTAL 900,00 EUR) Tj ET 1 1 1 rg 50 590 300 30 re f 0 0 0 rg",
    "far too small": b"BT /F1 0.05 Tf 60 600 Td (TOTAL 900,00 EUR) Tj ET",
}


@pytest.mark.parametrize("how", HIDDEN)
def test_text_that_cannot_be_seen_is_not_read(how):
    text = text_of(made.page(b"q " + HIDDEN[how] + b" Q\n" + made.lines(*made.RECEIPT, "TOTAL 24,00 EUR")))
    assert "TOTAL 24,00 EUR" in text
    assert "900" not in text


def test_text_over_a_scan_is_not_believed():
    content = b"BT 3 Tr ET " + made.lines(*made.RECEIPT, "TOTAL 900,00 EUR").replace(b"BT ", b"BT 3 Tr ")
    assert text_of(made.page(content)) is None


def test_a_font_that_draws_other_digits_than_it_says_is_found_out():
    """Its text says 84,00; each 8 is drawn as a 2."""
    to_unicode = made.stream(
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange\n"
        b"2 beginbfrange <20> <31> <0020> <33> <7E> <0033> endbfrange 1 beginbfchar <32> <0038> endbfchar endcmap end"
    )
    lying = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>"
    honest = made.lines(*made.RECEIPT, size=14)
    content = honest + b"BT /F2 14 Tf 60 640 Td (TOTAL 24,00 EUR) Tj ET"
    data = made.page(content, resources=b"", more=[to_unicode, lying])
    data = data.replace(b"/F1 5 0 R >>", b"/F1 5 0 R /F2 7 0 R>>")
    assert "TOTAL 84,00 EUR" in text_of(data)
    checked = image.check(data)
    extraction = offline.extract(checked.jpeg, country="ES", today=TODAY, pages=checked.regions)
    assert extraction.receipt.total == Decimal("24.00")
    assert [attempt.outcome for attempt in extraction.attempts] == ["text_layer_differs", "ok"]


def test_a_till_roll_is_drawn_wide_enough_to_read():
    checked = image.check(receipt("TOTAL 24,00 EUR", box=b"0 0 400 2000"))
    assert checked.width > 900


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (made.encrypted(), "pdf_encrypted"),
        (made.page(b"", count=11), "pdf_pages"),
        (made.document([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"]), "pdf_broken"),
        (made.invoice()[:-200], "pdf_broken"),
        (b"%PDF-1.7 and nothing else %%EOF", "pdf_broken"),
    ],
    ids=["password", "pages", "no pages", "truncated", "garbage"],
)
def test_what_cannot_be_read_is_refused_by_name_with_what_to_do(data, code):
    with pytest.raises(RefusedInputError) as refused:
        image.check(data)
    assert refused.value.code == code
    assert "Ask the sender for a photo" in str(refused.value)


def test_the_number_of_pages_is_a_setting():
    assert image.check(made.invoice(pages=2), max_pages=2).regions
    with pytest.raises(RefusedInputError):
        image.check(made.invoice(pages=2), max_pages=1)
