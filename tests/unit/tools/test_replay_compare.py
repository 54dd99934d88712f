"""What counts as a difference, as right, as dangerous and as worse."""

from decimal import Decimal

import pytest

from tests.replay_support import MADE_AT, VALUES, reading, recorded
from tools.replay import report
from tools.replay.compare import compare
from tools.replay.figures import figures, percentile
from tools.replay.recorded import Reading, fields_of

NOTHING = Reading("timeout")


def entry(difference, name="total"):
    return next(field for field in difference.fields if field.field == name)


@pytest.mark.parametrize(
    ("was", "now", "change"),
    [
        ("12.10", "12.10", "same"),
        ("12.10", "21.10", "changed"),
        (None, "12.10", "gained"),
        ("12.10", None, "lost"),
        (None, None, "same"),
    ],
)
def test_a_field_is_the_same_changed_gained_or_lost(was, now, change):
    assert entry(compare(recorded(reading(total=was)), reading(total=now))).change == change


@pytest.mark.parametrize(
    ("name", "one", "other", "same"),
    [
        ("merchant", "Mercado Peñalara, S. Coop.", "MERCADO PENALARA S COOP", True),
        ("merchant", "Bar Luna", "Bar Lana", False),
        ("merchant", "...", "---", False),
        ("document_number", "A-1", "A 1", True),
        ("issued_on", "2026-11-20", "2026-1-120", False),
        ("total", "12.10", "1210", False),
    ],
)
def test_names_and_numbers_are_compared_by_letters_and_digits(name, one, other, same):
    found = entry(compare(recorded(reading(**{name: one})), reading(**{name: other})), name)
    assert (found.change == "same") is same


@pytest.mark.parametrize(
    ("was", "now", "fixed", "broken"),
    [("12.10", "12.10", False, False), ("13.10", "12.10", True, False), ("12.10", "13.10", False, True)],
)
def test_a_persons_word_says_which_reading_is_right(was, now, fixed, broken):
    found = compare(recorded(reading("review", total=was), {"total": "12.10"}), reading("review", total=now))
    assert (entry(found).fixed, entry(found).broken, found.regressed) == (fixed, broken, broken)


def test_without_a_persons_word_nothing_is_right_or_wrong():
    found = compare(recorded(), reading(total="13.10"))
    assert (entry(found).was_right, entry(found).now_right, found.regressed, found.differs) == (None, None, False, True)


def test_a_field_that_a_person_emptied_is_right_when_it_is_empty():
    found = entry(compare(recorded(reading("review"), {"tax_id": None}), reading("review", tax_id=None)), "tax_id")
    assert (found.was_right, found.now_right, found.fixed) == (False, True, True)


@pytest.mark.parametrize(
    ("before", "now", "truth", "rejected", "danger", "regressed"),
    [
        ("review", reading(total="13.10"), {"total": "12.10"}, False, "accepts_wrong_total", True),
        ("review", reading(tax_id="B1"), {"total": "12.10", "tax_id": "B38757910"}, False, "accepts_wrong_field", True),
        ("review", reading(), {"total": "12.10"}, False, None, False),
        ("review", reading(), {}, True, "accepts_rejected", True),
        ("review", reading(), {}, False, "accepts_unseen", False),
        ("reject", reading(), {}, False, "accepts_unseen", False),
        ("accept", reading("reject"), {}, False, "rejects", False),
        ("accept", reading("review"), {}, False, None, False),
        ("review", reading("review", total="13.10"), {"total": "13.10"}, False, None, False),
    ],
)
def test_verdicts_that_do_harm(before, now, truth, rejected, danger, regressed):
    found = compare(recorded(reading(before), truth, rejected=rejected), now)
    assert (found.danger, found.regressed) == (danger, regressed)


def test_a_wrong_total_that_was_accepted_before_as_well_is_no_regression_but_stays_in_sight():
    found = compare(recorded(reading(total="13.10"), {"total": "12.10"}), reading(total="13.10"))
    assert (found.was_danger, found.danger, found.regressed) == ("accepts_wrong_total",) * 2 + (False,)
    assert report.ordered([found]) == [found]


def test_no_reading_is_a_regression():
    found = compare(recorded(), NOTHING)
    assert (found.failed, found.regressed, found.fields) == (True, True, ())
    added = figures([found])
    assert (added.failed, added.read, added.verdicts["accept"]["none"]) == ({"timeout": 1}, 0, 1)


def test_the_worst_stands_first():
    made = [
        compare(recorded(name="T-SAME"), reading()),
        compare(recorded(name="T-CHANGED"), reading(merchant="Bar Luna")),
        compare(recorded(reading("review"), {"total": "12.10"}, "T-BROKEN"), reading("review", total=None)),
        compare(recorded(reading("review"), {}, "T-UNSEEN"), reading()),
        compare(recorded(reading("review"), {"total": "12.10"}, "T-WRONG"), reading(total="1.00")),
    ]
    assert [item.recorded.ticket_id for item in report.ordered(made)] == [
        "T-WRONG",
        "T-UNSEEN",
        "T-BROKEN",
        "T-CHANGED",
    ]


def test_times_cost_and_confidence():
    before = [reading(latency_ms=n, cost_usd=Decimal("0.001")) for n in (100, 200, 300, 400)]
    now = [reading(latency_ms=n, confidence={"total": 0.95}) for n in (1, 2, 3)] + [Reading("died")]
    found = figures([compare(recorded(one), other) for one, other in zip(before, now, strict=True)])
    assert (found.before.median_ms, found.before.p95_ms, found.before.cost_usd) == (200, 400, Decimal("0.004"))
    assert (found.now.median_ms, found.now.p95_ms, found.now.cost_usd) == (2, 3, 0)
    total = found.fields[0]
    assert total.was_sure == pytest.approx(0.9)
    assert total.now_sure == pytest.approx(0.95)


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.95, 95), (1.0, 100), (0.001, 1)])
def test_percentiles_are_values_that_occurred(share, value):
    assert percentile(range(1, 101), share) == value


def test_amounts_are_compared_with_two_decimals_and_taxes_by_their_sum():
    taxes = [{"amount": "0.40"}, {"amount": "0.3"}, {"amount": None}]
    found = fields_of({"total": "21.7", "taxes": taxes, "merchant": ""})
    assert (found["total"], found["tax_total"], found["merchant"]) == ("21.70", "0.70", None)
    assert set(found) == set(VALUES)


def test_the_line_for_a_release_note_tells_figures_and_names_nobody():
    made = [compare(recorded(reading("review", total="1.00"), {"total": "12.10"}), reading("review"))]
    about = report.About("the rules of this checkout", "what was recorded", "the newest 1", MADE_AT, {}, with_ocr=False)
    said = report.line(about, figures(made), report.fingerprint(made))
    assert "total right 0.0% -> 100.0%; 1 fields fixed, 0 broken" in said
    assert "Bar Sol" not in said + report.text(about, figures(made), made)
    assert report.as_json(about, figures(made), made)["line"] == said
