"""Task: bring the sheet up to date. The sheet is a projection: what it lacks is in Postgres, and can be written later."""

import json
from typing import Any

from psycopg2.extensions import connection

from adapters import sheets
from kit import db, effects, secrets, settings, task
from kit.errors import TerminalError
from tickets import store, texts

MOST_ROWS = 500


class Inputs(task.TaskInputs):
    """The ticket that must be in the sheet afterwards; none: whatever waits."""

    ticket_id: str = ""


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Write every ticket that has no row yet, with one append for all of them.

    The lock on the sheet makes this the only writer. Tickets that arrive together are written by whichever task
    comes first, so that a burst costs a few calls of the quota and not one each.

    Returns:
        `written`: rows written by this task; `sheet_range`: where the asked ticket's row is, as A1 notation.
    """
    found = settings.get()
    sheet_id = settings.require(found.sheet_id, "OPSFLOWS_SHEET_ID")
    with db.connect() as conn, db.advisory_lock(conn, f"sheet:{sheet_id}"):
        written = _flush(conn, found, ctx) if _waits(conn, inputs.ticket_id) else 0
        ticket = store.ticket(conn, inputs.ticket_id)
    ctx.counter("sheet_rows", written)
    return {"written": written, "sheet_range": ticket and ticket["sheet_range"]}


def _waits(conn: connection, ticket_id: str) -> bool:
    ticket = store.ticket(conn, ticket_id)
    return not ticket_id or bool(ticket and ticket["verdict"] != "reject" and not ticket["sheet_range"])


def _flush(conn: connection, found: settings.Settings, ctx: task.Context) -> int:
    tickets = [store.ticket(conn, ticket_id) for ticket_id in store.unwritten(conn, MOST_ROWS)]
    waiting = [ticket for ticket in tickets if ticket]
    rows = [sheets.Row(ticket["ticket_id"], texts.sheet_values(ticket)) for ticket in waiting]
    sheet = sheets.Sheet(found, json.loads(secrets.get("GOOGLE_SERVICE_ACCOUNT")), texts.sheet_titles())
    try:
        ranges = sheet.flush(rows)
    except TerminalError as refused:
        _refused(conn, waiting, refused)
        raise
    with db.transaction(conn):
        for ticket_id, sheet_range in ranges.items():
            store.set_sheet_range(conn, ticket_id, sheet_range)
            effects.record(conn, f"sheet:{ticket_id}", "sheets.row", {"range": sheet_range})
    return len(ranges)


def _refused(conn: connection, waiting: list[store.Row], refused: TerminalError) -> None:
    with db.transaction(conn):
        for ticket in waiting:
            store.set_sheet_error(conn, ticket["ticket_id"], refused.code)


if __name__ == "__main__":
    task.main(Inputs, run)
