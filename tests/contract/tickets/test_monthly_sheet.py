"""The month's tab in the sandbox's sheet: made once, written anew each time, other people's columns left alone."""

import json
from decimal import Decimal

import pytest

from adapters.sheets import Snapshot
from kit import db, errors, secrets, settings
from tests.unit.tickets.inbox import CTX
from tests.unit.tickets.monthkit import fill, receipt
from tickets import monthly_sheet

INPUTS = monthly_sheet.Inputs(month="2026-10")
TAB = "Gastos 2026-10"


@pytest.fixture
def october(sandbox, dsn, conn, monkeypatch):
    """Three receipts of October 2026 and one of September."""
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    monkeypatch.setenv("OPSFLOWS_LOCALE", "es")
    fill(conn, [receipt(number) for number in (1, 2, 3)])
    fill(conn, [receipt(4, issued_on="2026-09-01")])
    return sandbox


def tab(sandbox):
    return sandbox.rows(title=TAB)


def filled(sandbox):
    return [row for row in tab(sandbox) if any(cell not in (None, "") for cell in row)]


def test_the_tab_is_made_with_a_row_a_receipt(october):
    found = monthly_sheet.run(INPUTS, CTX)
    assert found["rows"] == 3
    header, first, *rest = filled(october)
    assert header[:4] == ["Ticket", "Fecha expedición", "Nombre emisor", "NIF emisor"]
    assert first[:2] == ["T-0000000001", "2026-10-15"]
    assert first[-2:] == [2.1, 12.1]
    assert len(rest) == 2


def test_written_again_it_is_the_same_and_costs_two_calls(october):
    monthly_sheet.run(INPUTS, CTX)
    before, calls = tab(october), len(october.calls())
    monthly_sheet.run(INPUTS, CTX)
    assert tab(october) == before
    made = [call["route"] for call in october.calls()[calls:] if call["route"] != "token"]
    assert made == ["spreadsheets.get", "values.batchUpdate"]


def test_receipts_that_are_gone_leave_no_row_and_new_ones_find_room(october, conn):
    monthly_sheet.run(INPUTS, CTX)
    db.execute(conn, "update tickets.tickets set verdict = 'review' where ticket_id <> 'T-0000000002'")
    monthly_sheet.run(INPUTS, CTX)
    assert [row[0] for row in filled(october)] == ["Ticket", "T-0000000002"]
    fill(conn, [receipt(number) for number in range(100, 140)])
    monthly_sheet.run(INPUTS, CTX)
    assert len(filled(october)) == 42


def test_a_formula_stays_text(october, conn):
    db.execute(conn, "update tickets.tickets set merchant = '=1+1'")
    monthly_sheet.run(INPUTS, CTX)
    assert filled(october)[1][2] == "=1+1"


def test_a_sheet_that_is_not_shared_says_so(october):
    october.fault("google", "*", "error", code="PERMISSION_DENIED")
    with pytest.raises(errors.PermissionDeniedError) as caught:
        monthly_sheet.run(INPUTS, CTX)
    assert caught.value.code == "sheet_not_shared"


def test_a_write_that_was_applied_and_lost_is_made_again_with_the_same_end(october):
    october.fault("google", "values.batchUpdate", "reset", after_apply=True, calls=1)
    monthly_sheet.run(INPUTS, CTX)
    assert len(filled(october)) == 4


@pytest.mark.parametrize("number", [Decimal("0.1"), Decimal("99999999999.99")])
def test_numbers_stay_numbers_as_far_as_a_cell_can_hold_them(october, number):
    account = json.loads(secrets.get("GOOGLE_SERVICE_ACCOUNT"))
    Snapshot(settings.get(), account, TAB).write(["Total"], [[number]])
    assert Decimal(str(filled(october)[1][0])) == number
