"""Rows are repaired where there is no doubt; the others, and the good ones, keep their bytes."""

from datetime import UTC, datetime

import pytest

from etl import tidy
from etl.load.fields import Value, split
from etl.tidy_rows import Tidier
from etl.window import Window
from kit.errors import RefusedInputError
from tests import etl_support as kit

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
DAY = Window(datetime(2025, 5, 1, tzinfo=UTC), datetime(2025, 5, 2, tzinfo=UTC))
COLUMNS = {column.name: column for column in kit.contracted().columns}


def tidier(window: Window = DAY, **changes) -> Tidier:
    return Tidier(kit.contracted(), kit.HEADER, window, NOW, **changes)


def row(**changes) -> str:
    return kit.row(4, **{"occurred_at": "2025-05-01T10:00:00Z", **changes})


@pytest.mark.parametrize(
    ("column", "text", "repaired"),
    [
        ("event_type", " SALE ", "sale"),
        ("event_type", "sold", "sold"),
        ("currency", "eur", "EUR"),
        ("customer_id", " +7 ", "7"),
        ("amount", "+1.50", "1.50"),
        ("amount", "1.234,56", "1.234,56"),
        ("occurred_at", "2025-05-01 12:00:00+02:00", "2025-05-01T10:00:00Z"),
        ("occurred_at", "2025-05-01T10:00:00.500000Z", "2025-05-01T10:00:00.5Z"),
        ("occurred_at", "2025-05-01T10:00:00", "2025-05-01T10:00:00"),
        ("occurred_at", "20/02/2026", "20/02/2026"),
        ("event_id", " evt-1\t", "evt-1"),
        ("note", "n/a", "n/a"),
    ],
)
def test_a_value_is_repaired_where_it_is_clear(column, text, repaired):
    once = tidy.value(COLUMNS[column], Value(text, quoted=False))
    assert once.text == repaired
    assert tidy.value(COLUMNS[column], once) == once


def test_words_for_nothing_become_null_where_that_is_allowed_and_no_text():
    assert tidy.value(COLUMNS["payload"], Value("N/A", quoted=True)).null
    assert tidy.value(COLUMNS["note"], Value("  ", quoted=False)).null
    assert not tidy.value(COLUMNS["amount"], Value("N/A", quoted=False)).null


@pytest.mark.parametrize("values", [["a", "b,c", 'd"e'], ["\\.", "x\ny"]])
def test_a_line_can_be_read_again(values):
    line = tidy.line([Value(text, quoted=False) for text in values])
    assert [found.text for found in split(line)] == values
    nothings = [Value("", quoted=True), Value("", quoted=False)]
    assert split(tidy.line(nothings)) == nothings


def test_good_rows_keep_their_bytes():
    data = "".join(row() for _ in range(5)).encode()
    done = tidier().tidy(data)
    assert done.data == data
    assert (done.rows, done.outside, done.repaired) == (5, 0, 0)


def test_rows_outside_the_window_are_left_out_whatever_they_look_like():
    rows = [
        row(occurred_at="2025-04-30T23:59:59.999999Z"),
        row(occurred_at="2025-05-01T00:00:00Z"),
        row(occurred_at="2025-05-01T23:59:59.5Z"),
        row(occurred_at="2025-05-02T00:00:00Z"),
        row(occurred_at="2025-05-02T01:00:00+02:00"),  # still the 1st in UTC
        row(occurred_at="2025-05-02T02:00:00+02:00"),
        row(occurred_at="2025-05-02T00:00:00Z", note='"two\nlines"'),
        row(occurred_at="2025-05-01T00:00:00Z", note='"two\nlines"'),
        row(occurred_at="never"),
    ]
    done = tidier().tidy("".join(rows).encode())
    expected = [rows[1], rows[2], row(occurred_at="2025-05-01T23:00:00Z"), rows[7], rows[8]]
    assert done.data.decode() == "".join(expected)
    assert (done.rows, done.outside, done.repaired) == (5, 4, 1)


def test_without_a_window_everything_stays():
    rows = [row(occurred_at=f"20{year}-01-01T00:00:00Z") for year in (21, 25)]
    assert tidier(Window()).tidy("".join(rows).encode()).data.decode() == "".join(rows)


def test_what_cannot_be_taken_apart_stays_as_it_is_to_be_judged():
    data = b"".join([row().encode(), b'a,"b\n', b"a,b\n", b"\xff" + row().encode(), b"a\0b" + row().encode()])
    done = tidier().tidy(data)
    assert done.data == data
    assert done.rows == 5


def test_empty_lines_and_chunks_are_nothing():
    assert tidier().tidy(b"\n\n").data == b""
    assert tidier().tidy(row(occurred_at="2025-06-01T00:00:00Z").encode()).data == b""
    assert tidier().tidy(b"").rows == 0


def test_strictly_nothing_is_repaired():
    data = (row(currency="eur") + row(occurred_at="2025-05-01T12:00:00+02:00")).encode()
    done = tidier(repair=False).tidy(data)
    assert (done.data, done.repaired) == (data, 0)


def test_nulls_of_watched_columns_are_counted_in_good_and_in_other_rows():
    rows = [
        row(note="", payload=""),
        row(note="x"),
        row(note='""'),
        row(note="  "),
        row(note="x", payload="null", currency="eur"),
        row(note="x", amount=""),
    ]
    done = tidier(watched=["payload", "note", "amount"]).tidy("".join(rows).encode())
    assert done.nulls == {"note": 3, "payload": 2, "amount": 1}
    everything = tidier(Window(), watched=["event_id", "note"]).tidy(("".join(rows) + row(event_id="")).encode())
    assert everything.nulls == {"event_id": 1, "note": 4}


def test_a_window_needs_a_time():
    with pytest.raises(RefusedInputError) as refused:
        Tidier(kit.contracted(version=None), kit.HEADER, DAY, NOW)
    assert refused.value.code == "window_no_time"
