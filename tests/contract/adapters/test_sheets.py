"""The sheet as a projection: one row an id, in few calls, whatever people and Google do in between."""

import json
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from adapters.sheets import Row, Sheet
from kit import errors
from tests.contract.adapters.calls import COLUMNS

FIRST = {"Fecha": date(2026, 11, 20), "Total": Decimal("12.10"), "Nota": "gasolina"}


@pytest.fixture
def sheet(sandbox, env, service_account, quick):
    """The tab with its header already there."""
    sandbox.edit(env.sheet_id, "Tickets", [COLUMNS])
    return Sheet(env, service_account, COLUMNS, policy=quick)


@pytest.fixture
def routes(sandbox):
    return lambda: [call["route"] for call in sandbox.calls("google") if call["route"] != "token"]


def test_rows_of_any_number_cost_one_read_and_one_write(sheet, sandbox, routes):
    ranges = sheet.flush([Row(f"T-{n}", {"Total": n}) for n in range(300)])
    assert routes() == ["values.batchGet", "values.append"]
    assert len(sandbox.rows()) == 301
    assert ranges["T-0"] == "'Tickets'!A2:D2"
    assert ranges["T-299"] == "'Tickets'!A301:D301"


def test_known_ids_are_updated_in_one_write_and_keep_their_place(sheet, sandbox, routes):
    sheet.flush([Row("T-1", FIRST), Row("T-2", FIRST)])
    before = len(routes())
    assert sheet.flush([Row("T-2", {"Total": 9}), Row("T-1", {"Total": 8})]) == {
        "T-2": "'Tickets'!A3:D3",
        "T-1": "'Tickets'!A2:D2",
    }
    assert routes()[before:] == ["values.batchGet", "values.batchUpdate"]
    assert [row[:3] for row in sandbox.rows()[1:]] == [["T-1", None, 8], ["T-2", None, 9]]


def test_a_flush_may_update_and_append(sheet, sandbox):
    sheet.flush([Row("T-1", FIRST)])
    assert sheet.flush([Row("T-1", {"Total": 2}), Row("T-2", {"Total": 3})]) == {
        "T-1": "'Tickets'!A2:D2",
        "T-2": "'Tickets'!A3:D3",
    }
    assert [row[0] for row in sandbox.rows()[1:]] == ["T-1", "T-2"]


def test_of_two_rows_with_one_id_the_last_counts(sheet, sandbox):
    sheet.flush([Row("T-1", {"Total": 1}), Row("T-1", {"Total": 2})])
    assert [row[:3] for row in sandbox.rows()[1:]] == [["T-1", None, 2]]


def test_nothing_to_write_calls_nobody(sheet, routes):
    assert sheet.flush([]) == {}
    assert routes() == []


def test_a_second_sheet_object_finds_what_the_first_wrote(sheet, sandbox, env, service_account, quick):
    sheet.flush([Row("T-1", FIRST)])
    Sheet(env, service_account, COLUMNS, policy=quick).flush([Row("T-1", FIRST)])
    assert len(sandbox.rows()) == 2


def test_the_tab_and_its_header_are_made_when_they_are_missing(sandbox, env, service_account, quick):
    Sheet(env, service_account, COLUMNS, policy=quick).flush([Row("T-1", FIRST)])
    assert sandbox.rows(title="Tickets") == [COLUMNS, ["T-1", "2026-11-20", 12.1, "gasolina"]]


def test_a_tab_made_twice_at_the_same_time_is_no_error(sandbox, env, service_account, quick):
    sandbox.fault("google", "spreadsheets.batchUpdate", "status", status=503, after_apply=True, calls=1)
    Sheet(env, service_account, COLUMNS, policy=quick).flush([Row("T-1", FIRST)])
    assert len(sandbox.rows(title="Tickets")) == 2


