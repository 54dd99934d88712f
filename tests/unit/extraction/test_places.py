"""A field's box points at its place on the picture as people see it, however the page was turned to be read."""

import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from tickets.extraction import grounding, offline, places
from tickets.extraction.model import Receipt
from tickets.extraction.page import Page

SAMPLE = Path(__file__).resolve().parents[3] / "samples" / "ticket_supermercado.jpg"
WIDTH, HEIGHT = 60, 90
BLACK = (7, 20, 31, 26)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_box_found_on_the_upright_page_covers_the_same_pixels_of_the_stored_picture(turn):
    upright = Image.new("L", (WIDTH, HEIGHT), 255)
    upright.paste(0, BLACK)
    stored = upright.rotate(-turn, expand=True)
    page = Page(rows=(), width=WIDTH, height=HEIGHT, rotation=turn)
    box = places.turned_back(BLACK, page)
    assert stored.crop(box).getextrema() == (0, 0)
    stored.paste(255, box)
    assert stored.getextrema() == (255, 255)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_box_beyond_the_edge_is_cut_at_it(turn):
    page = Page(rows=(), width=WIDTH, height=HEIGHT, rotation=turn)
    width, height = (WIDTH, HEIGHT) if turn in {0, 180} else (HEIGHT, WIDTH)
    assert places.turned_back((-5, -9, WIDTH + 4, HEIGHT + 1), page) == (0, 0, width, height)


def test_a_models_values_are_found_where_they_are_printed(written_page):
    page = written_page(
        "Bar La Esquina", "NIF B-38757910", "12/10/26 13:05", "Menu 12,50", "TOTAL 12,50", "Tarjeta 12,50"
    )
    receipt = Receipt(
        merchant="BAR LA ESQUINA",
        tax_id="B38757910",
        issued_on=date(2026, 10, 12),
        total=Decimal("12.50"),
        tip=Decimal("3.00"),
        document_number="A1",
    )
    found = grounding.located(receipt, page)
    assert {name: evidence.text for name, evidence in found.items()} == {
        "merchant": "Bar La Esquina",
        "tax_id": "NIF B-38757910",
        "issued_on": "12/10/26 13:05",
        "total": "TOTAL 12,50",
    }
    assert found["total"].box == page.rows[4].bounds


@pytest.mark.slow
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_crop_at_the_box_shows_what_was_read(turn):
    picture = Image.open(SAMPLE).rotate(-turn, expand=True)
    found = _read(picture)
    assert found.rotation == turn
    for name in ("total", "issued_on", "tax_id"):
        left, top, right, bottom = found.evidence[name].box
        crop = picture.crop((left - 8, top - 8, right + 8, bottom + 8)).rotate(found.rotation, expand=True)
        again = _read(crop)
        assert getattr(again.receipt, name) == getattr(found.receipt, name), again.text


def _read(picture):
    data = io.BytesIO()
    picture.convert("RGB").save(data, "JPEG", quality=92)
    return offline.extract(data.getvalue(), country="ES", today=date(2026, 11, 21))
