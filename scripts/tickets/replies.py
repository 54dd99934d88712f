"""What a sender's text does to the review of a receipt of theirs: it settles it, or it leads to an answer."""

from datetime import timedelta
from typing import Any

from kit import claims, dates, db, task
from kit.db import Connection
from kit.errors import RefusedInputError, UnavailableError
from tickets import reply_text, review_questions, review_store, reviews, store
from tickets.decision import Decision
from tickets.items import Reply
from tickets.reply_text import Said
from tickets.store import Row

LEASE_S = 900
# A review is opened a moment after its answer was sent; who replies faster than that is waited for.
OPENS_WITHIN = timedelta(minutes=10)


def take(conn: Connection, reply: Reply, ctx: task.Context) -> dict[str, Any]:
    """Do what a text says, once: the claim on the message, its outcome and the decision commit together.

    Returns:
        `outcome`: `decided`, `already`, `which` (several receipts wait), `person` (a reviewer must decide), `total`
        (the total must be written), `unclear`, or `ignored`; `ticket_id`; `tickets` to choose from.

    Raises:
        UnavailableError: the review that is meant is not open yet.
    """
    with db.transaction(conn):
        key = f"whatsapp:{reply.message_id}"
        claim = claims.claim(conn, key, ctx.execution_id, LEASE_S)
        if claim.state != "won":
            ours = claim.holder == ctx.execution_id and claim.result is not None
            return dict(claim.result or {}) if ours else {"outcome": "ignored"}
        made = _settle(conn, reply)
        claims.complete(conn, key, ctx.execution_id, made)
    return made


def _settle(conn: Connection, reply: Reply) -> dict[str, Any]:
    senders = [sender for sender in (reply.sender_id, reply.sender_phone) if sender]
    reference = reply_text.read(reply.text, None).reference
    named = _named(conn, reply, reference, senders)
    if named:
        return _answer(conn, reply, named)
    if reference:
        return {"outcome": "ignored"}
    waiting = [row["ticket_id"] for row in review_store.of_sender(conn, senders)]
    asked = [ticket for ticket_id in waiting if (ticket := _asked(conn, ticket_id))]
    said = [reply_text.read(reply.text, ticket["currency"]).kind for ticket in asked]
    if not asked or set(said) == {"nothing"}:
        return {"outcome": "ignored"}
    if len(asked) > 1:
        return {"outcome": "which", "ticket_id": asked[0]["ticket_id"], "tickets": [t["ticket_id"] for t in asked]}
    return _answer(conn, reply, asked[0])


def _named(conn: Connection, reply: Reply, reference: str | None, senders: list[str]) -> Row | None:
    """The ticket that the text names or quotes; only one of the sender's own."""
    if reference:
        message = store.message(conn, reference)
        if message and {message["sender_id"], message["sender_phone"]} & set(senders):
            return store.ticket(conn, reference)
        return None
    found = review_store.quoted_ticket(conn, reply.quoted, senders) if reply.quoted else None
    return store.ticket(conn, found) if found else None


def _asked(conn: Connection, ticket_id: str) -> Row | None:
    ticket = store.ticket(conn, ticket_id)
    return ticket if ticket and review_questions.question(ticket) else None


def _answer(conn: Connection, reply: Reply, ticket: Row) -> dict[str, Any]:
    """What a text about one ticket does."""
    about = {"ticket_id": ticket["ticket_id"]}
    said = reply_text.read(reply.text, ticket["currency"])
    review = reviews.get(conn, reviews.review_id(ticket["ticket_id"]))
    if review is None:
        return _without_review(ticket, said)
    if review["state"] != "open":
        return about | {"outcome": "already" if said.kind in ("no", "amount") else "ignored"}
    asked = review_questions.question(ticket)
    if said.kind == "nothing" or (said.kind == "yes" and not asked):
        return about | {"outcome": "unclear" if asked else "ignored"}
    if said.kind == "no" or not asked:
        return about | {"outcome": "person", "doubted": True}
    return about | _decide(conn, reply, ticket, said)


def _without_review(ticket: Row, said: Said) -> dict[str, Any]:
    young = dates.utcnow() - ticket["created_at"] < OPENS_WITHIN
    if ticket["verdict"] == "review" and young and said.kind != "nothing":
        raise UnavailableError("The review of this receipt is not open yet.", code="review_not_open")
    return {"outcome": "ignored"}


def _decide(conn: Connection, reply: Reply, ticket: Row, said: Said) -> dict[str, Any]:
    changes: dict[str, str | None] = {}
    if said.total is not None:
        if not review_questions.plausible(ticket, said.total):
            return {"outcome": "person", "doubted": True}
        changes = {"total": f"{said.total:.2f}"}
    by = reply.sender_name or reply.sender_phone or reply.sender_id
    key = reviews.review_id(ticket["ticket_id"])
    try:
        answer = reviews.decide(conn, key, Decision(action="approve", changes=changes), by=by, via="whatsapp")
    except RefusedInputError:
        return {"outcome": "total"}  # "yes" to a receipt whose total was not read
    return {"outcome": "decided" if answer == "decided" else "already"}