def test_the_header_is_written_when_the_tab_is_empty(sandbox, env, service_account, quick):
    sandbox.edit(env.sheet_id, "Tickets", [])
    Sheet(env, service_account, COLUMNS, policy=quick).flush([Row("T-1", FIRST)])
    assert sandbox.rows(title="Tickets")[0] == COLUMNS


def test_columns_may_be_moved_and_added_by_people(sandbox, env, service_account, quick, routes):
    moved = ["Responsable", "Total", "Ticket", "Nota", "Fecha"]
    sandbox.edit(env.sheet_id, "Tickets", [moved, ["Ana", 1, "T-1", "vieja", "2026-01-01"]])
    sheet = Sheet(env, service_account, COLUMNS, policy=quick)
    sheet.flush([Row("T-1", FIRST), Row("T-2", FIRST)])
    first, second = sandbox.rows()[1:]
    assert first == ["Ana", 12.1, "T-1", "gasolina", "2026-11-20"], "the column of another person is left alone"
    assert second == [None, 12.1, "T-2", "gasolina", "2026-11-20"]
    before = len(routes())
    sheet.flush([Row("T-1", FIRST)])
    assert routes()[before:] == ["values.batchGet", "values.batchUpdate"], "the place of the ids is remembered"


@pytest.mark.parametrize(
    "header", [["Ticket", "Fecha", "Importe", "Nota"], ["Ticket", "Fecha", "Total"], [*COLUMNS, "Total"]]
)
def test_a_changed_header_is_refused_and_nothing_written(header, sandbox, env, service_account, quick):
    sandbox.edit(env.sheet_id, "Tickets", [header])
    with pytest.raises(errors.ConflictError) as raised:
        Sheet(env, service_account, COLUMNS, policy=quick).flush([Row("T-1", FIRST)])
    assert raised.value.code == "sheet_header_changed"
    assert "Total" in str(raised.value) or "Nota" in str(raised.value)
    assert "Restore" in raised.value.next_action
    assert sandbox.rows(title="Tickets") == [header]


def test_a_removed_header_above_rows_is_refused(sandbox, env, service_account, quick):
    sandbox.edit(env.sheet_id, "Tickets", [[], ["T-1", "2026-01-01", 1, ""]])
    with pytest.raises(errors.ConflictError) as raised:
        Sheet(env, service_account, COLUMNS, policy=quick).flush([Row("T-2", FIRST)])
    assert raised.value.code == "sheet_header_changed"


def test_a_missing_spreadsheet_names_setting_and_account(env, service_account, quick):
    with pytest.raises(errors.NotFoundError) as raised:
        Sheet(env.model_copy(update={"sheet_id": "1nothere"}), service_account, COLUMNS, policy=quick).flush(
            [Row("T-1")]
        )
    assert raised.value.code == "sheet_missing"
    assert "OPSFLOWS_SHEET_ID" in str(raised.value)
    assert service_account["client_email"] in str(raised.value)


@pytest.mark.parametrize("share", ["none", "reader"])
def test_a_sheet_that_is_not_shared_names_the_account(share, sheet, sandbox, env, service_account):
    sandbox.share(env.sheet_id, share)
    with pytest.raises(errors.PermissionDeniedError) as raised:
        sheet.flush([Row("T-1", FIRST)])
    assert raised.value.code == "sheet_not_shared"
    assert f"Share the sheet with {service_account['client_email']}" in raised.value.next_action


def test_an_exceeded_quota_waits_for_the_next_minute_and_says_so(sandbox, env, service_account, quick):
    sandbox.fault("google", "values.batchGet", "error", code="quota")
    with pytest.raises(errors.RateLimitedError) as raised:
        Sheet(env, service_account, COLUMNS, policy=replace(quick, attempts=1)).flush([Row("T-1", FIRST)])
    assert raised.value.code == "sheet_quota"
    assert 0 < raised.value.retry_after <= 63
    assert "next minute" in raised.value.next_action


