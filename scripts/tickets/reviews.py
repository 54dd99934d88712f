"""Reviews: opened for a doubtful receipt, decided once, then applied by the execution that waits.

    open ──decide()──▶ decided ──the waiting execution──▶ applied
      └──nobody decides until expires_at──▶ expired ──opened again by a new execution──▶ open

A decision is in Postgres before anything is woken: what happens to the waiting execution can delay it, never lose it.
"""

from datetime import datetime
from typing import Literal

from psycopg2.extras import Json

from kit import db
from kit.db import Connection
from kit.errors import NotFoundError, RefusedInputError
from tickets import effect_keys, review_store, store
from tickets.decision import NEEDED, Decision, Via
from tickets.store import Row

Answer = Literal["decided", "already", "closed"]


def review_id(ticket_id: str) -> str:
    """The id of a ticket's review: `R-` and the ticket's ten characters."""
    return f"R-{ticket_id.removeprefix('T-')}"


def open(  # noqa: A001 - what it does
    conn: Connection, ticket_id: str, execution_id: str, *, expires_at: datetime, reopen: bool = False
) -> Row:
    """Open the review of a ticket, or return the one that is there.

    Args:
        conn: a connection; inside a transaction the review commits with it.
        ticket_id: the ticket, which must have a verdict.
        execution_id: the execution that will wait for the decision.
        expires_at: when it stops waiting.
        reopen: open a review again that has expired.

    Returns:
        The review's row; its `execution_id` is another one's when that one opened it.
    """
    key = review_id(ticket_id)
    values = {"ticket_id": ticket_id, "execution_id": execution_id, "expires_at": expires_at, "reopen": reopen}
    with db.transaction(conn):
        store.lock(conn, ticket_id)
        review_store.insert(conn, review_id=key, **values)
        return _known(get(conn, key))


def get(conn: Connection, review_id: str) -> Row | None:
    """The review's row, or None."""
    return review_store.get(conn, review_id)


def decide(conn: Connection, review_id: str, decision: Decision, *, by: str, via: Via) -> Answer:
    """Record a decision; the first one wins.

    Args:
        conn: a connection.
        review_id: the review.
        decision: what was decided, checked by `tickets.decision`.
        by: who decided, for people: a name, or the sender's id.
        via: where they did.

    Returns:
        `decided`: recorded now. `already`: another decision was there. `closed`: it was applied, or nobody decided in
        time.

    Raises:
        NotFoundError: there is no such review.
        RefusedInputError: approved, but a field without which nothing can be booked stays empty (code
            `decision_incomplete`; `details["fields"]` names them); or a sender approved a receipt that was sent before
            (code `decision_duplicate`); or there is no such category (code `decision_invalid`).
    """
    with db.transaction(conn):
        found = _known(review_store.lock(conn, review_id))
        if found["state"] != "open":
            return "already" if found["state"] == "decided" else "closed"
        _check(_known(store.ticket(conn, found["ticket_id"])), decision, via)
        review_store.decide(conn, review_id=review_id, decision=Json(decision.model_dump()), by=by, via=via)
    return "decided"


def resume(review: Row) -> bool:
    """Wake the execution that waits for the decision of a review.

    Returns:
        True when it goes on; False when it does not wait, when there is no way to Kestra's API, or when Kestra is
        away. The decision stays, and `whatsapp_ticket_review_sweep` sees to it.
    """
    from kit import kestra

    return kestra.try_resume(review["execution_id"])


def note_key(review: Row, event: str) -> str:
    """The key of a note to Slack in the effect ledger: once an event, anew when the review is opened again."""
    return f"{effect_keys.card(review['ticket_id'])}:review:{int(review['opened_at'].timestamp())}:{event}"


def _known(row: Row | None) -> Row:
    if row is None:
        raise NotFoundError("There is no such review.", code="review_unknown")
    return row


def _check(ticket: Row, decision: Decision, via: Via) -> None:
    """What is approved can be booked, and nobody has a receipt of their own booked twice."""
    _check_category(decision.changes.get("category"))
    if decision.action == "approve" and via == "whatsapp" and ticket["duplicate_of"]:
        raise RefusedInputError(
            f"The receipt was sent before, as {ticket['duplicate_of']}: its sender cannot approve it.",
            code="decision_duplicate",
            next_action="A reviewer decides whether it is another one.",
        )
    missing = [name for name in NEEDED if not decision.changes.get(name) and ticket[name] is None]
    if decision.action == "approve" and missing:
        raise RefusedInputError(
            f"Without {', '.join(missing)} the receipt cannot be approved.",
            code="decision_incomplete",
            next_action="Fill these fields in, or reject the receipt.",
            details={"fields": missing},
        )


def _check_category(chosen: str | None) -> None:
    """Looked at when it is decided, not when it is applied: a category may go with a release, a decision must not."""
    if chosen is None:
        return
    from tickets import categories  # it reads the rules, which most decisions do not need

    if chosen not in categories.ids():
        raise RefusedInputError(
            f"There is no category {chosen[:40]!r}.",
            code="decision_invalid",
            next_action=f"Choose one of {', '.join(categories.ids())}.",
            details={"fields": ["category"]},
        )
