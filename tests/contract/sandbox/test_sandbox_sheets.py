"""Sheets v4 as gspread drives it: values, tabs, appends and their traps."""

from __future__ import annotations

import gspread
import pytest
import requests

HEADER = ["id", "fecha", "total"]


def append(sheet, *rows, where="A1:C1"):
    return sheet.append_rows(list(rows), value_input_option="RAW", insert_data_option="INSERT_ROWS", table_range=where)


def test_an_append_says_which_range_it_wrote(sheet):
    sheet.append_row(HEADER, value_input_option="RAW")
    answer = append(sheet, ["1", "2026-11-21", 24.17], ["2", "2026-11-21", 3])
    assert answer["tableRange"] == "'Hoja 1'!A1:C1"
    assert answer["updates"] == {
        "spreadsheetId": sheet.spreadsheet.id,
        "updatedRange": "'Hoja 1'!A2:C3",
        "updatedRows": 2,
        "updatedColumns": 3,
        "updatedCells": 6,
    }


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", '=IMPORTXML("http://x")', "José 🧾"])
def test_raw_keeps_text_as_text_and_numbers_as_numbers(control, sheet, text):
    sheet.append_row([text, 24.17, True], value_input_option="RAW")
    assert control.rows() == [[text, 24.17, True]]
    assert sheet.acell("A1").value == text


def test_user_entered_runs_formulas_which_the_state_shows(control, sheet):
    sheet.append_row(["=1+1", "24.17", "'=safe"], value_input_option="USER_ENTERED")
    assert control.rows() == [[{"formula": "=1+1"}, 24.17, "=safe"]]


def test_a_spanish_sheet_shows_numbers_with_a_comma(sheet):
    sheet.append_row([24.17, 1000, True], value_input_option="RAW")
    assert sheet.get_values() == [["24,17", "1000", "VERDADERO"]]
    assert sheet.get_values(value_render_option="UNFORMATTED_VALUE") == [[24.17, 1000, True]]


def test_reads_leave_out_trailing_blanks(sheet):
    sheet.update([["a", "", "c"], ["", "", ""], ["d"]], "A1")
    raw = sheet.spreadsheet.values_get("'Hoja 1'!A1:E9")
    assert raw["values"] == [["a", "", "c"], [], ["d"]]
    assert raw["range"] == "'Hoja 1'!A1:E9"
    assert sheet.col_values(1) == ["a", "", "d"]
    assert sheet.find("c").address == "C1"
    assert sheet.find("absent") is None


def test_several_ranges_at_once(sheet):
    sheet.batch_update([{"range": "A1:B1", "values": [["a", "b"]]}, {"range": "A3", "values": [["c"]]}], raw=True)
    assert sheet.batch_get(["A1:B1", "A3"]) == [[["a", "b"]], [["c"]]]


def test_a_row_with_an_empty_first_cell_shifts_a_careless_append(control, sheet):
    sheet.update([HEADER, ["", "2026-11-20", 1]], "A1")
    sheet.append_row(["2", "2026-11-21", 2], value_input_option="RAW")
    assert control.rows()[2] == [None, "2", "2026-11-21", 2]


def test_a_table_range_cures_the_shift(control, sheet):
    sheet.update([HEADER, ["", "2026-11-20", 1]], "A1")
    append(sheet, ["2", "2026-11-21", 2])
    assert control.rows()[2] == ["2", "2026-11-21", 2]


def test_insert_rows_moves_what_lies_below_and_overwrite_does_not(control, sheet):
    sheet.update([HEADER, [], ["notas", "a mano"]], "A1")
    append(sheet, ["1", "x", 1])
    assert control.rows() == [HEADER, ["1", "x", 1], [], ["notas", "a mano"]]
    sheet.append_rows([["2"], ["3"]], value_input_option="RAW", table_range="A1:C1")
    assert control.rows()[2:] == [["2"], ["3", "a mano"]]


def test_an_append_to_an_empty_tab_begins_at_its_range(sheet):
    answer = append(sheet, ["1", "x", 1])
    assert "tableRange" not in answer
    assert answer["updates"]["updatedRange"] == "'Hoja 1'!A1:C1"


def test_an_append_grows_the_grid(control, sheet):
    sheet.resize(rows=2)
    append(sheet, ["1"], ["2"], ["3"])
    assert len(control.rows()) == 3
    assert sheet.spreadsheet.fetch_sheet_metadata()["sheets"][0]["properties"]["gridProperties"]["rowCount"] == 5


def test_tabs_are_added_frozen_renamed_and_deleted(google, sheet):
    book = sheet.spreadsheet
    tab = book.add_worksheet("Año/Tickets", rows=10, cols=4)
    tab.append_row(["á", "b"])
    tab.freeze(rows=1)
    assert google.open_by_key(book.id).worksheet("Año/Tickets").frozen_row_count == 1
    assert tab.get_values() == [["á", "b"]]
    tab.update_title("Tickets")
    with pytest.raises(gspread.exceptions.APIError, match="already exists"):
        book.add_worksheet("Tickets", rows=1, cols=1)
    book.del_worksheet(tab)
    with pytest.raises(gspread.WorksheetNotFound):
        book.worksheet("Tickets")


def test_a_batch_of_requests_is_all_or_nothing(sheet):
    book = sheet.spreadsheet
    add = {"addSheet": {"properties": {"title": "Uno"}}}
    with pytest.raises(gspread.exceptions.APIError):
        book.batch_update({"requests": [add, add]})
    assert [tab.title for tab in book.worksheets()] == ["Hoja 1"]


def test_a_bad_cell_leaves_the_sheet_untouched(control, sheet):
    with pytest.raises(gspread.exceptions.APIError, match="50000"):
        append(sheet, ["good"], ["x" * 50_001])
    with pytest.raises(gspread.exceptions.APIError, match="list_value"):
        sheet.update([["good"], [["nested"]]], "A1")
    assert control.rows() == []


@pytest.mark.parametrize(
    ("range_name", "message"),
    [
        ("Nada!A1", "Unable to parse range: Nada!A1"),
        ("'Hoja 1'!ZZ1", "exceeds grid limits"),
        ("A1:B1:C1", "Unable to parse"),
    ],
)
def test_a_bad_range_is_a_400_in_googles_words(sheet, range_name, message):
    with pytest.raises(gspread.exceptions.APIError, match=message):
        sheet.spreadsheet.values_get(range_name)


def test_writing_beyond_a_closed_range_is_refused(sheet):
    with pytest.raises(gspread.exceptions.APIError, match=r"tried writing to column \[C\]"):
        sheet.update([["a", "b", "c"]], "A1:B1")


def test_an_append_that_times_out_after_it_was_applied_is_there(control, google, sheet):
    sheet.append_row(HEADER)
    control.fault("google", "values.append", "timeout_after_apply", calls=1, seconds=20)
    google.set_timeout((5, 0.3))
    with pytest.raises(requests.exceptions.ReadTimeout):
        append(sheet, ["1", "x", 1])
    assert control.rows() == [HEADER, ["1", "x", 1]]


def test_the_user_agent_of_each_call_can_be_asserted_on(control, sheet):
    sheet.append_row(["x"])
    assert "python" in control.calls("google", "values.append")[0]["user_agent"]


def test_a_person_may_edit_the_sheet(control, sheet):
    control.edit(sheet.spreadsheet.id, "Hoja 1", [["otra", "cabecera"], ["a", 1]])
    assert sheet.get_values() == [["otra", "cabecera"], ["a", "1"]]
