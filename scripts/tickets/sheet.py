"""The sheet as a projection of the tickets: what it lacks is in Postgres, and can be written at any later time."""

import json

from adapters import sheets
from kit import db, effects, limits, secrets, settings
from kit.db import Connection
from kit.errors import TerminalError
from tickets import store, texts

MOST_ROWS = 500
# Google counts reads and writes apart, 60 a minute each for a service account; together they stay below.
CALLS_A_MINUTE = 60


def write(ticket_id: str) -> int:
    """See to it that a ticket has its row: write every ticket that has none yet, with one append for all of them.

    The lock on the sheet makes this the only writer. Tickets that arrive together are written by whichever task
    comes first, so that a burst costs a few calls of the quota and not one each.

    Returns:
        Rows written by this call; 0 when another one wrote this ticket's row meanwhile.

    Raises:
        TerminalError: the sheet is missing, not shared, or its header was changed; each ticket keeps the code.
    """
    found = settings.get()
    sheet_id = settings.require(found.sheet_id, "OPSFLOWS_SHEET_ID")
    with db.connect() as conn, db.advisory_lock(conn, f"sheet:{sheet_id}"):
        ticket = store.ticket(conn, ticket_id)
        if ticket is None or ticket["verdict"] == "reject" or ticket["sheet_range"]:
            return 0
        return _flush(conn, found)


def rewrite(ticket_id: str) -> str | None:
    """Bring the row of a ticket that was revised up to date, in its place; repeating it changes nothing.

    The row of a rejected ticket is marked and stays; where it has none, none is added.

    Returns:
        Where the row is, as A1 notation; None when there is none.

    Raises:
        TerminalError: as `write`.
    """
    found = settings.get()
    sheet_id = settings.require(found.sheet_id, "OPSFLOWS_SHEET_ID")
    with db.connect() as conn, db.advisory_lock(conn, f"sheet:{sheet_id}"):
        ticket = store.ticket(conn, ticket_id)
        if ticket is None:
            return None
        where = _flush_tickets(conn, found, [ticket], append=ticket["verdict"] != "reject").get(ticket_id)
        if where is None:
            effects.record(conn, key(ticket), "sheets.row", {"range": None})
        return where


def _flush(conn: Connection, found: settings.Settings) -> int:
    tickets = [ticket for ticket_id in store.unwritten(conn, MOST_ROWS) if (ticket := store.ticket(conn, ticket_id))]
    return len(_flush_tickets(conn, found, tickets))


def _flush_tickets(
    conn: Connection, found: settings.Settings, tickets: list[store.Row], *, append: bool = True
) -> dict[str, str]:
    rows = [sheets.Row(ticket["ticket_id"], texts.sheet_values(ticket)) for ticket in tickets]
    sheet = _sheet(found)
    try:
        ranges = sheet.flush(rows, append=append)
    except TerminalError as refused:
        with db.transaction(conn):
            for ticket in tickets:
                store.set_sheet_error(conn, ticket["ticket_id"], refused.code)
        raise
    with db.transaction(conn):
        for ticket in tickets:
            if sheet_range := ranges.get(ticket["ticket_id"]):
                store.set_sheet_range(conn, ticket["ticket_id"], sheet_range)
                effects.record(conn, key(ticket), "sheets.row", {"range": sheet_range})
    return ranges


def key(ticket: store.Row) -> str:
    """The key of the row in the effect ledger; each revision has its own."""
    key = f"sheet:{ticket['ticket_id']}"
    return key if ticket["revision"] == 1 else f"{key}:r{ticket['revision']}"


def rewrite_all(ticket_ids: list[str]) -> set[str]:
    """Bring the rows of tickets up to date, as far as they still are in the sheet; returns those that were.

    Raises:
        OpsflowsError: as `write` does.
    """
    found = settings.get()
    sheet_id = settings.require(found.sheet_id, "OPSFLOWS_SHEET_ID")
    with db.connect() as conn, db.advisory_lock(conn, f"sheet:{sheet_id}"):
        tickets = [ticket for ticket_id in ticket_ids if (ticket := store.ticket(conn, ticket_id))]
        return set(_flush_tickets(conn, found, tickets, append=False))


def _sheet(found: settings.Settings) -> sheets.Sheet:
    account = json.loads(secrets.get("GOOGLE_SERVICE_ACCOUNT"))
    limiter = limits.Limiter(db.connect, "google:sheets", CALLS_A_MINUTE, 60)
    titles = texts.sheet_titles()
    return sheets.Sheet(found, account, titles, later=titles[texts.FIRST_SHEET_COLUMNS :], limiter=limiter)
