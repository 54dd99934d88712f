"""Pages for the rules: stored OCR boxes of the sample pictures, and pages written as lines of text."""

import json
from datetime import date
from pathlib import Path

import pytest

from tickets.extraction.page import Box, from_data, page_of

BOXES = Path(__file__).parent / "boxes"
TODAY = date(2026, 11, 21)


@pytest.fixture
def today():
    return TODAY


@pytest.fixture
def stored_page():
    """The page of a sample picture, from the boxes that the OCR read in it."""

    def load(name):
        return from_data(json.loads((BOXES / f"{name}.json").read_text(encoding="utf-8")))

    return load


@pytest.fixture
def written_page():
    """A page with one box a line, all of one size."""

    def write(*lines, score=0.98):
        boxes = [
            Box(
                line,
                score,
                (
                    (20.0, 40.0 * n),
                    (20.0 + 14 * len(line), 40.0 * n),
                    (20.0 + 14 * len(line), 40.0 * n + 24),
                    (20.0, 40.0 * n + 24),
                ),
            )
            for n, line in enumerate(lines)
        ]
        return page_of(boxes, width=700, height=40 * len(lines) + 40)

    return write
