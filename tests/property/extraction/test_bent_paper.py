"""Rows of paper that is skewed, seen at an angle and curled are put together again."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from tickets.extraction.page import Box, page_of

ROWS, LEADING, HEIGHT = 24, 34, 22
COLUMNS = ((40, "articulo largo"), (480, "12,34 EUR"), (700, "1.234,56"))


def bent(x, y, skew, fan, curl):
    """Where a point of flat paper lies on the picture."""
    slope = skew + fan * (y / (ROWS * LEADING) - 0.5)
    return x, y + x * math.tan(slope) + curl * ((x - 400) / 400) ** 2


def box(text, left, top, *bend):
    right = left + 11 * len(text)
    corners = ((left, top), (right, top), (right, top + HEIGHT), (left, top + HEIGHT))
    return Box(text, 0.97, tuple(bent(x, y, *bend) for x, y in corners))


@settings(max_examples=60)
@given(
    skew=st.floats(-0.25, 0.25),
    fan=st.floats(-0.08, 0.08),
    curl=st.floats(-14, 14),
)
def test_each_row_is_one_again(skew, fan, curl):
    boxes = [box(text, left, number * LEADING, skew, fan, curl) for number in range(ROWS) for left, text in COLUMNS]
    page = page_of(boxes, width=900, height=1000)
    assert [row.text for row in page.rows] == [" ".join(text for _, text in COLUMNS)] * ROWS
