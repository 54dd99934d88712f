"""What people look up about tickets: the list, and everything that the certificate tells. Nothing is changed here."""

from typing import Any

from kit.db import Connection
from tickets import queries
from tickets.queries import Row


def tickets(conn: Connection, **filters: Any) -> list[Row]:
    """Messages with their tickets, the newest first; a filter that is None does not count."""
    return queries.every(conn, "list_tickets", **filters)


def attempts(conn: Connection, ticket_id: str) -> list[Row]:
    """Every reading of a ticket, without what the engines answered."""
    return queries.every(conn, "ticket_attempts", ticket_id=ticket_id)


def deliveries(conn: Connection, ticket_id: str) -> list[Row]:
    """How often a ticket's message was delivered to us."""
    return queries.every(conn, "ticket_deliveries", ticket_id=ticket_id)


def effects(conn: Connection, ticket_id: str) -> list[Row]:
    """What the ledger of effects says of a ticket."""
    return queries.every(conn, "ticket_effects", ticket_id=ticket_id)


def corrections(conn: Connection, ticket_id: str) -> list[Row]:
    """Each field of a ticket that a person changed."""
    return queries.every(conn, "ticket_corrections", ticket_id=ticket_id)


def by_projection(conn: Connection, *, row: str | None, document_uri: str) -> str | None:
    """The ticket that has a row of the sheet, by its number, or a document; the youngest when there are several."""
    found = queries.every(conn, "ticket_by_projection", row=row, document_uri=document_uri)
    return str(found[0]["ticket_id"]) if found else None
