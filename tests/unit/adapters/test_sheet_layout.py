"""Cells, columns and ranges: the pure part of the sheet."""

import json
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sheets import layout
from adapters.sheets.cells import to_cell
from adapters.sheets.layout import Row
from kit import errors

COLUMNS = ["Ticket", "Fecha", "Total"]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, True),
        ("=1+1", "=1+1"),
        ("a\x00b", "ab"),
        ("a\ud800b", "a?b"),
        (date(2026, 11, 21), "2026-11-21"),
        (time(9, 5), "09:05:00"),
        (datetime(2026, 11, 21, 9, 5, 1, tzinfo=timezone(timedelta(hours=1))), "2026-11-21 08:05:01"),
        (Decimal("12.10"), 12.1),
        (Decimal("0.1"), 0.1),
        (Decimal("5.00"), 5),
        (Decimal("-0.00"), 0),
        (Decimal("1E+3"), 1000),
        (7, 7),
        (2.5, 2.5),
        (2**53, 2**53),
        (2**60, str(2**60)),
        (Decimal("0.12345678901234567890"), "0.12345678901234567890"),
        (Decimal("12345678901234567.89"), "12345678901234567.89"),
        (10**30 + 1, str(10**30 + 1)),
    ],
)
def test_a_value_as_a_cell(value, cell):
    made = to_cell(value)
    assert made == cell
    assert type(made) is type(cell)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_money_survives_json_exactly(amount):
    cell = to_cell(amount)
    assert isinstance(cell, int | float)
    assert Decimal(json.dumps(cell)) == amount


@given(st.decimals(allow_nan=False, allow_infinity=False) | st.integers())
def test_a_number_is_exact_or_text(number):
    cell = to_cell(number)
    assert Decimal(cell if isinstance(cell, str) else json.dumps(cell)) == number


@given(st.text())
def test_text_stays_text_that_json_takes(text):
    cell = to_cell(text)
    assert isinstance(cell, str)
    json.dumps(cell, ensure_ascii=False).encode()


def test_text_is_cut_to_what_a_cell_holds():
    assert len(to_cell("x" * 60_000)) == 50_000


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), float("inf"), datetime(2026, 1, 1)])  # noqa: DTZ001 - refused on purpose
def test_a_value_that_cannot_stand_in_a_cell_is_refused(value):
    with pytest.raises(errors.InvalidRequestError):
        to_cell(value)


@pytest.mark.parametrize(
    ("position", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")]
)
def test_column_letters(position, letters):
    assert layout.letter(position) == letters


@pytest.mark.parametrize(
    ("where", "row"),
    [("'Hoja 1'!A5:K9", 5), ("Tickets!B2", 2), ("A7:C7", 7), ("'a!b''c'!AA10:AB11", 10), ("'T'!$A$3:$B$4", 3)],
)
def test_the_first_row_of_a_range(where, row):
    assert layout.first_row(where) == row


@pytest.mark.parametrize("where", ["", "Tickets", "A:C", "#REF!"])
def test_what_is_no_range_is_refused(where):
    with pytest.raises(errors.InvalidResponseError):
        layout.first_row(where)


def test_a_tab_with_a_quote_in_its_name():
    assert layout.row_range("L'hora", 3, 2) == "'L''hora'!A3:B3"


def test_an_empty_first_row_is_no_header():
    assert layout.read_header([], COLUMNS, "Ticket") is None
    assert layout.read_header(["", " "], COLUMNS, "Ticket") is None


def test_columns_are_found_by_name_wherever_they_stand():
    header = layout.read_header(["x", " Total ", "Ticket", "Fecha"], COLUMNS, "Ticket")
    assert header.positions == {"Ticket": 2, "Fecha": 3, "Total": 1}
    assert header.id_letter == "C"
    assert header.cells(Row("T-1", {"Total": 2})) == [None, 2, "T-1", ""]


@pytest.mark.parametrize("found", [["Ticket", "Fecha"], ["Ticket", "Fecha", "total"], [*COLUMNS, "Fecha"]])
def test_a_changed_header_is_refused(found):
    with pytest.raises(errors.ConflictError):
        layout.read_header(found, COLUMNS, "Ticket")


def test_row_numbers_skip_blanks_and_name_duplicates():
    assert layout.row_numbers(["Ticket", "T-1", "", "T-2", "T-1"]) == ({"T-1": 2, "T-2": 4}, ["T-1"])


def test_a_header_of_the_same_name_as_an_id_is_no_row():
    assert layout.row_numbers(["T-1"]) == ({}, [])


def test_split_keeps_the_order_and_the_last_of_an_id():
    rows = [Row("b", {"Total": 1}), Row("a"), Row("b", {"Total": 2})]
    assert layout.split(rows, {"a": 2}) == ([rows[1]], [rows[2]])


LONGER = [*COLUMNS, "Categoría", "Cuenta"]
LATER = ["Categoría", "Cuenta"]


@pytest.mark.parametrize(
    ("found", "lacking"),
    [
        (COLUMNS, LATER),
        ([*COLUMNS, "Categoría"], ["Cuenta"]),
        (["Total", "Responsable", "Ticket", "Fecha"], LATER),
        (LONGER, []),
        ([*COLUMNS, "Cuenta"], []),
        (["Ticket", "Fecha"], []),
        (["Ticket", "Fecha", "Categoría", "Cuenta"], []),
        ([], []),
        (["", " "], []),
    ],
    ids=str,
)
def test_only_a_header_of_an_earlier_release_lacks_columns(found, lacking):
    assert layout.lacking(found, LONGER, LATER) == lacking


@given(st.lists(st.sampled_from([*LONGER, "Responsable", ""]), max_size=7))
def test_what_a_header_lacks_makes_it_whole(found):
    added = layout.lacking(found, LONGER, LATER)
    assert added == LATER[len(LATER) - len(added) :]
    if added:
        assert all(title in [*found, *added] for title in LONGER)
