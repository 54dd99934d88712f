"""Made-up source data: the same for the same order, and as dirty as it was asked for, by the loader's own judgement."""

import itertools
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.load import contract
from etl.load.rows import Checker
from etl.producer import events, lists
from etl.producer.model import Order
from etl.sources import lines
from kit.errors import RefusedInputError

DAY = date(2026, 11, 20)


def made(**changes):
    kinds: Counter[str] = Counter()
    order = Order(**({"day": DAY, "size": 2_000, "dirt": 0.05} | changes))
    return list(events.make(order, kinds)), kinds


def judged(rows):
    data = b"".join(lines.line(row.values) for row in rows)
    now = datetime(2026, 11, 30, tzinfo=UTC)
    return Checker(contract.read("sales_events"), events.COLUMNS, now).check(data)


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.01, 0.2]), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_the_same_order_gives_the_same_rows(seed, dirt, day):
    first, second = (made(seed=seed, dirt=dirt, day=day, size=50) for _ in range(2))
    assert first == second
    assert made(seed=seed + 1, dirt=dirt, day=day, size=50) != first


def test_what_is_malformed_is_what_the_loader_refuses():
    rows, kinds = made()
    found = judged(rows)
    assert len(found.bad) == kinds["malformed"]
    assert found.rows == len(rows) - kinds["malformed"]
    assert {bad.code for bad in found.bad} == {"null", "type", "range", "enum", "length", "locale", "no_zone"}


def test_every_kind_has_its_share():
    rows, kinds = made(size=20_000)
    assert kinds.total() == len(rows) == 20_000
    for kind, share in (("malformed", 0.05), ("late", 0.02), ("duplicate", 0.01), ("changed", 0.01)):
        assert kinds[kind] == pytest.approx(share * 20_000, rel=0.3)
    assert made(dirt=0)[1]["malformed"] == 0


def test_duplicates_are_word_by_word_and_corrections_are_later():
    rows = [row for row in made(dirt=0)[0] if row.values[0].startswith("evt-20261120")]
    by_name = {}
    for row in rows:
        by_name.setdefault(row.values[0], []).append(row.values)
    several = [values for values in by_name.values() if len(values) > 1]
    assert any(len(set(values)) == 1 for values in several)
    assert any(len(set(values)) > 1 for values in several)
    for values in several:
        assert all(later[3] >= earlier[3] for earlier, later in itertools.pairwise(values))


def test_rows_are_recorded_in_their_order_within_the_day():
    rows, _kinds = made(size=500)
    assert [row.seq for row in rows] == sorted(row.seq for row in rows)
    assert [row.recorded_at for row in rows] == sorted(row.recorded_at for row in rows)
    midnight = datetime(2026, 11, 20, tzinfo=UTC)
    assert midnight <= rows[0].recorded_at
    assert rows[-1].recorded_at < midnight + timedelta(days=1)
    assert made(size=500, day=DAY + timedelta(days=1))[0][0].seq > rows[-1].seq


def test_it_grows_day_by_day():
    sizes = [Order(DAY + timedelta(days=days), 10_000, growth=0.01).events for days in range(3)]
    assert sizes[0] > 10_000
    assert sizes[1] / sizes[0] == pytest.approx(1.01, abs=0.001)
    assert Order(DAY, 10_000).events == 10_000
    with pytest.raises(RefusedInputError):
        _ = Order(date(2040, 1, 1), 10_000, growth=0.05).events


def test_customers_and_products_are_whole_lists_that_change_a_little():
    now, later = (Order(day, 20_000) for day in (DAY, DAY + timedelta(days=30)))
    for maker in (lists.customers, lists.products):
        assert list(maker(now)) == list(maker(now))
    before, after = ([row.values for row in lists.customers(order)] for order in (now, later))
    moved = sum(left != right for left, right in zip(before, after, strict=True))
    assert 0 < moved < 0.03 * len(before)
    assert len({values[0] for values in before}) == now.customers
