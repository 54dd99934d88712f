"""What an erasure does outside of Postgres: the sheet's rows in the sandbox, and what happens when Google is away."""

import pytest

from kit import db
from tests.unit.tickets.inbox import CTX
from tests.unit.tickets.monthkit import ANA, LUIS, fill, receipt
from tickets import erasure, erasure_files, erasure_work, privacy, sheet

ERASING = "erasing"


@pytest.fixture
def erased(sandbox, dsn, conn, monkeypatch):
    """Ana's two rows and one of Luis are in the sheet; then Ana is erased in Postgres."""
    monkeypatch.setenv("OPSFLOWS_PG_DSN", dsn)
    monkeypatch.setenv("OPSFLOWS_LOCALE", "es")
    fill(conn, [receipt(1), receipt(2), receipt(3, sender=LUIS)])
    db.execute(conn, "update tickets.messages set caption = 'Cena de Ana'")
    for number in (1, 2, 3):
        sheet.write(f"T-{number:010d}")
    inputs = erasure.Inputs(sender=ANA[0], reason="asked for", dry_run=False)
    erasure.run(inputs, CTX.__class__(execution_id=ERASING))
    return sandbox


def rows(sandbox):
    return {row[0]: row for row in sandbox.rows(title="Tickets") if row}


def outcomes(conn):
    return {row["ref"]: (row["outcome"], row["done"]) for row in privacy.work_of(conn, ERASING)}


def test_the_rows_lose_the_sender_and_keep_their_amounts(erased):
    before = rows(erased)
    erasure_work.run(erasure_work.Inputs(), CTX)
    after = rows(erased)
    assert list(after) == list(before)
    assert after["T-0000000003"] == before["T-0000000003"]
    assert [12.1 in after[ticket_id] for ticket_id in ("T-0000000001", "T-0000000002")] == [True, True]
    left = str([after["T-0000000001"], after["T-0000000002"]])
    assert [text for text in (*ANA, "Cena de Ana") if text in left] == []


def test_a_row_that_somebody_removed_is_not_brought_back(erased, conn):
    db.execute(
        conn, "insert into tickets.erasure_work (run_id, kind, ref) values (%s, 'sheet', 'T-9999999999')", [ERASING]
    )
    erasure_work.run(erasure_work.Inputs(), CTX)
    assert outcomes(conn)["T-9999999999"] == ("absent", True)
    assert "T-9999999999" not in rows(erased)


def test_what_cannot_be_done_now_is_done_later(erased, conn):
    erased.fault("google", "*", "error", code="PERMISSION_DENIED")
    found = erasure_work.run(erasure_work.Inputs(), CTX)
    assert found == {"done": 0, "left": 3, "files": []}
    assert outcomes(conn) == {
        "T-0000000001": ("sheet_not_shared", False),
        "T-0000000002": ("sheet_not_shared", False),
        "e0": ("kestra_not_set_up", False),
    }
    erased.clear_faults()
    assert erasure_work.run(erasure_work.Inputs(), CTX) == {
        "done": 0,
        "left": 0,
        "files": [],
    }  # not yet: it is due in an hour
    db.execute(conn, "update tickets.erasure_work set due_at = now() where due_at < now() + interval '2 hours'")
    assert erasure_work.run(erasure_work.Inputs(), CTX) == {"done": 2, "left": 1, "files": []}
    assert ANA[2] not in str(rows(erased))


@pytest.mark.usefixtures("erased")
def test_files_whose_execution_cannot_be_deleted_are_left_to_kestras_own_task(conn):
    uri = "kestra:///opsflows/tickets/p/executions/e0/tasks/image.jpg"
    db.execute(conn, "insert into tickets.erasure_work (run_id, kind, ref) values (%s, 'file', %s)", [ERASING, uri])
    assert erasure_work.run(erasure_work.Inputs(), CTX)["files"] == [uri]
    assert erasure_files.run(erasure_files.Inputs(files=[uri]), CTX) == {"deleted": 1}
    assert outcomes(conn)[uri] == ("deleted", True)


@pytest.mark.usefixtures("erased")
def test_files_are_gone_with_their_execution(conn):
    uri = "kestra:///opsflows/tickets/p/executions/e0/tasks/image.jpg"
    db.execute(conn, "insert into tickets.erasure_work (run_id, kind, ref) values (%s, 'file', %s)", [ERASING, uri])
    db.execute(conn, "update tickets.erasure_work set outcome = 'deleted', done_at = now() where ref = 'e0'")
    assert erasure_work.run(erasure_work.Inputs(), CTX)["files"] == []
    assert outcomes(conn)[uri] == ("deleted", True)
