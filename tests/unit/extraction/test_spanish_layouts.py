"""Each layout of the Spanish set, read without an error by the OCR: the rules must find every field of it."""

import random
from datetime import date

import pytest

from tickets.extraction import rules
from tickets.extraction.page import Box, page_of
from tools.samples.spanish.make import LAYOUTS

TODAY = date(2026, 11, 21)
WIDTH, HEIGHT, LEADING = 780, 20, 28


def page(sheet):
    """The boxes of a perfect reading."""
    boxes, top = [], 0.0
    for row in sheet.rows:
        for cell in row.cells:
            if not cell.text.strip("-=*. "):
                continue
            wide = WIDTH / sheet.columns * len(cell.text) * row.scale
            left = cell.at * WIDTH - {"left": 0, "right": wide, "centre": wide / 2}[cell.align]
            right, bottom = left + wide, top + HEIGHT * row.scale
            boxes.append(Box(cell.text, 0.98, ((left, top), (right, top), (right, bottom), (left, bottom))))
        top += LEADING * row.scale * row.leading
    return page_of(boxes, width=WIDTH, height=int(top))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("seed", range(4))
def test_every_field_of_a_page_read_without_error(layout, seed):
    bill, sheet = LAYOUTS[layout](random.Random(f"layout-{seed}"))
    found = rules.extract(page(sheet), country="ES", today=TODAY).receipt
    assert found.merchant == bill.merchant.removesuffix(".") or found.merchant == bill.merchant
    assert (found.tax_id, found.issued_on, found.currency) == (bill.tax_id, bill.day, bill.currency)
    assert found.total == bill.total
    assert sum(line.amount for line in found.lines) == bill.line_sum
    assert (found.tip or 0, found.discount or 0) == (bill.tip, bill.discount)
    assert found.payment_method == bill.payment
    if bill.shows_taxes:
        assert {(tax.rate, tax.amount) for tax in found.taxes} == {(tax.rate, tax.amount) for tax in bill.taxes}
    else:
        assert found.taxes == []
    if bill.shows_time:
        assert found.issued_time.replace(second=0) == bill.clock
