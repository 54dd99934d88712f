"""Task, at the end of each execution: record where a ticket stands, and when to try again what is missing."""

from datetime import timedelta
from typing import Any

from kit import claims, dates, db, effects, task
from kit.db import Connection
from tickets import batches, effect_keys, store

MAX_ATTEMPTS = 12
FIRST_WAIT_S = 60
LONGEST_WAIT_S = 6 * 3600
# WhatsApp's refusals that no later try can change; the row and the document are there all the same.
UNANSWERABLE = ("whatsapp_window_closed", "whatsapp_undeliverable", "whatsapp_experiment", "whatsapp_send_limit")


class Inputs(task.TaskInputs):
    """The ticket, whether this execution worked on it, and what it made."""

    ticket_id: str
    proceed: bool = False
    image_uri: str = ""
    document_uri: str = ""


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Write the message's state and give the ticket's claim back.

    Returns:
        `state`: `done`, `pending` (the sweep tries again), `failed` (given up; a person must look) or `not_ours`.
    """
    if not inputs.proceed:
        return {"state": "not_ours"}
    with db.connect() as conn, db.transaction(conn):
        # First of all, and until the end: it locks the batch, so that of two members which close together one sees
        # what the other left.
        standing = batches.standing(conn, inputs.ticket_id)
        store.set_files(
            conn, inputs.ticket_id, image_uri=inputs.image_uri or None, document_uri=inputs.document_uri or None
        )
        missing = _missing(conn, inputs, standing)
        state = _finish(conn, inputs, missing, standing)
        if "answer" not in missing:
            batches.settle_others(conn, inputs.ticket_id)
        _give_back(conn, inputs.ticket_id, state, ctx)
    ctx.counter("tickets_closed", 1, state=state)
    return {"state": state, "missing": missing}


def _missing(conn: Connection, inputs: Inputs, standing: batches.Standing) -> list[str]:
    """What a finished ticket has and this one has not."""
    ticket = store.ticket(conn, inputs.ticket_id)
    if ticket is None:
        return ["verdict"]
    # No entry for the card: Slack is not set up here.
    card = effects.state(conn, effect_keys.card(inputs.ticket_id))
    answer = standing.summary_key if standing.own == "told" else effect_keys.answer(inputs.ticket_id)
    checks = {"answer": settled(effects.state(conn, answer)), "card": not card or settled(card)}
    if ticket["verdict"] != "reject":
        checks |= {"sheet": bool(ticket["sheet_range"]), "document": bool(ticket["document_uri"])}
    return [name for name, there in checks.items() if not there]


def settled(effect: tuple[str, str | None] | None) -> bool:
    """Whether nothing more will be done about an effect."""
    return effect is not None and (effect[0] in ("done", "unknown") or effect[1] in UNANSWERABLE)


def _finish(conn: Connection, inputs: Inputs, missing: list[str], standing: batches.Standing) -> str:
    message = store.message(conn, inputs.ticket_id) or {}
    attempts = message.get("attempts", 0)
    if not missing:
        store.finish_message(conn, inputs.ticket_id, "done")
        return "done"
    error = ",".join(missing)
    if attempts >= MAX_ATTEMPTS:
        store.finish_message(conn, inputs.ticket_id, "failed", last_error=error)
        return "failed"
    due = dates.utcnow() + timedelta(seconds=wait_s(attempts))
    if missing == ["answer"] and standing.own == "open" and standing.deadline:
        due = standing.deadline  # the others of the burst finish it, or the sweep then answers with what is there
    store.finish_message(conn, inputs.ticket_id, "pending", last_error=error, next_attempt_at=due)
    return "pending"


def wait_s(attempts: int) -> int:
    """Seconds until the next try: doubling from a minute to six hours."""
    return int(min(FIRST_WAIT_S * 2 ** max(attempts - 1, 0), LONGEST_WAIT_S))


def _give_back(conn: Connection, ticket_id: str, state: str, ctx: task.Context) -> None:
    key = f"ticket:{ticket_id}"
    if state == "pending":
        claims.release(conn, key, ctx.execution_id)
    else:
        claims.complete(conn, key, ctx.execution_id, {"state": state})


if __name__ == "__main__":
    task.main(Inputs, run)
