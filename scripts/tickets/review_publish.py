"""Task: bring what a review decided to people: sheet row, answer, document, note in Slack.

Each carries the ticket's revision in its key, so that a repeat of this task does only what is missing.
"""

from pathlib import Path
from typing import Any

from kit import db, task
from tickets import answer, files, publish, review_notes, reviews, sheet, store


class Inputs(task.TaskInputs):
    """The ticket; its picture lies in the working directory, where there is one."""

    ticket_id: str


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Perform the effects of a review that has ended.

    Returns:
        `effects`: what became of each (`done`, `unknown`, `nothing`, or the code of its error); `revision`; `outcome`.
    """
    with db.connect() as conn:
        review = reviews.get(conn, reviews.review_id(inputs.ticket_id))
        message, ticket = store.message(conn, inputs.ticket_id), store.ticket(conn, inputs.ticket_id)
    if not (review and message and ticket) or review["state"] not in ("applied", "expired"):
        return {"effects": {}, "outcome": {"code": "not_decided", "message": "Nothing is decided yet."}}
    applied = {
        "sheet": lambda: "done" if sheet.rewrite(inputs.ticket_id) else "nothing",
        "answer": lambda: answer.send_revised(message, ticket),
        "document": lambda: _document(ticket),
    }
    note = {"note": lambda: review_notes.post_ended(review, ctx)}
    steps = applied | note if review["state"] == "applied" else note
    return {**publish.perform(steps, ctx), "revision": ticket["revision"]}


def _document(ticket: store.Row) -> str:
    """Leave the document in the working directory; Kestra stores it when the task ends."""
    publish.write_document(ticket, Path(files.IMAGE))
    return "done"


if __name__ == "__main__":
    task.main(Inputs, run)
