"""Transforming any rows in any chunks, by one process or two, gives the same rows; a second time changes nothing."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from etl import transform
from etl.load.source import CsvFile
from etl.tidy_rows import Tidier
from etl.window import Window
from tests import etl_support as kit

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
WINDOW = Window(datetime(2025, 2, 1, tzinfo=UTC), datetime(2025, 8, 1, tzinfo=UTC))
ODD = st.sampled_from(
    [
        {"currency": " eur"},
        {"occurred_at": "2025-06-01 12:00:00+02:00"},
        {"occurred_at": "2025-12-01 12:00:00+02:00"},
        {"occurred_at": "soon"},
        {"note": '"two\nlines"'},
        {"note": '"open'},
        {"payload": "null"},
        {"amount": "1,5"},
    ]
)
ROWS = st.lists(st.tuples(st.integers(0, 500), st.one_of(st.just({}), st.just({}), ODD)), max_size=60)


def written(folder, rows, chunk_rows: int, workers: int) -> bytes:
    source = CsvFile(kit.write(folder, rows), chunk_rows=chunk_rows)
    made = transform.run(source, Tidier(kit.contracted(), kit.HEADER, WINDOW, NOW), folder, workers)
    data = b"".join(made.source.read(span) for span in made.source.spans())
    assert len(made.seconds) == len(list(source.spans()))
    return data


@settings(max_examples=60)
@given(drawn=ROWS, chunk_rows=st.integers(1, 70))
def test_a_second_time_changes_nothing(tmp_path_factory, drawn, chunk_rows):
    folder = tmp_path_factory.mktemp("tidy")
    once = written(folder, [kit.row(number, **odd) for number, odd in drawn if odd != {"note": '"open'}], chunk_rows, 1)
    lines = [line + b"\n" for line in once.split(b"\n")[:-1]]
    assert written(folder, lines, chunk_rows, 1) == once


@settings(max_examples=15)
@given(drawn=ROWS, chunk_rows=st.integers(1, 70))
def test_processes_change_nothing(tmp_path_factory, drawn, chunk_rows):
    folder = tmp_path_factory.mktemp("tidy")
    rows = [kit.row(number, **odd) for number, odd in drawn]
    assert written(folder, rows, chunk_rows, 2) == written(folder, rows, chunk_rows, 1)
