"""What the baseline promises, over any figures that Hypothesis can think of."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from platform_tasks.watch.baseline import FEWEST, Sample, fold
from platform_tasks.watch.config import Series

ANY = Series()
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
# Figures of runs: rows, seconds, shares. Not the edges of floating point, at which no difference means anything.
values = st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: round(value, 3))
kinds = st.builds(Series, sides=st.sampled_from(["low", "high", "both"]), counts=st.booleans())


def samples(figures: list[float]) -> list[Sample]:
    return [Sample(BEGIN + timedelta(weeks=number), f"run{number:03}", value) for number, value in enumerate(figures)]


def verdicts(figures: list[float], series: Series = ANY) -> list[str]:
    return [found.verdict for found in fold(samples(figures), series)[1]]


@given(values, st.integers(1, 60), kinds)
def test_a_constant_series_never_alarms(value: float, number: int, series: Series):
    assert set(verdicts([value] * number, series)) <= {"learning", "normal"}


@given(st.lists(values, max_size=FEWEST), kinds)
def test_nothing_is_said_of_a_few(figures: list[float], series: Series):
    assert verdicts(figures, series) == ["learning"] * len(figures)


noise = st.lists(st.integers(90, 110), min_size=12, max_size=40)


@given(noise, st.integers(0, 40), st.one_of(st.integers(10_000, 10**9), st.integers(-(10**9), -10_000)))
def test_one_outlier_does_not_poison_the_baseline(figures: list[int], place: int, outlier: int):
    place = min(place, len(figures) - 1)
    wild = [*figures[:place], outlier, *figures[place:]]
    calm = Series(least=30)
    after = [found for found in fold(samples(wild), calm)[1] if found.sample.value != outlier]
    assert {found.verdict for found in after} <= {"learning", "normal"}
    if place >= FEWEST:
        assert verdicts(wild, calm)[place] in ("low", "high")
        assert abs(fold(samples(wild), calm)[0].mean - fold(samples(figures), calm)[0].mean) < 10


@given(noise, st.sampled_from([-1, 1]), st.integers(200, 10**6), st.integers(6, 30))
def test_a_new_level_is_told_and_adopted_after_five_runs(figures: list[int], side: int, step: int, number: int):
    shifted = figures + [100 + side * step] * number
    calm = Series(least=30)
    new = verdicts(shifted, calm)[len(figures) :]
    assert new[:5] == ["high" if side > 0 else "low"] * 5
    assert set(new[5:]) == {"normal"}


@given(st.integers(20, 100), st.integers(0, 40))
def test_a_series_that_was_constant_learns_to_vary(swing: int, number: int):
    figures = [1000.0] * (5 + number) + [1000.0 + swing, 1000.0 - swing] * 30
    assert set(verdicts(figures, Series(least=10))[-10:]) == {"normal"}


@given(st.lists(values, min_size=6, max_size=40), st.randoms(use_true_random=False), kinds)
def test_the_order_in_which_samples_come_does_not_matter(figures: list[float], random, series: Series):
    inorder = samples(figures)
    shuffled = list(inorder)
    random.shuffle(shuffled)
    assert fold(shuffled, series) == fold(inorder, series)


@given(st.lists(values, min_size=1, max_size=30), st.data(), kinds)
def test_a_run_that_comes_again_counts_once(figures: list[float], data, series: Series):
    once = samples(figures)
    again = data.draw(st.lists(st.sampled_from(once), max_size=20))
    assert fold([*once, *again], series) == fold(once, series)


@given(st.lists(values, min_size=6, max_size=40))
def test_a_side_that_nobody_asked_for_is_normal(figures: list[float]):
    assert "high" not in verdicts(figures, Series(sides="low"))
    assert "low" not in verdicts(figures, Series(sides="high"))


@given(st.lists(values, min_size=6, max_size=40), kinds)
def test_what_is_within_the_bounds_told_is_what_is_normal(figures: list[float], series: Series):
    for found in fold(samples(figures), series)[1][FEWEST:]:
        if found.verdict == "low":
            assert found.sample.value < found.low
        elif found.verdict == "high":
            assert found.sample.value > found.high
        elif series.sides == "both":
            assert found.low <= found.sample.value <= found.high