def test_a_tab_that_is_too_narrow_says_so(sandbox, env, service_account, quick):
    sandbox.edit(env.sheet_id, "Tickets", [])
    wide = [f"Columna {n}" for n in range(40)]
    with pytest.raises(errors.InvalidRequestError) as raised:
        Sheet(env, service_account, wide, policy=quick).flush([Row("T-1")])
    assert raised.value.code == "sheet_grid"


def test_a_key_of_another_account_is_an_authentication_error(env, service_account, quick):
    from local.providers.credentials import generate

    stranger = service_account | {"private_key": generate().google_private_key}
    with pytest.raises(errors.AuthenticationError) as raised:
        Sheet(env, stranger, COLUMNS, policy=quick).flush([Row("T-1")])
    assert raised.value.code == "google_credentials"


@pytest.mark.parametrize("part", ["private_key", "client_email", "token_uri"])
def test_an_incomplete_key_is_a_configuration_error(part, env, service_account, quick):
    broken = {name: value for name, value in service_account.items() if name != part}
    with pytest.raises(errors.ConfigurationError) as raised:
        Sheet(env, broken, COLUMNS, policy=quick).flush([Row("T-1")])
    assert raised.value.code == "google_key"


def test_a_token_is_asked_for_at_google_or_the_sandbox_only(env, service_account, quick):
    stolen = service_account | {"token_uri": "https://tokens.example.net/token"}
    with pytest.raises(errors.ConfigurationError) as raised:
        Sheet(env, stolen, COLUMNS, policy=quick).flush([Row("T-1")])
    assert raised.value.code == "google_key"


def test_one_token_serves_many_calls(sheet, sandbox):
    for n in range(3):
        sheet.flush([Row(f"T-{n}", FIRST)])
    assert len(sandbox.calls("google", "token")) == 1


# An append whose end is unknown


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "timeout_after_apply", "seconds": 2},
        {"kind": "status", "status": 500, "after_apply": True},
        {"kind": "status", "status": 503, "after_apply": True},
        {"kind": "reset", "after_apply": True},
        {"kind": "html", "after_apply": True},
        {"kind": "truncate", "at": 1},
    ],
    ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}",
)
def test_an_append_that_was_applied_is_found_and_not_repeated(fault, sheet, sandbox, routes):
    sheet.flush([Row("T-0", FIRST)])
    sandbox.fault("google", "values.append", **fault)
    before = len(routes())
    assert sheet.flush([Row("T-1", FIRST), Row("T-2", FIRST)]) == {
        "T-1": "'Tickets'!A3:D3",
        "T-2": "'Tickets'!A4:D4",
    }
    assert routes()[before:].count("values.append") <= 1, "a call without an answer may not be logged yet"
    assert [row[0] for row in sandbox.rows()[1:]] == ["T-0", "T-1", "T-2"]


@pytest.mark.parametrize("kind", ["reset", "status"])
def test_an_append_that_was_not_applied_is_made_again_once(kind, sheet, sandbox, routes):
    sandbox.fault("google", "values.append", kind, calls=1)
    sheet.flush([Row("T-1", FIRST)])
    assert routes() == ["values.batchGet", "values.append", "values.batchGet", "values.append"]
    assert len(sandbox.rows()) == 2


def test_a_doubt_that_cannot_be_resolved_stays_one_and_a_later_flush_ends_it(sheet, sandbox):
    sandbox.fault("google", "values.append", "status", status=500, after_apply=True, calls=1)
    sandbox.fault("google", "values.batchGet", "status", status=503, skip=1, calls=3)
    with pytest.raises(errors.UncertainError):
        sheet.flush([Row("T-1", FIRST)])
    assert sheet.flush([Row("T-1", FIRST)]) == {"T-1": "'Tickets'!A2:D2"}
    assert len(sandbox.rows()) == 2


