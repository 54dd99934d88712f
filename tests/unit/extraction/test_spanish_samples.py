"""The Spanish and Latin American set: drawn the same by the same seed, with truths that add up."""

import io
import random
from decimal import Decimal
from importlib import import_module

import pytest
from PIL import Image

from tools.samples.spanish.make import LAYOUTS, make

CHECKS = {"ES": "es.nif", "MX": "mx.rfc", "CO": "co.nit", "CL": "cl.rut", "AR": "ar.cuit", "PE": "pe.ruc"}
DRAWS = range(6)


def sold(layout, seed):
    bill, sheet = LAYOUTS[layout](random.Random(f"test-{seed}"))
    return bill.label(), sheet


def test_there_are_enough_clearly_different_layouts():
    assert len(LAYOUTS) >= 12
    assert {sold(layout, 1)[0]["country"] for layout in LAYOUTS} == set(CHECKS)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_label_adds_up(layout):
    for seed in DRAWS:
        label, _ = sold(layout, seed)
        lines = sum(Decimal(line["amount"]) for line in label["lines"])
        cut, tip = Decimal(label["discount"] or 0), Decimal(label["tip"] or 0)
        taxed = sum(Decimal(tax["base"]) + Decimal(tax["amount"]) for tax in label["taxes"])
        assert lines == Decimal(label["line_sum"])
        assert taxed + tip == Decimal(label["total"]) or not taxed
        assert Decimal(label["total"]) in {lines - cut + tip, taxed + tip}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_labelled_is_printed(layout):
    for seed in DRAWS:
        label, sheet = sold(layout, seed)
        printed = "\n".join(cell.text for row in sheet.rows for cell in row.cells)
        assert label["merchant"] in printed
        assert label["document_number"] in printed
        assert label["tax_id"] in printed.replace(".", "").replace("-", "")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_tax_numbers_have_their_right_control_character(layout):
    for seed in DRAWS:
        label, _ = sold(layout, seed)
        assert import_module(f"stdnum.{CHECKS[label['country']]}").is_valid(label["tax_id"])


def test_the_same_seed_draws_the_same_spoilt_picture():
    first, again, other = (make("bakery", random.Random(seed)) for seed in ("a", "a", "b"))
    assert first == again
    assert first[1] != other[1]
    width, _ = Image.open(io.BytesIO(first[1])).size
    assert width == 1000


def test_every_picture_is_spoilt_and_says_how():
    label, _ = make("toll", random.Random("c"))
    assert label["applied"]["blur"] > 0.3
    assert label["applied"]["noise"] > 0
    assert label["applied"]["quality"] <= 85
