"""The sheet as a projection of the tickets: what it lacks is in Postgres, and can be written at any later time."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adapters import sheets
from kit import db, effects, secrets, settings
from kit.db import Connection
from kit.errors import TerminalError
from tickets import effect_keys, store, texts

MOST_ROWS = 500


def write(ticket_id: str) -> int:
    """See to it that a ticket has its row: write every ticket that has none yet, with one append for all of them.

    The lock on the sheet makes this the only writer. Tickets that arrive together are written by whichever task
    comes first, so that a burst costs a few calls of the quota and not one each.

    Returns:
        Rows written by this call; 0 when another one wrote this ticket's row meanwhile.

    Raises:
        TerminalError: the sheet is missing, not shared, or its header was changed; each ticket keeps the code.
    """
    with locked() as conn:
        ticket = store.ticket(conn, ticket_id)
        if ticket is None or ticket["verdict"] == "reject" or ticket["sheet_range"]:
            return 0
        return _flush(conn)


def rewrite(ticket_id: str) -> str | None:
    """Bring the row of a ticket that was revised up to date, in its place; repeating it changes nothing.

    The row of a rejected ticket is marked and stays; where it has none, none is added.

    Returns:
        Where the row is, as A1 notation; None when there is none.

    Raises:
        TerminalError: as `write`.
    """
    with locked() as conn:
        ticket = store.ticket(conn, ticket_id)
        if ticket is None:
            return None
        where = _flush_tickets(conn, [ticket], append=ticket["verdict"] != "reject").get(ticket_id)
        if where is None:
            effects.record(conn, effect_keys.sheet_row(ticket), "sheets.row", {"range": None})
        return where


def _flush(conn: Connection) -> int:
    tickets = [ticket for ticket_id in store.unwritten(conn, MOST_ROWS) if (ticket := store.ticket(conn, ticket_id))]
    return len(_flush_tickets(conn, tickets))


def _flush_tickets(conn: Connection, tickets: list[store.Row], *, append: bool = True) -> dict[str, str]:
    rows = [sheets.Row(ticket["ticket_id"], texts.sheet_values(ticket)) for ticket in tickets]
    sheet = _sheet()
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
                effects.record(conn, effect_keys.sheet_row(ticket), "sheets.row", {"range": sheet_range})
    return ranges


def rewrite_all(ticket_ids: list[str]) -> set[str]:
    """Bring the rows of tickets up to date, as far as they still are in the sheet; returns those that were.

    Raises:
        OpsflowsError: as `write` does.
    """
    with locked() as conn:
        tickets = [ticket for ticket_id in ticket_ids if (ticket := store.ticket(conn, ticket_id))]
        return set(_flush_tickets(conn, tickets, append=False))


@contextmanager
def locked() -> Iterator[Connection]:
    """A connection that holds the lock of the spreadsheet: nobody else writes to it meanwhile.

    Raises:
        ConfigurationError: OPSFLOWS_SHEET_ID is not set.
    """
    sheet_id = settings.require(settings.get().sheet_id, "OPSFLOWS_SHEET_ID")
    with db.connect() as conn, db.advisory_lock(conn, f"sheet:{sheet_id}"):
        yield conn


def account() -> dict[str, Any]:
    """The service account that writes to the spreadsheet."""
    return dict(json.loads(secrets.get("GOOGLE_SERVICE_ACCOUNT")))


def _sheet() -> sheets.Sheet:
    titles = texts.sheet_titles()
    later = titles[texts.FIRST_SHEET_COLUMNS :]
    return sheets.Sheet(settings.get(), account(), titles, later=later)
