"""Task: tell ManyChat of each lead that is in HubSpot now: a custom field with the contact's id, and a tag."""

from typing import Any

from adapters import manychat
from kit import db, logging, secrets, settings, task
from kit.db import Connection
from kit.errors import OpsflowsError, TerminalError
from leads import queries

# Both calls are limited to ten a second, and the task to its time-out; the sweep does the rest.
MOST = 300
# Tries of one answer; the person is in HubSpot in any case.
MOST_TRIES = 5
# What concerns all answers alike: they wait, and count no try.
FOR_ALL = ("manychat_token", "manychat_permission")


class Inputs(task.TaskInputs):
    """None."""


def run(_inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Send what is due; both calls may be repeated.

    Returns:
        `answered`, `failed` and `left` as counts.
    """
    counts = {"answered": 0, "failed": 0, "left": 0}
    if not secrets.optional("MANYCHAT_TOKEN"):
        return counts
    client = manychat.Client(settings.get())
    with db.connect() as conn:
        due = queries.every(conn, "due_answers", most=MOST)
        for number, row in enumerate(due):
            try:
                made = _answer(conn, client, row)
            except OpsflowsError as error:
                logging.get(__name__).warning("manychat.away", code=error.code, left=len(due) - number)
                counts["left"] = len(due) - number
                break
            counts[made] += 1
    for name, count in counts.items():
        ctx.counter(f"leads_{name}", count)
    return counts


def _answer(conn: Connection, client: manychat.Client, row: queries.Row) -> str:
    found = settings.get()
    try:
        client.set_fields(row["manychat_id"], {found.manychat_crm_field: row["hubspot_id"]})
        if found.manychat_tag:
            client.add_tag(row["manychat_id"], found.manychat_tag)
    except TerminalError as error:
        if error.code in FOR_ALL:
            raise
        logging.get(__name__).warning("manychat.refused", code=error.code)
        queries.run(conn, "finish_answers", keys=row["keys"], state="due", most_tries=MOST_TRIES)
        return "failed"
    queries.run(conn, "finish_answers", keys=row["keys"], state="done", most_tries=MOST_TRIES)
    return "answered"


if __name__ == "__main__":
    task.main(Inputs, run)
