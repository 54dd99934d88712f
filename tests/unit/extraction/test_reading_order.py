"""Boxes to rows: skew, bent lines, columns."""

import math

from tickets.extraction.page import Box, from_data, page_of

LEFT = [("Leche entera", 40, 100), ("Pan de molde", 40, 140), ("TOTAL", 40, 180)]
RIGHT = [("1,35", 500, 100), ("2,19", 500, 140), ("3,54", 500, 180)]
WORDS = LEFT + RIGHT
ROWS = ["Leche entera 1,35", "Pan de molde 2,19", "TOTAL 3,54"]


def box(text, x, y, bend=0.0, turn=0.0):
    y += bend * x
    corners = [(x, y), (x + 12 * len(text), y), (x + 12 * len(text), y + 24), (x, y + 24)]
    cos, sin = math.cos(turn), math.sin(turn)
    return Box(text, 0.99, tuple((a * cos - b * sin, a * sin + b * cos) for a, b in corners))


def test_rows_are_read_from_left_to_right_and_top_to_bottom():
    page = page_of([box(*word) for word in reversed(WORDS)], width=700, height=300)
    assert page.text.splitlines() == ROWS


def test_skew_is_removed_before_rows_are_formed():
    page = page_of([box(*word, turn=math.radians(12)) for word in WORDS], width=700, height=400)
    assert page.text.splitlines() == ROWS


def test_a_row_that_sinks_to_the_right_stays_one_row():
    page = page_of([box(*word, bend=0.02) for word in WORDS], width=700, height=300)
    assert page.text.splitlines() == ROWS


def test_an_empty_page_has_no_rows():
    page = page_of([], width=10, height=10)
    assert (page.rows, page.text) == ((), "")


def test_a_page_survives_being_stored():
    page = page_of([box(*word) for word in WORDS], width=700, height=300, rotation=90)
    assert from_data(page.as_data()).as_data() == page.as_data()
