"""Task, when a ticket cannot be finished for now: tell the sender and Slack, once each."""

from typing import Any

from kit import db, task
from tickets import answer, slack_card, store


class Inputs(task.TaskInputs):
    """The ticket, and what went wrong."""

    ticket_id: str
    code: str = "execution_failed"
    message: str = ""


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Tell the sender (unless the result has reached them) and Slack.

    Returns:
        `answer` and `card`: `done`, `unknown` or `nothing`.
    """
    with db.connect() as conn:
        message, ticket = store.message(conn, inputs.ticket_id), store.ticket(conn, inputs.ticket_id)
    told = answer.send_failed(message) if message and ticket is None else "nothing"
    return {"answer": told, "card": slack_card.post_problem(inputs.ticket_id, inputs.code, inputs.message[:500], ctx)}


if __name__ == "__main__":
    task.main(Inputs, run)
