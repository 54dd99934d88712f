"""The inbox: every event is stored before anything is done with it, once, and leaves it done or refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from psycopg2.extras import Json

from kit import db, dead_letters
from kit.errors import ConflictError
from leads import queries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.db import Connection
    from leads.contacts import Written
    from leads.people import Person, Trouble
    from leads.webhook import Event

LETTER_KIND = "leads_event"
PROVIDER = "hubspot"
_MOST_INTENTS = 5


def store(conn: Connection, event: Event, execution_id: str, queued_s: float) -> bool:
    """Store an event; false when it was here before, by another execution."""
    row = queries.one(
        conn,
        "insert_event",
        key=event.key,
        raw=Json(event.raw),
        happened_at=event.happened_at,
        execution_id=execution_id,
        queued_s=queued_s,
    )
    return bool(row and row["ours"])


def read(conn: Connection, most: int | None = None) -> None:
    """Normalise events that were only stored so far, the oldest first; what they say is in the column `lead` then.

    Args:
        conn: a connection whose caller holds the collector's lock.
        most: how many; default: all.
    """
    # It brings every library along that reads fields, which an execution that only stores its event does not need.
    from leads import normalise

    rows = queries.every(conn, "unread_events", most=most)
    if rows:
        said = [{"key": row["key"], "lead": normalise.lead(row["raw"]).model_dump(mode="json")} for row in rows]
        queries.run(conn, "keep_read_events", events=Json(said))


def find(conn: Connection, key: str) -> queries.Row | None:
    """What became of an event: state, outcome, lead_id, hubspot_id; None when it is unknown."""
    return queries.one(conn, "get_event", key=key)


def reopen(conn: Connection, key: str) -> bool:
    """Let a refused event wait again; false when it is not refused."""
    return queries.run(conn, "reopen_event", key=key) == 1


def owners(conn: Connection, hubspot_ids: Sequence[str]) -> Mapping[str, str]:
    """Which lead a contact belongs to, for those that belong to one."""
    rows = queries.every(conn, "owners", hubspot_ids=list(hubspot_ids))
    return {row["hubspot_id"]: row["lead_id"] for row in rows}


def intend(conn: Connection, meant: Sequence[tuple[Person, Mapping[str, str]]]) -> None:
    """Note what is about to be written, so that it counts as ours also when its answer is never recorded."""
    rows = []
    for person, properties in meant:
        others = [intent for intent in person.intents if intent != properties]
        person.intents = [*others, dict(properties)][-_MOST_INTENTS:]
        rows.append({"lead_id": person.lead_id, "sent": person.sent, "intents": person.intents})
    if rows:
        queries.run(conn, "keep_intents", meant=Json(rows))


def record(conn: Connection, written: Written, execution_id: str, *, answer: bool) -> tuple[str, int]:
    """Record what became of a person's contact, within the caller's transaction.

    Args:
        conn: a connection in a transaction.
        written: what HubSpot said.
        execution_id: who wrote it.
        answer: whether ManyChat is to be told.

    Returns:
        created, updated, unchanged or refused; and how many troubles are new.
    """
    if written.contact and not _keep_contact(conn, written):
        written = replace(written, kind="refused", contact=None)
    person, code = written.person, written.problem.code if written.problem else "contact_of_another_lead"
    refused = written.kind == "refused"
    queries.run(
        conn,
        "finish_events",
        keys=person.keys,
        state="refused" if refused else "done",
        lead_id=person.lead_id,
        batch=execution_id,
        outcome=code if refused else written.kind,
        answer=answer and not refused and "manychat_id" in person.values,
    )
    if refused:
        queries.run(conn, "refuse_lead", lead_id=person.lead_id, problem=code)
        _give_up(conn, written, code, execution_id)
    return written.kind, _report(conn, written, code if refused else None)


def _keep_contact(conn: Connection, written: Written) -> bool:
    """Note the contact; false when another lead got it meanwhile."""
    contact, person = written.contact, written.person
    if contact is None:
        return False
    values: dict[str, Any] = {
        "lead_id": person.lead_id,
        "hubspot_id": contact.id,
        "sent": Json(person.sent | dict(written.wrote)),
        "problem": ", ".join(sorted(trouble.code for trouble in written.troubles)) or None,
        "hubspot_updated_at": contact.updated_at,
    }
    try:
        with db.transaction(conn):
            queries.run(conn, "record_contact", **values)
    except ConflictError:
        return False
    return True


def _give_up(conn: Connection, written: Written, code: str, execution_id: str) -> None:
    message = written.problem.message if written.problem else "The contact belongs to another lead of ours."
    for key in written.person.keys:
        dead_letters.put(
            conn,
            provider=PROVIDER,
            kind=LETTER_KIND,
            key=key,
            reason=code,
            error=message,
            payload={"key": key, "lead_id": written.person.lead_id},
            execution_id=execution_id,
        )


def _report(conn: Connection, written: Written, refusal: str | None) -> int:
    found = [(one.code, one.property, one.detail) for one in _troubles(written)]
    if refusal:
        found.append(("refused", "", refusal))
    new = 0
    for code, name, detail in found:
        values = {"lead_id": written.person.lead_id, "event_key": written.person.keys[-1]}
        new += queries.run(conn, "insert_trouble", **values, code=code, property=name, detail=detail)
    return new


def _troubles(written: Written) -> list[Trouble]:
    return [*written.person.troubles, *written.troubles]
