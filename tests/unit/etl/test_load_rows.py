"""Every kind of bad row gets its reason and its field, and the others pass."""

from datetime import UTC, datetime

import pytest

from etl.load import fields, rows
from tests.etl_support import HEADER, contracted, row

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def check(*lines: str | bytes, **changes) -> rows.Checked:
    data = b"".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    return rows.Checker(contracted(**changes), HEADER, NOW).check(data)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"event_id": ""}, ("null", "event_id")),
        ({"event_id": '""'}, ("null", "event_id")),
        ({"event_id": "x" * 65}, ("length", "event_id")),
        ({"customer_id": "12a"}, ("type", "customer_id")),
        ({"customer_id": "1.5"}, ("locale", "customer_id")),
        ({"customer_id": "0"}, ("range", "customer_id")),
        ({"customer_id": "9" * 19}, ("range", "customer_id")),
        ({"event_type": "gift"}, ("enum", "event_type")),
        ({"occurred_at": "2026-02-30T10:00:00Z"}, ("type", "occurred_at")),
        ({"occurred_at": "2026-02-20T10:00:00"}, ("no_zone", "occurred_at")),
        ({"occurred_at": "20/02/2026 10:00"}, ("locale", "occurred_at")),
        ({"occurred_at": "2026-11-25T10:00:00Z"}, ("range", "occurred_at")),
        ({"occurred_at": "2019-12-31T23:59:59Z"}, ("range", "occurred_at")),
        ({"amount": '"1.234,56"'}, ("locale", "amount")),
        ({"amount": '"12,50"'}, ("locale", "amount")),
        ({"amount": "12.505"}, ("range", "amount")),
        ({"amount": "-0.01"}, ("range", "amount")),
        ({"amount": "NaN"}, ("type", "amount")),
        ({"amount": "1e5"}, ("type", "amount")),
        ({"note": "n" * 201}, ("length", "note")),
        ({"note": "half\0way"}, ("nul", None)),
        ({"note": 'say "no"'}, ("quoting", None)),
        ({"note": "a,b"}, ("columns", None)),
        ({"payload": '"{""a"": }"'}, ("type", "payload")),
        ({"payload": '"[1, 2]"'}, ("type", "payload")),
        ({"payload": '"{""a"": NaN}"'}, ("type", "payload")),
        ({"payload": '"{""a"": ""\\u0000""}"'}, ("type", "payload")),
        ({"payload": '"{""a"": ""\\ud800""}"'}, ("type", "payload")),
    ],
)
def test_a_bad_row_is_told_with_its_reason(changes, reason):
    done = check(row(1), row(2, **changes), row(3))
    assert [(bad.line, bad.code, bad.field) for bad in done.bad] == [(1, *reason)]
    assert (done.rows, list(done.dropped)) == (2, [1])
    assert done.bad[0].raw == row(2, **changes).rstrip("\n").encode()


@pytest.mark.parametrize(
    "changes",
    [
        {"event_id": '"with, comma"'},
        {"customer_id": "007"},
        {"occurred_at": "2026-02-20 10:00:00.123456+05:30"},
        {"occurred_at": "2024-02-29T10:00:00Z"},
        {"amount": "0"},
        {"amount": "9999999999.99"},
        {"note": '"two\nlines and ""quotes"""'},
        {"note": "ñandú, año".replace(",", "")},
        {"payload": ""},
        {"payload": '"{""deep"": {""er"": {""and"": {""er"": [[[1]]]}}}}"'},
        {"payload": '"{""text"": ""a \\""quote\\"" \\u00e9""}"'},
    ],
)
def test_unusual_rows_are_good(changes):
    done = check(row(1), row(2, **changes), row(3))
    assert (done.rows, done.bad) == (3, [])


def test_broken_utf_8_costs_only_its_own_row():
    done = check(row(1), row(5).encode("latin-1"), row(10), row(3))
    assert [(bad.line, bad.code) for bad in done.bad] == [(1, "encoding")]
    assert done.rows == 3


def test_blank_lines_are_no_rows():
    done = check(row(1), "\n", row(2))
    assert (done.rows, done.bad, list(done.dropped)) == (2, [], [1])


def test_a_quote_that_never_closes_costs_only_its_own_row():
    done = check(row(1), row(2, note='"open'), *map(row, range(3, 9)))
    assert [(bad.line, bad.code) for bad in done.bad] == [(1, "quoting")]
    assert done.rows == 7


def test_a_good_row_within_the_quotes_of_another_is_not_a_row():
    hidden = row(2, note='"' + row(77).replace('"', '""') + '"')
    done = check(row(1), hidden, row(3))
    assert (done.rows, done.bad, done.long) == (3, [], {1: 2})


def test_a_row_larger_than_a_mebibyte_is_refused():
    done = check(row(1), row(2, note=f'"{"n" * fields.MAX_ROW_BYTES}"'), row(3))
    assert [bad.code for bad in done.bad] == ["too_large"]


def test_all_spellings_of_a_key_have_one_hash():
    changes = {"key": ["customer_id", "occurred_at"]}
    times = ("2026-02-20T10:00:00Z", "2026-02-20 11:00:00+01:00", "2026-02-20T10:00:00.000+00:00")
    zeros = ("", "0", "00")
    rows_of_one = [row(1, customer_id=f"{zero}7", occurred_at=time) for zero, time in zip(zeros, times, strict=True)]
    assert len(set(check(*rows_of_one, **changes).hashes)) == 1
