"""Task: erase a person from the leads, on request; what lies elsewhere is named for a person to delete."""

from typing import Any

from kit import db, dead_letters, settings, task
from kit.errors import RefusedInputError
from leads import collect, contact, inbox, queries


class Inputs(task.TaskInputs):
    """`person` is an e-mail, a telephone number, ManyChat's id or HubSpot's."""

    person: str
    dry_run: bool = True


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Delete the person's rows in one transaction, while no contact is being written.

    Returns:
        `counts` of leads, events and dead letters; `hubspot_ids` of contacts and `executions` with stored posts, which
        a person deletes.

    Raises:
        RefusedInputError: nobody is named.
    """
    who = _written(inputs.person)
    with db.connect() as conn, db.advisory_lock(conn, collect.LOCK, wait_s=120), db.transaction(conn):
        found = queries.every(conn, "erase_find", who=who)
        lead_ids = [row["lead_id"] for row in found]
        # Who is named by an event that nobody collected yet is not known before it is read.
        inbox.read(conn)
        events = queries.every(conn, "erase_events", who=who, lead_ids=lead_ids)
        letters = dead_letters.erase(conn, inbox.LETTER_KIND, [row["key"] for row in events])
        queries.run(conn, "erase_leads", lead_ids=lead_ids)
        if inputs.dry_run:
            conn.rollback()
    ctx.counter("leads_erased", 0 if inputs.dry_run else len(found))
    return {
        "counts": {"leads": len(found), "events": len(events), "letters": letters},
        "hubspot_ids": [row["hubspot_id"] for row in found if row["hubspot_id"]],
        "executions": sorted({row["execution_id"] for row in events}),
    }


def _written(person: str) -> str:
    """The person as the tables name them."""
    text = person.strip()
    if not text:
        raise RefusedInputError("Nobody is named.", code="nobody")
    return contact.email(text) or (contact.phone(text, settings.get().default_country) if "+" in text else None) or text


if __name__ == "__main__":
    task.main(Inputs, run)
