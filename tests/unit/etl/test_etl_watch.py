"""Which runs people are told of."""

import pytest

from etl import watch
from etl.watch import Limits

BEFORE = [{"total_rows": rows, "ratio": 1.0} for rows in (1000, 1010, 990, 1005, 995)]


def run(**changes) -> dict:
    return {"status": "succeeded", "outcome": {}, "ratio": 1.0, "total_rows": 1000, **changes}


def kinds(found: dict, before: list[dict] | None = None, **limits: float) -> list[str]:
    return [alert.kind for alert in watch.look(found, BEFORE if before is None else before, Limits(**limits))]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, []),
        ({"total_rows": 499}, ["rows_drop"]),
        ({"total_rows": 501}, []),
        ({"total_rows": 0}, ["rows_drop"]),
        ({"ratio": 0.985}, []),
        ({"ratio": 0.97}, ["low_ratio", "ratio_drop"]),
        ({"ratio": 0.5, "status": "refused", "outcome": {"code": "low_acceptance"}}, ["run_failed", "low_ratio"]),
        ({"ratio": None, "status": "failed"}, ["run_failed"]),
        ({"ratio": None, "status": "skipped"}, []),
    ],
)
def test_a_run_is_looked_at(changes, wanted):
    assert kinds(run(**changes)) == wanted


def test_a_trend_needs_runs_before_it_and_its_own_limits():
    assert kinds(run(total_rows=1), BEFORE[:4]) == []
    assert kinds(run(total_rows=700), drop=0.2) == ["rows_drop"]
    assert kinds(run(ratio=0.9), min_ratio=0.8) == ["ratio_drop"]


def test_what_is_told_fills_its_text():
    (found,) = watch.look(run(total_rows=1), BEFORE, Limits())
    assert found.values == {"rows": 1, "usual": 1000}
