"""The document: what was read from the picture stays text, in Markdown and in the PDF."""

import re

import pytest
import typst
from hostile_texts import EVERYTHING, MARKDOWN, TYPST
from pdftext import text as pdf_text
from PIL import Image

from kit import files, i18n
from kit.errors import TerminalError
from tickets import document

# What acts in CommonMark or GitHub's Markdown when no backslash stands before it.
ACTIVE = re.compile(r"(?<!\\)(?:\\\\)*[`*_\[\]<>~&@$#^!]|(?<!\\)(?:\\\\)*(?:://|www\.)")
ELEMENTS = ("math.equation", "link", "strong", "emph", "ref", "raw", "heading", "cite", "footnote", "enum", "terms")


def cells(line):
    """The cells of a table's row, as a Markdown reader shows them."""
    parts = re.split(r"(?<!\\)(?:\\\\)*\|", line)
    return [re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", part).strip() for part in parts[1:-1]]


def one_line(text):
    return " ".join(text.split())


def hostile(row, text):
    """A ticket with the text in every field that people or pictures fill."""
    line = {"description": text, "quantity": "1", "unit_price": "1.00", "amount": "1.00"}
    receipt = {"merchant": text, "tax_id": text, "document_number": text, "lines": [line]}
    return row(receipt, merchant=text, tax_id=text, document_number=text, caption=text, sender_name=text)


def test_the_markdown_has_every_field_line_and_tax(row):
    shown = [cells(line) for line in document.markdown(row()).splitlines() if line.startswith("|")]
    assert ["Comercio", "Bar Sol, S.L."] in shown
    assert ["Fecha", "20/11/2026"] in shown
    assert ["Hora", "13:05"] in shown
    assert ["Forma de pago", "Tarjeta"] in shown
    assert ["Total", "12,10 €"] in shown
    assert ["Menú del día", "1", "12,10 €", "12,10 €"] in shown
    assert ["21 %", "10,00 €", "2,10 €"] in shown


@pytest.mark.parametrize("text", EVERYTHING)
def test_nothing_that_was_read_acts_as_markdown(text, row):
    lines = document.markdown(hostile(row, text)).splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert [line for line in table if ACTIVE.search(line)] == []
    for name in ("Comercio", "NIF", "N.º documento", "Nota", "Enviado por"):
        assert [name, one_line(text)] in [cells(line) for line in table]
    assert one_line(text) in [cells(line)[0] for line in table if len(cells(line)) == 4]


@pytest.mark.parametrize("text", MARKDOWN)
def test_nothing_that_was_read_adds_lines_to_the_markdown(text, row):
    assert len(document.markdown(hostile(row, text)).splitlines()) == len(
        document.markdown(hostile(row, "plain")).splitlines()
    )


def test_an_amount_without_a_currency_gets_none(row):
    assert "€" not in document.markdown(row({"currency": None}, currency=None))


@pytest.mark.parametrize("text", EVERYTHING)
def test_what_was_read_stays_literal_in_the_pdf(text, row):
    shown = pdf_text(document.pdf(hostile(row, text), None))
    assert shown.count("".join(text.split())) >= 6


def test_typst_makes_no_element_of_what_was_read(row):
    shown = document.view(hostile(row, " ".join(TYPST)))
    inputs = {"data": shown.model_copy(update={"picture_mm": 0}).model_dump_json(), "picture": ""}
    template = str(files.namespace_file("templates/ticket.typ"))
    made = {name: typst.query(template, name, root="/", sys_inputs=inputs) for name in ELEMENTS}
    assert made == dict.fromkeys(ELEMENTS, "[]")
    assert typst.query(template, "table", root="/", sys_inputs=inputs) != "[]", "a query finds what is there"


def test_a_long_receipt_is_set_on_several_pages(row):
    line = {"description": "x" * 500, "quantity": "1", "unit_price": "1.00", "amount": "1.00"}
    made = document.pdf(row({"lines": [line] * 120}), None)
    assert len(re.findall(rb"/Type\s*/Page\b", made)) > 1


@pytest.mark.parametrize("size", [(600, 800), (80, 4000), (4000, 80), (1, 1)])
def test_the_picture_is_in_the_pdf_on_one_page_whatever_its_shape(size, row, tmp_path):
    path = tmp_path / "image.jpg"
    Image.new("RGB", size, "grey").save(path, "JPEG")
    made = document.pdf(row(), path)
    assert b"/DCTDecode" in made
    assert len(re.findall(rb"/Type\s*/Page\b", made)) == 1


def test_without_a_picture_the_pdf_says_nothing_of_one(row, tmp_path):
    path = tmp_path / "image.jpg"
    Image.new("RGB", (60, 80), "grey").save(path, "JPEG")
    title = "".join(i18n.t("document.picture").upper().split())
    assert title in pdf_text(document.pdf(row(), path))
    assert title not in pdf_text(document.pdf(row(), None))


@pytest.mark.parametrize("content", [b"no picture", b"\xff\xd8\xff\xe0 cut"])
def test_a_picture_that_cannot_be_set_is_an_error_of_ours(content, row, tmp_path):
    path = tmp_path / "image.jpg"
    path.write_bytes(content)
    with pytest.raises(TerminalError) as raised:
        document.pdf(row(), path)
    assert raised.value.code == "document_failed"
    assert raised.value.next_action


def test_a_ticket_on_which_nothing_was_read_has_a_document(nothing_read):
    assert document.pdf(nothing_read, None).startswith(b"%PDF-")
    assert "sin leer" in document.markdown(nothing_read)


def test_the_reasons_are_in_both(row):
    ticket = row(verdict="review", reasons=[{"code": "date_old", "severity": "review"}])
    said = i18n.t("reason.date_old")
    assert said.replace(".", r"\.") in document.markdown(ticket)
    assert "".join(said.split()) in pdf_text(document.pdf(ticket, None))
    assert i18n.t("document.no_reasons").replace(".", r"\.") in document.markdown(row())


PLACES = {"merchant": [60, 20, 540, 60], "total": [400, 700, 560, 740], "tax_id": [60, 80, 300, 110]}


def with_places(row, rotation=0):
    evidence = {name: {"text": name, "box": box} for name, box in PLACES.items()}
    return row(evidence=evidence | {"issued_on": {"text": "?", "box": None}}, rotation=rotation)


def images(pdf):
    found = re.findall(rb"/Subtype\s*/Image\b.{0,80}?/Width (\d+)\s*/Height (\d+)", pdf, re.DOTALL)
    return [(int(width), int(height)) for width, height in found]


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "image.jpg"
    Image.effect_noise((600, 800), 30).convert("RGB").save(path, "JPEG", quality=80)
    return path


def test_the_piece_of_the_picture_stands_beside_each_value(row, photo):
    made = document.pdf(with_places(row), photo)
    assert len(images(made)) == 1 + len(PLACES)
    assert (600, 800) in images(made)
    assert max(width for width, _ in images(made) if width != 600) <= document.PIECE_PIXELS
    assert len(images(document.pdf(row(), photo))) == 1
    assert len(re.findall(rb"/Type\s*/Page\b", made)) == 1


def test_the_pieces_keep_the_document_small(row, photo):
    plain, with_pieces = document.pdf(row(), photo), document.pdf(with_places(row), photo)
    assert len(with_pieces) < len(plain) + 30_000 * len(PLACES)


def test_a_picture_that_lies_on_its_side_is_set_upright(row, photo):
    assert (800, 600) in images(document.pdf(with_places(row, rotation=90), photo))


def test_a_place_outside_of_the_picture_hinders_no_document(row, photo):
    ticket = row(evidence={"total": {"text": "x", "box": [5000, 5000, 6000, 6000]}, "merchant": {"text": "x"}})
    assert len(images(document.pdf(ticket, photo))) == 1


def test_a_document_without_its_picture_has_no_pieces(row):
    assert images(document.pdf(with_places(row), None)) == []
