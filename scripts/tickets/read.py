"""Task: take a ticket for this execution, fetch its picture, read it, check what was read, record the verdict."""

from pathlib import Path
from typing import Any

from kit import claims, dates, db, logging, task
from kit.db import Connection
from kit.errors import NotFoundError, TerminalError
from tickets import duplicates, files, picture, reading, recording, splitting, store, verdicts
from tickets.extraction import image, quality, validate

LEASE_S = 900


class Inputs(task.TaskInputs):
    """The ticket to work on."""

    ticket_id: str


def run(inputs: Inputs, ctx: task.Context) -> dict[str, Any]:
    """Claim the ticket, and bring it to its verdict; the picture stays as `image.jpg` in the working directory.

    A picture that cannot be read is a verdict too. Trouble that is ours to mend is this task's outcome: no verdict is
    recorded, and the ticket stays pending.

    Returns:
        `proceed`: whether this execution is the one that works on the ticket; `verdict`, or None while there is none;
        `parts`: the tickets that a picture of several receipts became.
    """
    with db.connect() as conn:
        message = store.message(conn, inputs.ticket_id)
        if message is None:
            raise NotFoundError("No message has this ticket id.", code="ticket_unknown")
        if not _take(conn, inputs.ticket_id, ctx):
            return {"proceed": False, "verdict": None, "outcome": {"code": "not_ours", "message": "in other hands"}}
        known = store.ticket(conn, inputs.ticket_id)
    if known and (known["verdict"] == "reject" or known["document_uri"]):
        found: dict[str, Any] = {"verdict": known["verdict"]}
    else:
        found = _bring_to_verdict(message, known, ctx)
    # A picture that became several tickets is rejected itself; every other one is spared the look-up.
    return {"proceed": True, **found, "parts": _parts(inputs.ticket_id) if found["verdict"] == "reject" else []}


def _parts(ticket_id: str) -> list[str]:
    """The tickets that this picture became, also those that an execution before this one made and could not start."""
    with db.connect() as conn:
        return store.parts(conn, ticket_id)


def _take(conn: Connection, ticket_id: str, ctx: task.Context) -> bool:
    """At most one living execution works on a ticket; a dead one's claim ends with its lease."""
    with db.transaction(conn):
        claim = claims.claim(conn, f"ticket:{ticket_id}", ctx.execution_id, LEASE_S)
        ours = claim.state == "won" and store.begin_processing(conn, ticket_id)
        if ours:
            store.remember_execution(conn, ticket_id, ctx.execution_id)
    return ours


def _bring_to_verdict(message: store.Row, known: store.Row | None, ctx: task.Context) -> dict[str, Any]:
    try:
        checked = picture.fetch(message)
    except TerminalError as error:
        return _refused(message["ticket_id"], known, error, ctx)
    Path(files.IMAGE).write_bytes(checked.jpeg)
    if known:
        return {"verdict": known["verdict"]}
    try:
        return {"verdict": _read(message, checked, ctx)}
    except TerminalError as error:
        return {"verdict": None, "outcome": error.outcome()}


def _refused(ticket_id: str, known: store.Row | None, error: TerminalError, ctx: task.Context) -> dict[str, Any]:
    logging.get(__name__).warning("ticket.picture_refused", ticket_id=ticket_id, code=error.code)
    if known:
        # Read before, and only its document is missing: it is made without the picture.
        return {"verdict": known["verdict"], "outcome": error.outcome()}
    if not picture.is_senders(error):
        return {"verdict": None, "outcome": error.outcome()}
    with db.connect() as conn, db.transaction(conn):
        verdicts.reject(conn, ticket_id, error, ctx)
    ctx.counter("tickets_read", 1, verdict="reject", provider="none")
    return {"verdict": "reject", "outcome": error.outcome()}


def _read(message: store.Row, checked: image.CheckedImage, ctx: task.Context) -> str:
    extraction = reading.read(checked.jpeg, ctx, checked.regions, sender=message["sender_id"])
    if several := splitting.find(message, checked, extraction):
        ctx.counter("tickets_read", 1, verdict="reject", provider=extraction.provider)
        return splitting.record(message, checked, extraction, several, ctx)
    assessment = validate.assess(extraction, today=dates.today(), limits=reading.limits())
    assessment = quality.explain(checked.jpeg, extraction, assessment)
    sent = duplicates.Sent(
        message["ticket_id"], message["sender_id"], message["sent_at"], checked.sha256, checked.perceptual_hash
    )
    with db.connect() as conn, db.transaction(conn):
        recorded = recording.record(conn, sent, extraction, assessment, ctx)
    if recorded.first:
        ctx.counter("tickets_duplicates", 1, kind=recorded.first.kind)
    ctx.counter("tickets_read", 1, verdict=recorded.verdict, provider=extraction.provider)
    return recorded.verdict


if __name__ == "__main__":
    task.main(Inputs, run)
