"""Task: post the card of a ticket to Slack, once."""

from typing import Any

from adapters import slack
from kit import db, effects, settings, task
from tickets import card, store, urls


class Inputs(task.TaskInputs):
    """The ticket, and the document that this execution made of it, as a storage URI."""

    ticket_id: str
    document_uri: str = ""
    problem_code: str = ""
    problem_message: str = ""


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Post the card through the effect ledger. Slack offers no look-up by our id: an unknown end is not repeated.

    Returns:
        `posted`: `done`, `unknown`, or `nothing` where Slack is not configured or there is nothing to tell.
    """
    with db.connect() as conn:
        ticket = store.ticket(conn, inputs.ticket_id)
    execution_url = urls.execution(ctx)
    if inputs.problem_code:
        key, fallback = f"slack:{inputs.ticket_id}:problem:{inputs.problem_code}", inputs.problem_code
        blocks = card.problem(inputs.ticket_id, inputs.problem_code, inputs.problem_message, execution_url)
    elif ticket:
        key, fallback = f"slack:{inputs.ticket_id}", card.text(ticket)
        blocks = card.blocks(ticket, execution_url, urls.file(inputs.document_uri or ticket["document_uri"], ctx))
    else:
        return {"posted": "nothing"}
    if not slack.is_configured():
        return {"posted": "nothing"}
    effect = effects.perform(
        db.connect,
        key,
        "slack.card",
        call=lambda: slack.post(blocks, fallback, settings=settings.get()),
        find=None,
        on_unknown="give_up",
    )
    return {"posted": effect.state}


if __name__ == "__main__":
    task.main(Inputs, run)
