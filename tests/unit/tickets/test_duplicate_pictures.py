"""Receipts that differ in little and the same one sent again, drawn, read by OCR and compared each with each."""

import pytest

from benchmarks import duplicates


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_no_two_receipts_are_taken_for_one_and_most_repeats_are_found():
    result = duplicates.measure(groups=4, seed=77)
    assert result.pictures == 44
    assert result.merged == []
    assert len(result.proposed) <= 2
    assert result.found.total() >= 0.9 * (result.found.total() + result.missed.total())
