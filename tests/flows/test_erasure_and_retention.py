"""One sender's data leave the engine, too: executions, webhook bodies, pictures and documents; and what is too old."""

from typing import Any

import pytest
import requests
from flowkit import Receipts, tasks

from kit import db, ids

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(900)]


LEFT_OVER = """
insert into tickets.notices (notice_id, kind, payload, execution_id, received_at)
values ('ancient', 'text', '{}', 'e', now() - interval '91 days');
insert into tickets.privacy_runs (run_id, kind, dry_run) values ('before', 'erasure', false);
insert into tickets.erasure_work (run_id, kind, ref) values ('before', 'file', %(uri)s)
"""


def execution_ids(receipts: Receipts, message: dict[str, Any]) -> list[str]:
    """The executions that took the message in and worked on it."""
    rows = receipts.rows(
        "select m.execution_id from tickets.messages m where m.message_id = %s "
        "union select x.execution_id from tickets.executions x join tickets.messages m using (ticket_id) "
        "where m.message_id = %s",
        message["id"],
        message["id"],
    )
    return [row["execution_id"] for row in rows]


def _status(receipts: Receipts, execution_id: str) -> int:
    target = receipts.stack.target
    url = f"{target.url}/api/v1/main/executions/{execution_id}"
    return requests.get(url, auth=(target.username, target.password), timeout=30).status_code


def stored_files(receipts: Receipts, execution_id: str) -> list[str]:
    """What is left in storage of an execution."""
    folder = receipts.stack.home / "engine"
    return [str(path) for path in folder.rglob("*") if execution_id.lower() in str(path).lower() and path.is_file()]


def settled(receipts: Receipts, message: dict[str, Any]) -> dict[str, Any]:
    """A ticket whose executions have all ended."""
    ticket = receipts.ticket(message, within_s=240)
    for execution_id in execution_ids(receipts, message):
        receipts.execution(execution_id)
    return ticket


def test_a_sender_is_erased_from_rows_sheet_storage_and_kestra(receipts: Receipts, too_small: bytes):
    message = receipts.message("ticket_supermercado.jpg", name="Ana Borrable", caption="nota privada")
    other = receipts.message(too_small, mime="image/png", name="Luis Queda")
    receipts.send(message)
    receipts.send(other)
    ticket, kept = settled(receipts, message), settled(receipts, other)
    theirs, others = execution_ids(receipts, message), execution_ids(receipts, other)
    assert all(stored_files(receipts, execution_id) for execution_id in theirs)
    rehearsed = receipts.outputs(
        receipts.start("tickets.tickets_erasure", sender=message["wa_id"], reason="test", dry_run="true")["id"]
    )
    assert (rehearsed["outcome"], rehearsed["counts"]["booked"]) == ("ok", 1)
    assert receipts.answers(message)
    done = receipts.start("tickets.tickets_erasure", sender=f"+{message['wa_id']}", reason="test", dry_run="false")
    outputs = receipts.outputs(done["id"])
    assert (done["state"]["current"], outputs["outcome"], outputs["open"]) == ("SUCCESS", "ok", 0)
    assert [execution_id for execution_id in theirs if _status(receipts, execution_id) != 404] == []
    assert [file for execution_id in theirs for file in stored_files(receipts, execution_id)] == []
    assert [execution_id for execution_id in others if _status(receipts, execution_id) != 200] == []
    row = receipts.row("select * from tickets.messages where ticket_id = %s", ticket["ticket_id"])
    assert row is not None
    assert (row["sender_phone"], row["sender_name"], row["caption"]) == (None, None, None)
    (shown,) = receipts.sheet_rows(message)
    assert 21.75 in shown
    assert row["sender_id"] in shown
    assert "Ana Borrable" not in shown
    assert receipts.row("select 1 from tickets.messages where sender_name = 'Luis Queda' and state = %s", kept["state"])
    report = receipts.get(f"executions/{done['id']}/file", path=outputs["report"]).json()
    assert [item["ticket_id"] for item in report["kept"]] == [ticket["ticket_id"]]
    assert message["wa_id"] not in str(report)


def test_what_names_nobody_ends_as_a_failure(receipts: Receipts):
    ended = receipts.start("tickets.tickets_erasure", sender="12", reason="test", dry_run="false")
    assert ended["state"]["current"] == "FAILED"


def test_what_is_too_old_goes_and_what_an_erasure_left_over_is_done(receipts: Receipts):
    message = receipts.message()
    receipts.send(message)
    settled(receipts, message)
    ticket = receipts.row("select t.* from tickets.tickets t where ticket_id = %s", ids.ticket_id(message["id"]))
    assert ticket is not None
    with db.connect(receipts.stack.postgres.dsn) as conn:
        db.execute(conn, LEFT_OVER, {"uri": ticket["image_uri"]})
    rehearsed = receipts.outputs(receipts.start("tickets.tickets_retention", dry_run="true")["id"])
    assert rehearsed["counts"]["notices"] == 1
    ended = receipts.start("tickets.tickets_retention", dry_run="false")
    assert ended["state"]["current"] == "SUCCESS", tasks(ended)
    assert receipts.outputs(ended["id"])["counts"]["notices"] == 1
    assert not receipts.row("select 1 from tickets.notices where notice_id = 'ancient'")
    left = receipts.row("select outcome from tickets.erasure_work where run_id = 'before' and done_at is not null")
    assert left == {"outcome": "deleted"}
    name = ticket["image_uri"].rpartition("/")[2]
    held = [file for execution_id in execution_ids(receipts, message) for file in stored_files(receipts, execution_id)]
    assert held
    assert [file for file in held if file.endswith(name)] == []
    # Young executions stay, with what else they hold.
    assert {_status(receipts, execution_id) for execution_id in execution_ids(receipts, message)} == {200}