@pytest.mark.parametrize("body", ["[]", "1", "{}", '{"valueRanges": 5}', '{"valueRanges": []}'])
def test_a_read_of_another_shape_is_an_invalid_response(body, sheet, sandbox):
    sandbox.fault("google", "values.batchGet", "status", status=200, body=body)
    with pytest.raises(errors.InvalidResponseError):
        sheet.flush([Row("T-1", FIRST)])


@pytest.mark.parametrize("body", ["[]", "1", "{}", '{"updates": 5}', '{"updates": {"updatedRange": "nowhere"}}'])
def test_an_append_with_an_answer_of_another_shape_is_looked_up(body, sheet, sandbox):
    sandbox.fault("google", "values.append", "status", status=200, body=body, after_apply=True)
    assert sheet.flush([Row("T-1", FIRST)]) == {"T-1": "'Tickets'!A2:D2"}
    assert len(sandbox.rows()) == 2


@pytest.mark.parametrize("body", ["[]", "1", "{}", '{"access_token": 5, "expires_in": "soon"}', '"x"'])
def test_a_token_of_another_shape_is_an_error_of_ours(body, sheet, sandbox):
    sandbox.fault("google", "token", "status", status=200, body=body)
    with pytest.raises(errors.OpsflowsError):
        sheet.flush([Row("T-1", FIRST)])


# What stands in the cells


def test_text_is_stored_literally_and_numbers_exactly(sheet, sandbox):
    sheet.flush(
        [
            Row("T-1", {"Fecha": date(2026, 2, 1), "Total": Decimal("0.10"), "Nota": "=1+1"}),
            Row("T-2", {"Fecha": datetime(2026, 2, 1, 9, 30, tzinfo=UTC), "Total": Decimal("1234.56"), "Nota": "007"}),
            Row("T-3", {"Total": Decimal(100), "Nota": None}),
        ]
    )
    body = json.loads(next(call["request"] for call in sandbox.calls("google", "values.append")))
    assert body["values"] == [
        ["T-1", "2026-02-01", 0.1, "=1+1"],
        ["T-2", "2026-02-01 09:30:00", 1234.56, "007"],
        ["T-3", "", 100, ""],
    ]
    assert sandbox.rows()[1][3] == "=1+1"


def test_a_value_for_a_column_that_does_not_exist_refuses_the_flush(sheet, sandbox):
    with pytest.raises(errors.InvalidRequestError):
        sheet.flush([Row("T-1", FIRST), Row("T-2", {"Importe": 1})])
    assert sandbox.rows() == [COLUMNS]


def test_our_user_agent_and_raw_input_are_on_the_wire(sheet, sandbox):
    sheet.flush([Row("T-1", FIRST)])
    [append] = sandbox.calls("google", "values.append")
    assert append["user_agent"].startswith("opsflows/")
    assert "valueInputOption=RAW" in append["path"]
    assert "insertDataOption=INSERT_ROWS" in append["path"]


def test_the_limiter_is_asked_before_each_call_to_the_api(env, sandbox, service_account, quick):
    asked = []

    class Counting:
        def acquire(self, cost=1, deadline_s=30.0):
            asked.append((cost, deadline_s))

    sandbox.edit(env.sheet_id, "Tickets", [COLUMNS])
    Sheet(env, service_account, COLUMNS, policy=quick, limiter=Counting()).flush([Row("T-1", FIRST)])
    assert [cost for cost, _ in asked] == [1, 1]


def test_the_total_time_bounds_a_whole_flush(sandbox, env, service_account, quick):
    sandbox.edit(env.sheet_id, "Tickets", [COLUMNS])
    sandbox.fault("google", "values.batchGet", "delay", seconds=3)
    sandbox.fault("google", "values.append", "delay", seconds=20)
    short = Sheet(env, service_account, COLUMNS, policy=replace(quick, total_s=4, read_s=20))
    started = time.monotonic()
    with pytest.raises(errors.UncertainError):
        short.flush([Row("T-1", FIRST)])
    assert time.monotonic() - started < 6.9, "the read's time counts too"


