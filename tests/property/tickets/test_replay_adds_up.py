"""Whatever is compared: a candidate that reads the same has no differences, and each figure adds up to the receipts."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.replay_support import VALUES, recorded
from tools.replay.compare import compare
from tools.replay.figures import figures
from tools.replay.recorded import FIELDS, Reading

TEXTS = st.one_of(st.none(), st.sampled_from(["1.00", "2.00", "a", "A.", "ñ"]), st.text("aÑn.1 -", max_size=4))
FORMS = st.fixed_dictionaries(dict.fromkeys(VALUES, TEXTS))
SURE = st.dictionaries(st.sampled_from(FIELDS), st.floats(0, 1))
VERDICTS = st.sampled_from(["accept", "review", "reject"])
READINGS = st.builds(Reading, st.just("ok"), VERDICTS, FORMS, SURE)
FAILURES = st.sampled_from([Reading("timeout"), Reading("died")])
TRUTHS = st.dictionaries(st.sampled_from(FIELDS), TEXTS, max_size=4)
RECEIPTS = st.builds(
    lambda read, truth, rejected: recorded(read, truth, rejected=rejected), READINGS, TRUTHS, st.booleans()
)


@given(st.lists(RECEIPTS, max_size=6))
def test_an_identical_candidate_makes_no_difference(receipts):
    made = [compare(receipt, replace(receipt.reading)) for receipt in receipts]
    found = figures(made)
    assert not any(item.differs or item.regressed for item in made)
    assert found.identical == found.receipts == found.read == len(receipts)
    assert all(row.was_right == row.now_right and row.fixed == row.broken == 0 for row in found.fields)
    assert all(before == now for before, now in found.dangers.values())


@given(st.lists(st.tuples(RECEIPTS, READINGS | FAILURES), max_size=8))
def test_every_figure_adds_up(pairs):
    made = [compare(receipt, reading) for receipt, reading in pairs]
    found = figures(made)
    assert found.read + sum(found.failed.values()) == found.receipts == len(pairs)
    assert sum(sum(row.values()) for row in found.verdicts.values()) == found.receipts
    for row in found.fields:
        assert row.same + row.changed + row.gained + row.lost == found.read
        assert row.was_right - row.broken + row.fixed == row.now_right <= row.labelled
    assert found.identical + sum(item.differs for item in made) == found.receipts
    assert found.regressed >= sum(found.failed.values())


@given(RECEIPTS, READINGS)
def test_what_one_gains_the_other_loses(receipt, reading):
    there, back = compare(receipt, reading), compare(replace(receipt, reading=reading), receipt.reading)
    opposite = {"gained": "lost", "lost": "gained", "same": "same", "changed": "changed"}
    assert [opposite[field.change] for field in there.fields] == [field.change for field in back.fields]
    assert [(field.fixed, field.broken) for field in there.fields] == [(f.broken, f.fixed) for f in back.fields]
