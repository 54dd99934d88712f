"""Task: open the review of a doubtful receipt, or go on with one, and tell Slack where to decide."""

from datetime import timedelta
from typing import Any, Literal

from kit import dates, db, settings, task
from kit.errors import TerminalError
from tickets import review_notes, review_store, reviews
from tickets.store import Row


class Inputs(task.TaskInputs):
    """The ticket, and what to do with a review that is there.

    `start` leaves it to the execution that opened it, `take_over` goes on with it, `reopen` opens one that expired.
    """

    ticket_id: str
    mode: Literal["start", "take_over", "reopen"] = "start"


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Open the review, or take it over.

    Returns:
        `proceed`: whether this execution goes on with the review; `wait`: whether it must wait for a decision.
    """
    review = _open(inputs, ctx)
    ours = review["execution_id"] == ctx.execution_id and not review["finished_at"]
    waits = ours and review["state"] == "open" and review["expires_at"] > dates.utcnow()
    told: dict[str, Any] = {}
    if waits:
        try:
            told = {"card": review_notes.post_opened(review, ctx)}
        except TerminalError as error:
            # A Slack that refuses the card for good must not keep the sender and the console from deciding.
            told = {"card": error.code, "outcome": error.outcome()}
    ctx.counter("reviews_opened", 1, state=review["state"] if ours else "not_ours")
    return {"proceed": ours, "wait": waits, **told}


def _open(inputs: Inputs, ctx: task.Context) -> Row:
    expires_at = dates.utcnow() + timedelta(hours=float(settings.get().review_expiry_h))
    with db.connect() as conn:
        review = reviews.open(
            conn, inputs.ticket_id, ctx.execution_id, expires_at=expires_at, reopen=inputs.mode == "reopen"
        )
        if inputs.mode != "start" and review_store.take_over(conn, review["review_id"], ctx.execution_id):
            review = reviews.get(conn, review["review_id"]) or review
    return review


if __name__ == "__main__":
    task.main(Inputs, run)
