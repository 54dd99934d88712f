"""Task, at the end of a review's execution: record the document, and whether everything is done."""

from typing import Any

from kit import db, effects, task
from kit.db import Connection
from tickets import close, effect_keys, review_store, reviews, store

NOTE_TRIES = 4


class Inputs(task.TaskInputs):
    """The ticket, whether this execution published, and what it made."""

    ticket_id: str
    published: bool = False
    revision: int = 0
    document_uri: str = ""


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Finish the review when nothing is missing; else the sweep sends another execution.

    Returns:
        `finished`, and what is `missing`.
    """
    review_id = reviews.review_id(inputs.ticket_id)
    with db.connect() as conn, db.transaction(conn):
        if inputs.document_uri:
            review_store.set_document(conn, inputs.ticket_id, inputs.revision, inputs.document_uri)
        # Whoever ends does not wait any more, so the sweep sends another: a Slack that is down stops `open_review`.
        review_store.abandon(conn, review_id, ctx.execution_id)
        review, ticket = reviews.get(conn, review_id), store.ticket(conn, inputs.ticket_id)
        if not inputs.published or review is None or ticket is None:
            return {"finished": False, "missing": []}
        missing = _missing(conn, review, ticket, inputs)
        if not missing:
            review_store.finish(conn, review_id)
    ctx.counter("reviews_closed", 1, state=review["state"] if not missing else "pending")
    return {"finished": not missing, "missing": missing}


def _missing(conn: Connection, review: store.Row, ticket: store.Row, inputs: Inputs) -> list[str]:
    # No entry for the note: Slack is not set up here. One that is refused again and again holds nothing up.
    note = effects.state(conn, reviews.note_key(review, review["state"]))
    checks = {"note": note is None or close.settled(note) or review["attempts"] >= NOTE_TRIES}
    if review["state"] == "applied":
        checks |= {
            "answer": close.settled(effects.state(conn, effect_keys.revised_answer(ticket))),
            "sheet": effects.state(conn, effect_keys.sheet_row(ticket)) is not None,
            "document": bool(inputs.document_uri),
        }
    return [name for name, there in checks.items() if not there]


if __name__ == "__main__":
    task.main(Inputs, run)
