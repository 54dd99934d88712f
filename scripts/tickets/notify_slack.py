"""Task: post the card of a ticket to Slack, with the link to its document."""

from typing import Any

from kit import task
from tickets import slack_card


class Inputs(task.TaskInputs):
    """The ticket, and where this execution stored its document (blank: an earlier one did, or there is none)."""

    ticket_id: str
    document_uri: str = ""


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Post the card, once.

    Returns:
        `card`: `done`, `unknown` or `nothing`.
    """
    return {"card": slack_card.post(inputs.ticket_id, inputs.document_uri or None, ctx)}


if __name__ == "__main__":
    task.main(Inputs, run)
