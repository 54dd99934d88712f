"""Task: write a reviewer's decision into the ticket, with its corrections, in one transaction, or let it expire.

The decision in Postgres is the truth. What Kestra's *Resume* was given counts only while Postgres has none.
"""

import json
from typing import Any

from psycopg2.extras import Json

from kit import db, logging, task
from kit.db import Connection
from kit.errors import RefusedInputError
from tickets import categories, corrections, merchants, review_store, reviews, store
from tickets.decision import Decision, parse
from tickets.extraction.model import Receipt


class Inputs(task.TaskInputs):
    """The ticket, and what a person gave Kestra when they resumed the execution (blank: nothing)."""

    ticket_id: str
    action: str = ""
    changes: str = ""
    by: str = ""


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Bring the review to its end, as far as there is one.

    Returns:
        `state`: of the review afterwards; `open` when there is no decision and time is left. `publish`: whether this
        execution must tell people. `image_uri`: the picture, for the document.
    """
    review_id = reviews.review_id(inputs.ticket_id)
    with db.connect() as conn:
        refused = _take_kestras(conn, review_id, inputs) if inputs.action else None
        state = apply(conn, review_id)
        if state == "open" and review_store.expire(conn, review_id):
            state = "expired"
        if state == "open":
            review_store.abandon(conn, review_id, ctx.execution_id)
        review = reviews.get(conn, review_id) or {}
        ticket = store.ticket(conn, inputs.ticket_id) or {}
    ctx.counter("reviews_ended", 1, state=state)
    ours = review.get("execution_id") == ctx.execution_id and not review.get("finished_at")
    told = {"outcome": refused.outcome()} if refused else {}
    publish = ours and state in ("applied", "expired")
    return {"state": state, "publish": publish, "image_uri": ticket.get("image_uri") or "", **told}


def apply(conn: Connection, review_id: str) -> str:
    """Write a decision that is there into the ticket, once; returns the review's state afterwards."""
    with db.transaction(conn):
        locked = review_store.lock(conn, review_id)
        if locked is None or locked["state"] != "decided":
            return str(locked["state"]) if locked else "unknown"
        review = reviews.get(conn, review_id) or {}
        ticket = store.ticket(conn, locked["ticket_id"]) or {}
        _write(conn, ticket, Decision.model_validate(review["decision"]), review)
        review_store.mark_applied(conn, review_id)
    return "applied"


def _write(conn: Connection, ticket: store.Row, decision: Decision, review: store.Row) -> None:
    by, via = review["decided_by"], review["decided_via"]
    values = corrections.revised(ticket, decision, by=by, via=via)
    stored = values | {"reasons": Json(values["reasons"]), "receipt": Json(values["receipt"])}
    revision = review_store.revise(conn, ticket_id=ticket["ticket_id"], **stored)
    if decision.action == "approve":
        _learn(conn, ticket, Receipt.model_validate(values["receipt"]), decision, via)
    for item in corrections.corrections(ticket, decision):
        changed = {"field": item.field, "was": item.was, "became": item.became}
        review_store.insert_correction(
            conn, ticket_id=ticket["ticket_id"], revision=revision, by=by, via=via, **changed
        )


def _learn(conn: Connection, ticket: store.Row, receipt: Receipt, decision: Decision, via: str) -> None:
    """Remember what the decision says of the merchant, and book the ticket by it.

    Senders confirm their own receipts, so that their word counts as one more reading; a reviewer's is a correction.
    """
    said = decision.changes.get("category")
    said = said if said in categories.ids() else None
    merchants.learn(conn, receipt, said, "accepted" if via == "whatsapp" else "correction")
    known = merchants.known(conn, receipt)
    booked = categories.booking(said) if said else categories.classify(receipt, known)
    store.set_category(conn, ticket["ticket_id"], *booked)


def _take_kestras(conn: Connection, review_id: str, inputs: Inputs) -> RefusedInputError | None:
    """Record what a person decided in Kestra's UI; what makes no sense is an outcome, and the review stays open."""
    try:
        decision = parse({"action": inputs.action, "changes": json.loads(inputs.changes or "{}")})
        reviews.decide(conn, review_id, decision, by=inputs.by or "kestra", via="kestra")
    except RefusedInputError as refused:
        logging.get(__name__).warning("review.decision_refused", review_id=review_id, code=refused.code)
        return refused
    except ValueError:
        return RefusedInputError("`changes` is no JSON object.", code="decision_invalid")
    return None


if __name__ == "__main__":
    task.main(Inputs, run)
