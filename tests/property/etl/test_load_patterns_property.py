"""The two halves of validation agree: what the expression accepts, the exact half accepts, with the same key."""

import re
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from etl.load import exact, patterns, ranges
from tests.etl_support import HEADER, contracted, row

NOW = datetime(2026, 11, 21, 12, 34, tzinfo=UTC)
CONTRACT = contracted()
FAST = patterns.line(CONTRACT, HEADER, NOW, wide=True)
EXACT = exact.Rules(CONTRACT, HEADER, NOW)
PIECES = st.one_of(
    st.sampled_from(list('",\\{}[]:.-+TZ019 e\n\r\0\u00e9')),
    st.sampled_from(
        ['""', "true", "null", '"{""a"": 1}"', "\\u0041", "2026-02-29T10:00:00Z", "999999999999", "+02:00"]
    ),
)


TIMES = st.integers(0, 2521 * 86400).map(lambda second: datetime(2019, 12, 30, tzinfo=UTC) + timedelta(seconds=second))


@st.composite
def mutated(draw) -> str:
    """A good row with a few pieces put in, taken out or repeated."""
    text = row(draw(st.integers(0, 9999)))[:-1]
    for _ in range(draw(st.integers(0, 3))):
        at, length = draw(st.integers(0, len(text))), draw(st.integers(0, 4))
        text = text[:at] + draw(PIECES) + text[at + length :]
    return text.replace("\n", "")


@given(mutated())
def test_what_the_expression_accepts_is_right(text):
    found = FAST.findall(text.encode() + b"\n")
    if found != [b""]:
        assert [EXACT.key(text.encode())] == found


@given(st.integers(0, 10**6))
def test_usual_rows_need_no_closer_look(number):
    text = row(number)
    assert FAST.findall(text.encode()) == [f"evt-{number:06}".encode()]


@given(st.integers(-5000, 5000), st.integers(-5000, 5000), st.integers(-6000, 6000))
def test_ranges_of_numbers(low, high, number):
    assert bool(re.fullmatch(ranges.numbers(low, high), str(number))) == (low <= number <= high)


@given(*[st.dates(date(1990, 1, 1), date(2060, 1, 1))] * 2, st.integers(-40, 40))
def test_ranges_of_days(first, last, shift):
    first, last = sorted((first, last))
    expression = re.compile(ranges.days(first, last))
    for day in (first + timedelta(shift), last + timedelta(shift), date(2024, 2, 29)):
        assert bool(expression.fullmatch(day.isoformat())) == (first <= day <= last)


@given(TIMES, st.sampled_from(["Z", "+00:00", "-05:00", "+09:30"]))
def test_bounds_of_times_are_never_passed(when, zone):
    text = row(1, occurred_at=f"{when:%Y-%m-%dT%H:%M:%S}{zone}")
    if FAST.findall(text.encode()) != [b""]:
        assert EXACT.key(text.rstrip("\n").encode())
