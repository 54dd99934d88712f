"""The volume of an extract is judged by the middle of its history, not by its extremes."""

import pytest

from etl import volume


@pytest.mark.parametrize(
    ("rows", "history", "verdict"),
    [
        (0, [], "unknown"),
        (0, [1000] * 4, "unknown"),
        (1000, [1000] * 5, "normal"),
        (1090, [1000] * 5, "normal"),
        (1150, [1000] * 5, "high"),
        (850, [1000] * 5, "low"),
        (0, [1000] * 20, "low"),
        (0, [0] * 20, "normal"),
        (1, [0] * 20, "high"),
        (7, [4, 5, 4, 6, 5], "normal"),  # small counts vary
        (1300, [1000, 1100, 900, 1050, 950, 1000], "normal"),
        (1500, [1000, 1100, 900, 1050, 950, 1000], "high"),
        (1500, [1000, 1100, 900, 1050, 950, 1000, 90_000], "high"),  # one broken day widens nothing
    ],
)
def test_the_verdict(rows, history, verdict):
    found = volume.judge(rows, history)
    assert found.verdict == verdict
    assert found.anomalous == (verdict in ("low", "high"))


def test_the_detail_says_what_was_expected():
    found = volume.judge(10, [1000, 1010, 990, 1000, 1000]).detail()
    assert found == {"verdict": "low", "rows": 10, "runs": 5, "median": 1000.0, "low": 900.0, "high": 1100.0}
