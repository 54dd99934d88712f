"""Whatever pages an API gives by mistake, an extraction has every row once and in order, or says that it has not."""

from __future__ import annotations

import csv
import random
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.load import contract
from etl.sources import pages
from etl.sources.pages import Page, Reading
from kit.errors import UnavailableError

CONTRACT = contract.parse('{"dataset": "d", "key": ["id"], "columns": [{"name": "id", "type": "text"}]}', "d")
LIES = st.sampled_from(["honest", "honest", "repeat", "drop", "shuffle", "empty", "short", "doubled"])


def answering(count: int, size: int, lies: list[str], seed: int):
    """A list of rows by offset, which tells a lie after the other and is honest from then on."""
    rows = [{"seq": number, "id": f"r{number}"} for number in range(count)]
    chance = random.Random(seed)

    def page(mark):
        offset = int(mark or 0)
        lie = lies.pop(0) if lies else "honest"
        shown = chance.sample(rows, count) if lie == "shuffle" else rows
        first = max(0, offset + {"repeat": -size, "drop": size}.get(lie, 0))
        found = shown[first : first + size]
        found = {"empty": [], "short": found[1:], "doubled": found + found}.get(lie, found)
        return Page(found, count, offset + size if offset + size < count else None)

    return page


def extracted(fetch) -> tuple[list[str], Reading]:
    reading = Reading(CONTRACT, "seq", ("seq",))
    with TemporaryDirectory() as folder:
        spool, path = Path(folder, "spool"), Path(folder, "rows.csv")
        with spool.open("w+b") as file:
            pages.read(reading, fetch, file)
            if not reading.ordered:
                assert reading.put_right(file, path) == reading.distinct
        with (spool if reading.ordered else path).open(newline="") as file:
            return [row["id"] for row in csv.DictReader(file)], reading


@given(st.integers(0, 40), st.integers(1, 9), st.lists(LIES, max_size=30), st.integers(0, 9))
def test_every_row_once_and_in_order_or_an_error(count, size, lies, seed):
    with suppress(UnavailableError):  # it says so; what would be wrong is to say nothing
        found, _reading = extracted(answering(count, size, lies, seed))
        assert found == [f"r{number}" for number in range(count)]


@given(st.integers(0, 40), st.integers(1, 9), LIES, st.integers(0, 5), st.integers(0, 9))
def test_one_lie_is_always_survived(count, size, lie, before, seed):
    found, reading = extracted(answering(count, size, ["honest"] * before + [lie], seed))
    assert found == [f"r{number}" for number in range(count)]
    assert reading.sweeps <= 2


def test_more_rows_than_are_counted_are_an_error():
    with pytest.raises(UnavailableError):
        extracted(lambda _mark: Page([{"seq": 1, "id": "a"}, {"seq": 2, "id": "b"}], 1))


def test_an_api_that_does_not_count_is_believed():
    found, _reading = extracted(lambda _mark: Page([{"seq": 1, "id": "a"}], None))
    assert found == ["a"]
