"""The rows of the schema `tickets`: one function a statement."""

from datetime import datetime
from typing import Any

from psycopg2.extras import Json

from kit import db, ids
from kit.db import Connection
from tickets import queries
from tickets.items import Message, Notice, Status

Row = queries.Row
# Between WhatsApp's message id and the number of a receipt in its picture; no such id contains it.
PART_SIGN = "#"


def insert_message(conn: Connection, message: Message, execution_id: str) -> None:
    """Put a message into the inbox; a repeated one changes nothing."""
    values = message.model_dump() | {"media": Json(message.media), "execution_id": execution_id}
    queries.run(conn, "insert_message", **values)


def insert_part(conn: Connection, parent: Row, part: int, place: tuple[int, ...], execution_id: str) -> str:
    """Put one receipt of a picture into the inbox as a message of its own; a repeated one changes nothing.

    Returns:
        Its ticket id, a function of the provider's message id and the part's number.
    """
    message_id = f"{parent['message_id']}{PART_SIGN}{part}"
    ticket_id = ids.ticket_id(message_id)
    queries.run(
        conn,
        "insert_part",
        parent_ticket_id=parent["ticket_id"],
        message_id=message_id,
        ticket_id=ticket_id,
        part=part,
        part_box=Json(list(place)),
        execution_id=execution_id,
    )
    return ticket_id


def lock(conn: Connection, ticket_id: str) -> None:
    """Keep others from adding rows of a ticket until the transaction ends.

    A row that is unique in two ways needs it: ON CONFLICT names one of them, and of two who insert it at once the
    later may meet the other first, as an error.
    """
    db.lock_until_commit(conn, f"ticket:{ticket_id}")


def parts(conn: Connection, ticket_id: str) -> list[str]:
    """The tickets that a picture of several receipts became, in their order."""
    return [row["ticket_id"] for row in queries.every(conn, "parts_of_ticket", ticket_id=ticket_id)]


def provider_id(message: Row) -> str:
    """WhatsApp's id of a message; receipts of one picture share it."""
    return str(message["message_id"]).partition(PART_SIGN)[0]


def insert_delivery(conn: Connection, message_id: str, execution_id: str, *, duplicate: bool) -> None:
    """Record that a message was delivered to us, once an execution."""
    queries.run(conn, "insert_delivery", message_id=message_id, execution_id=execution_id, duplicate=duplicate)


def insert_status(conn: Connection, status: Status) -> None:
    """Record what became of a message that we sent."""
    queries.run(conn, "insert_status", **status.model_dump() | {"errors": Json(status.errors)})


def insert_notice(conn: Connection, notice: Notice, execution_id: str) -> None:
    """Record an item that is not processed."""
    values = notice.model_dump() | {"payload": Json(notice.payload), "execution_id": execution_id}
    queries.run(conn, "insert_notice", **values)


def begin_processing(conn: Connection, ticket_id: str) -> bool:
    """Mark a message as being worked on; false when it is unknown or done."""
    return queries.run(conn, "begin_processing", ticket_id=ticket_id) == 1


def remember_execution(conn: Connection, ticket_id: str, execution_id: str) -> None:
    """Note that an execution works on a ticket: what it leaves in storage can then be found and erased."""
    queries.run(conn, "remember_execution", ticket_id=ticket_id, execution_id=execution_id)


def finish_message(
    conn: Connection,
    ticket_id: str,
    state: str,
    *,
    last_error: str | None = None,
    next_attempt_at: datetime | None = None,
) -> None:
    """Write the state in which an execution leaves a message: `done`, `pending` or `failed`."""
    values = {"state": state, "last_error": last_error, "next_attempt_at": next_attempt_at}
    queries.run(conn, "finish_message", ticket_id=ticket_id, **values)


def message(conn: Connection, ticket_id: str) -> Row | None:
    """The message of a ticket, or None."""
    return queries.one(conn, "get_message", ticket_id=ticket_id)


def ticket(conn: Connection, ticket_id: str) -> Row | None:
    """A ticket with its message, or None while nothing was read yet."""
    return queries.one(conn, "get_ticket", ticket_id=ticket_id)


def insert_ticket(conn: Connection, values: Row) -> None:
    """Write what was read and decided; the first reading of a ticket stays."""
    queries.run(conn, "insert_ticket", **values)


def insert_attempt(conn: Connection, values: Row) -> None:
    """Keep one reading of a picture by an engine."""
    queries.run(conn, "insert_attempt", **values)


def unwritten(conn: Connection, most: int) -> list[str]:
    """Tickets that have no sheet row yet, oldest first."""
    return [row["ticket_id"] for row in queries.every(conn, "unwritten_tickets", most=most)]


def set_sheet_range(conn: Connection, ticket_id: str, sheet_range: str) -> None:
    """Record where in the sheet a ticket's row is, as A1 notation."""
    queries.run(conn, "set_sheet_range", ticket_id=ticket_id, sheet_range=sheet_range)


def set_sheet_error(conn: Connection, ticket_id: str, code: str) -> None:
    """Record why a ticket has no sheet row yet."""
    queries.run(conn, "set_sheet_error", ticket_id=ticket_id, code=code)


def set_files(conn: Connection, ticket_id: str, *, image_uri: str | None, document_uri: str | None) -> None:
    """Record where in internal storage the picture and the document are."""
    queries.run(conn, "set_files", ticket_id=ticket_id, image_uri=image_uri, document_uri=document_uri)


def delivered_answer(conn: Connection, callback: str) -> Row | None:
    """The status event that shows that a message of ours, known by our key, was accepted."""
    return queries.one(conn, "status_by_callback", callback=callback)


def due(conn: Connection, grace_s: int, most: int) -> list[str]:
    """Tickets that were accepted, are not finished, and that no living execution holds."""
    return [row["ticket_id"] for row in queries.every(conn, "due_messages", grace_s=grace_s, most=most)]


def duplicate_candidates(conn: Connection, **values: Any) -> list[Row]:
    """Tickets that may show the same receipt, the likeliest first one first; `tickets.duplicates` gives the values."""
    return queries.every(conn, "duplicate_candidates", **values)


def set_duplicate(conn: Connection, **values: Any) -> None:
    """Write the picture's hash and the first ticket of the same receipt, if any."""
    queries.run(conn, "set_duplicate", **values)


def merchant(conn: Connection, tax_id: str) -> Row | None:
    """What is remembered of a merchant, or None."""
    return queries.one(conn, "get_merchant", tax_id=tax_id)


def merchant_seen(conn: Connection, tax_id: str, *, correction: bool) -> None:
    """Count a receipt, or a correction, of a merchant."""
    queries.run(conn, "merchant_seen", tax_id=tax_id, correction=correction)


def merchant_vote(conn: Connection, tax_id: str, field: str, key: str, value: str, *, correction: bool) -> None:
    """Count a value that was seen for a merchant; `key` is the value as it is compared."""
    queries.run(conn, "merchant_vote", tax_id=tax_id, field=field, key=key, value=value, correction=correction)


def merchant_settle(conn: Connection, tax_id: str) -> None:
    """Choose anew what is remembered of a merchant."""
    queries.run(conn, "merchant_settle", tax_id=tax_id)


def set_category(conn: Connection, ticket_id: str, category: str | None, account: str | None) -> None:
    """Write what kind of expense a ticket is, and the account that it is booked to."""
    queries.run(conn, "set_category", ticket_id=ticket_id, category=category, account=account)
