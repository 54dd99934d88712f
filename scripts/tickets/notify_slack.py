"""Task: post the card of a ticket to Slack, with the link to its document."""

from typing import Any

from kit import task
from tickets import slack_card


class Inputs(task.TaskInputs):
    """The ticket, and where this execution stored its document (blank: an earlier one did, or there is none)."""

    ticket_id: str
    document_uri: str = ""


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Post the card, once; and once a day, that a cap on the model's cost is reached.

    Returns:
        `card` and `spend_cap`: `done`, `unknown` or `nothing`.
    """
    card = slack_card.post(inputs.ticket_id, inputs.document_uri or None, ctx)
    return {"card": card, "spend_cap": slack_card.post_spend_cap(inputs.ticket_id)}


if __name__ == "__main__":
    task.main(Inputs, run)