LONGER, LATER = [*COLUMNS, "Categoría", "Cuenta"], ["Categoría", "Cuenta"]
SORTED = {**FIRST, "Categoría": "Combustible", "Cuenta": "628"}
CELLS = ["2026-11-20", 12.1, "gasolina", "Combustible", "628"]


@pytest.fixture
def narrow(sandbox, env, service_account, quick):  # noqa: ARG001 - the sandbox is emptied first
    """The sheet as an earlier release knew it; the tab is its own, no column wider than its header."""
    sheet = Sheet(env, service_account, COLUMNS, policy=quick)
    sheet.flush([Row("T-1", FIRST)])
    return sheet


@pytest.fixture
def longer(env, service_account, quick):
    """The sheet as a later release knows it."""
    return Sheet(env, service_account, LONGER, later=LATER, policy=quick)


@pytest.mark.usefixtures("narrow")
def test_a_sheet_of_an_earlier_release_gets_the_new_columns_at_its_end(longer, sandbox, routes):
    longer.flush([Row("T-2", SORTED), Row("T-1", SORTED)])
    assert sandbox.rows(title="Tickets") == [LONGER, ["T-1", *CELLS], ["T-2", *CELLS]]
    before = len(routes())
    longer.flush([Row("T-3", SORTED)])
    assert routes()[before:] == ["values.batchGet", "values.append"], "the header is made longer once"


def test_an_earlier_release_goes_on_with_the_longer_header(narrow, longer, sandbox):
    longer.flush([Row("T-1", SORTED)])
    narrow.flush([Row("T-2", FIRST), Row("T-1", {**FIRST, "Nota": "taxi"})])
    _, first, second = sandbox.rows(title="Tickets")
    assert first == ["T-1", "2026-11-20", 12.1, "taxi", "Combustible", "628"]
    assert second[:4] == ["T-2", "2026-11-20", 12.1, "gasolina"]


def test_nothing_that_people_wrote_beside_the_table_is_overwritten_or_moved(longer, sandbox, env):
    titles = ["Total", "Ticket", "Fecha", "Nota", "Responsable"]
    theirs = [1, "T-0", "2026-01-01", "vieja", "Ana", "sin título", "¿quién?"]
    sandbox.edit(env.sheet_id, "Tickets", [titles, theirs])
    longer.flush([Row("T-1", SORTED)])
    header, old, new = sandbox.rows(title="Tickets")
    assert (header[:5], header[7:]) == (titles, LATER)
    assert old == theirs
    assert (new[:4], new[7:]) == ([12.1, "T-1", "2026-11-20", "gasolina"], ["Combustible", "628"])


def test_a_header_that_people_changed_is_still_refused(longer, sandbox, env):
    sandbox.edit(env.sheet_id, "Tickets", [["Ticket", "Fecha", "Importe", "Nota"]])
    with pytest.raises(errors.ConflictError) as raised:
        longer.flush([Row("T-1", SORTED)])
    assert raised.value.code == "sheet_header_changed"
    assert sandbox.rows(title="Tickets") == [["Ticket", "Fecha", "Importe", "Nota"]]


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("route", ["spreadsheets.get", "spreadsheets.batchUpdate", "values.update"])
@pytest.mark.parametrize("applied", [True, False])
def test_an_upgrade_that_is_cut_off_is_finished_by_the_next_flush(longer, sandbox, route, applied):
    sandbox.fault("google", route, "status", status=503, after_apply=applied)
    with pytest.raises(errors.TransientError):
        longer.flush([Row("T-2", SORTED)])
    sandbox.clear_faults()
    longer.flush([Row("T-2", SORTED)])
    assert sandbox.rows(title="Tickets")[0] == LONGER
    assert sandbox.rows(title="Tickets")[2:] == [["T-2", *CELLS]]
