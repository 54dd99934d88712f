"""Task: answer the texts that senders wrote about receipts, and wake the reviews that they settled."""

from typing import Any

from kit import claims, db, i18n, logging, task
from kit.errors import OpsflowsError, TerminalError
from tickets import answer, review_notes, review_wake, reviews, store, texts

TOLD = ("already", "which", "person", "total", "unclear")


class Inputs(task.TaskInputs):
    """The messages whose texts did something, by WhatsApp's id."""

    message_ids: list[str]


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Answer each text once, and wake what was decided.

    Returns:
        `ticket_ids` whose review needs a new execution.
    """
    settled: list[store.Row] = []
    passing: OpsflowsError | None = None
    for message_id in inputs.message_ids:
        try:
            settled += _follow(message_id, ctx)
        except TerminalError as error:
            logging.get(__name__).warning("reply.refused", code=error.code)
        except OpsflowsError as error:
            passing = passing or error
    if passing:
        raise passing
    return {"ticket_ids": review_wake.wake(settled)}


def _follow(message_id: str, ctx: task.Context) -> list[store.Row]:
    """Do what follows from one text; returns its review when it was decided."""
    with db.connect() as conn:
        made = claims.result(conn, f"whatsapp:{message_id}") or {}
        message, ticket = store.message(conn, made["ticket_id"]), store.ticket(conn, made["ticket_id"])
        review = reviews.get(conn, reviews.review_id(made["ticket_id"]))
    if message is None or ticket is None or review is None:
        return []
    if made["outcome"] == "decided":
        return [review]
    if made.get("doubted"):
        review_notes.post_doubted(review, ctx)
    if made["outcome"] in TOLD:
        names = ", ".join(made.get("tickets", []))
        text = i18n.t(
            f"reply.{made['outcome']}",
            ticket_id=ticket["ticket_id"],
            tickets=names,
            summary=texts.summary(ticket),
        )
        answer.reply(message, message_id, text)
    return []


if __name__ == "__main__":
    task.main(Inputs, run)
