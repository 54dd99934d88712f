"""Confidences: monotone in the score, helped by sums, bounded; the committed table is what the tool makes."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tickets.extraction import confidence, grounding
from tickets.extraction.model import Evidence, Extraction, Line, Receipt
from tools.calibrate import __main__ as calibrate
from tools.calibrate import fit, report
from tools.calibrate.observe import Observation

ROOT = Path(__file__).resolve().parents[3]
FIELDS = ("total", "issued_on", "merchant", "currency")


def sure(score, *, field="total", provider="ocr", clear=0.97, line="12.50"):
    receipt = Receipt(total=Decimal("12.50"), lines=[Line(amount=Decimal(line))])
    evidence = {field: Evidence(text="x", score=clear)}
    return confidence.of(Extraction(receipt=receipt, scores={field: score}, provider=provider, evidence=evidence))[
        field
    ]


@pytest.mark.parametrize("provider", ["ocr", "vision"])
@pytest.mark.parametrize("field", [*FIELDS, "tax_id"])
def test_a_higher_score_is_never_less_probable(provider, field):
    chances = [sure(score / 20, field=field, provider=provider) for score in range(21)]
    assert chances == sorted(chances)
    assert 0 < chances[0] < 0.5 < chances[-1] <= confidence.table().most


def test_sums_and_clear_print_make_a_total_surer():
    assert sure(0.9) > sure(0.9, line="3.00")
    assert sure(0.9, provider="vision") > sure(0.9, provider="vision", line="3.00")
    assert sure(0.9, clear=0.99) > sure(0.9, clear=0.80)


def test_a_model_that_vouches_for_itself_is_not_enough():
    least = confidence.table().thresholds["total"]
    assert sure(0.95, provider="vision", line="3.00") < least <= sure(0.95, provider="vision")
    assert sure(0.475, provider="vision") < least


def test_the_table_names_every_needed_field_and_the_assumptions_of_the_tool():
    table = json.loads((ROOT / "namespace_files" / confidence.CALIBRATION_FILE).read_text())
    assert set(table["engines"]["ocr"]) == set(table["thresholds"]) == set(FIELDS)
    assert table["engines"]["vision"] == calibrate.ASSUMED
    assert (table["agreement"], table["most"]) == (calibrate.AGREEMENT, calibrate.MOST)


@pytest.mark.parametrize(
    ("amount", "text", "found"),
    [
        ("1234.50", "TOTAL 1.234,50", True),
        ("1234.50", "TOTAL 1,234.50 USD", True),
        ("1234.50", "TOTAL 1 234,50", True),
        ("12.00", "TOTAL 12", True),
        ("12.50", "TOTAL 12.5O", False),
        ("12.50", "TEL 91112501", False),
        ("0.00", "TOTAL 12,50", False),
        ("2.50", "TOTAL 12,50", False),
    ],
)
def test_an_amount_is_found_on_a_page_whatever_its_separators_are(amount, text, found):
    assert grounding.printed(Decimal(amount), text) is found


def seen(score, right, n):
    features = {"bias": 1.0, "score": score, "print": 0.0, "sums": 0.0}
    return [Observation(f"{score}-{right}-{i}", "tune", "total", features, right) for i in range(n)]


def test_the_fit_follows_the_data_and_stays_near_the_prior_without_them():
    assert fit.fit([], "total") == {"bias": 0.0, "score": 1.0, "print": 0.25, "sums": 0.0}
    often_wrong = fit.fit(seen(2.0, right=False, n=80) + seen(2.0, right=True, n=20), "total")
    assert often_wrong["bias"] + 2 * often_wrong["score"] < 0


def test_the_threshold_stands_above_the_surest_wrong_one_with_its_margin():
    chances = [0.5, 0.7, 0.8, 0.9, 0.95]
    least = fit.threshold(chances, [True, False, True, True, True], 0.99)
    assert 0.7 < least == pytest.approx(0.740, abs=0.001)
    assert fit.threshold(chances, [True] * 5, 0.99) == 0.5


def test_reliability_is_zero_for_an_oracle_and_large_for_a_boaster():
    chances, right = [0.9] * 10, [True] * 9 + [False]
    assert report.ece(chances, right) == pytest.approx(0.0)
    assert report.ece([0.99] * 10, [False] * 10) == pytest.approx(0.99)
    assert report.brier([1.0, 0.0], [True, False]) == 0


def test_the_plot_has_a_circle_for_each_bin():
    parts = {"tune": report.bins([0.5, 0.97], [False, True]), "report": report.bins([0.99], [True])}
    svg = report.plot({"total": parts})
    assert svg.count("<title>") == 3
    assert svg.startswith("<svg")
