"""The rows of tickets.reviews and tickets.corrections: one function a statement."""

from decimal import Decimal
from typing import Any

from kit.db import Connection
from tickets import queries
from tickets.queries import Row


def insert(conn: Connection, **values: Any) -> None:
    """Open a review; one that is there stays, unless it expired and `reopen` is true."""
    queries.run(conn, "open_review", **values)


def get(conn: Connection, review_id: str) -> Row | None:
    """A review, or None."""
    return queries.one(conn, "get_review", review_id=review_id)


def lock(conn: Connection, review_id: str) -> Row | None:
    """State and ticket of a review, kept from others until the transaction ends."""
    return queries.one(conn, "lock_review", review_id=review_id)


def decide(conn: Connection, **values: Any) -> bool:
    """Record the decision of an open review; false when it is not open."""
    return queries.run(conn, "decide_review", **values) == 1


def take_over(conn: Connection, review_id: str, execution_id: str) -> bool:
    """Let this execution go on with an unfinished review; false when it is finished or already with this one."""
    return queries.run(conn, "take_over_review", review_id=review_id, execution_id=execution_id) == 1


def abandon(conn: Connection, review_id: str, execution_id: str) -> None:
    """Note that this execution does not wait for the decision any more."""
    queries.run(conn, "abandon_review", review_id=review_id, execution_id=execution_id)


def expire(conn: Connection, review_id: str) -> bool:
    """Mark an open review whose time is over; false when it is not open, or not over."""
    return queries.run(conn, "expire_review", review_id=review_id) == 1


def mark_applied(conn: Connection, review_id: str) -> None:
    """Note that the decision is in the ticket's row."""
    queries.run(conn, "apply_review", review_id=review_id)


def finish(conn: Connection, review_id: str) -> None:
    """Note that everything that follows from the review is done."""
    queries.run(conn, "finish_review", review_id=review_id)


def revise(conn: Connection, **values: Any) -> int:
    """Write what a decision made of a ticket; returns its revision."""
    row = queries.one(conn, "revise_ticket", **values)
    if row is None:
        raise AssertionError("an update with RETURNING of a row that is locked returns it")
    return int(row["revision"])


def insert_correction(conn: Connection, **values: Any) -> None:
    """Keep one changed field."""
    queries.run(conn, "insert_correction", **values)


def set_document(conn: Connection, ticket_id: str, revision: int, document_uri: str) -> None:
    """Record the document of a revision, unless there is a newer one."""
    queries.run(conn, "set_document", ticket_id=ticket_id, revision=revision, document_uri=document_uri)


def due(conn: Connection, grace_s: int, most: int) -> list[Row]:
    """Reviews that do not go on by themselves, oldest first."""
    return queries.every(conn, "due_reviews", grace_s=grace_s, most=most)


def waiting(conn: Connection, most: int) -> list[Row]:
    """Open reviews for which an execution should be waiting, oldest first."""
    return queries.every(conn, "waiting_reviews", most=most)


def to_remind(conn: Connection, every_h: Decimal, most: int) -> list[Row]:
    """Open reviews whose next reminder is due; `number` is the one to send."""
    return queries.every(conn, "reviews_to_remind", every_h=every_h, most=most)


def to_escalate(conn: Connection, after_h: Decimal) -> list[Row]:
    """Open reviews that waited too long and were not escalated."""
    return queries.every(conn, "reviews_to_escalate", after_h=after_h)


def mark_reminded(conn: Connection, review_id: str, number: int) -> None:
    """Note which reminder was sent last."""
    queries.run(conn, "mark_reminded", review_id=review_id, number=number)


def mark_escalated(conn: Connection, review_id: str) -> None:
    """Note that the review was escalated."""
    queries.run(conn, "mark_escalated", review_id=review_id)


def of_sender(conn: Connection, senders: list[str]) -> list[Row]:
    """Open reviews of the tickets of a sender, by any of their ids; oldest first."""
    return queries.every(conn, "senders_reviews", senders=senders)


def quoted_ticket(conn: Connection, quoted: str, senders: list[str]) -> str | None:
    """The sender's ticket whose picture or answer is the quoted message, or None."""
    row = queries.one(conn, "replied_ticket", quoted=quoted, senders=senders)
    return row["ticket_id"] if row else None
