"""Task: see to it that each review goes on, and that people hear of those that wait too long."""

from collections.abc import Callable
from functools import partial
from typing import Any

from kit import db, logging, settings, task
from kit.db import Connection
from kit.errors import OpsflowsError
from tickets import review_notes, review_store, review_wake


class Inputs(task.TaskInputs):
    """How long a review may stand still before another execution is sent, and how many at once."""

    grace_s: int = 600
    most: int = 50


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Wake what can be woken, remind, escalate.

    Returns:
        `ticket_ids` whose review needs a new execution; `reminded` and `escalated` as counts.
    """
    with db.connect() as conn:
        due = review_store.due(conn, inputs.grace_s, inputs.most)
        ticket_ids = review_wake.wake(due) + review_wake.orphans(review_store.waiting(conn, inputs.most))
        counts = {"reminded": _remind(conn, ctx), "escalated": _escalate(conn, ctx)}
    ctx.gauge("reviews_left_behind", len(ticket_ids))
    for name, count in counts.items():
        ctx.counter(f"reviews_{name}", count)
    return {"ticket_ids": list(dict.fromkeys(ticket_ids)), **counts}


def _remind(conn: Connection, ctx: task.Context) -> int:
    found = settings.get()
    due = review_store.to_remind(conn, found.review_remind_h, found.review_remind_most)
    told = 0
    for review in due:
        if _told(partial(review_notes.post_reminder, review, review["number"], ctx)):
            review_store.mark_reminded(conn, review["review_id"], review["number"])
            told += 1
    return told


def _escalate(conn: Connection, ctx: task.Context) -> int:
    told = 0
    for review in review_store.to_escalate(conn, settings.get().review_escalate_h):
        if _told(partial(review_notes.post_escalation, review, ctx)):
            review_store.mark_escalated(conn, review["review_id"])
            told += 1
    return told


def _told(post: Callable[[], str]) -> bool:
    """Whether a note reached Slack, or Slack is not set up; what failed is tried again by the next sweep."""
    try:
        post()
    except OpsflowsError as error:
        logging.get(__name__).warning("review.not_told", code=error.code)
        return False
    return True


if __name__ == "__main__":
    task.main(Inputs, run)
