"""Task: find the tickets that were accepted and never finished, so that the flow can start them again."""

from typing import Any

from kit import db, task
from tickets import store


class Inputs(task.TaskInputs):
    """How long a ticket may take before it counts as left behind, and how many to start at once."""

    grace_s: int = 600
    most: int = 50


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """List the tickets that are due and that no living execution holds.

    Returns:
        `ticket_ids`, oldest first.
    """
    with db.connect() as conn:
        ticket_ids = store.due(conn, inputs.grace_s, inputs.most)
    ctx.gauge("tickets_left_behind", len(ticket_ids))
    return {"ticket_ids": ticket_ids}


if __name__ == "__main__":
    task.main(Inputs, run)
