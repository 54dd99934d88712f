"""The rows of a sync: leads by the page, runs, and the log. One function a statement, or what commits together."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from psycopg2.extras import Json

from kit import ids
from leads import queries, sync_page
from leads.sync_page import People, Plan
from leads.sync_person import Person, from_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from adapters.hubspot import Record
    from kit.db import Connection
    from leads.mapping import PropertyMap
    from leads.sync_log import Entry

    Row = dict[str, Any]
_PERSON = (
    "lead_id hubspot_id manychat_id email phone properties stamps state updated_at hubspot_updated_at".split()  # noqa: SIM905
)
# Lead, code, property and detail of leads.troubles.
Trouble = tuple[str, str, str, str]
_KINDS = ("email", "manychat")


def new_id(hubspot_id: str) -> str:
    """Our id of a contact that HubSpot alone knew."""
    return ids.lead_id(f"hubspot:{hubspot_id}")


def lock(conn: Connection) -> bool:
    """Take the lock of the sync for as long as the connection lives; false when another run has it."""
    found = queries.one(conn, "sync_try_lock")
    return bool(found and found["ours"])


def people(conn: Connection, property_map: PropertyMap, records: Iterable[Record]) -> People:
    """The leads that some contacts may be about, locked until the transaction ends."""
    contacts: set[str] = set()
    values: dict[str, set[str]] = {kind: set() for kind in _KINDS}
    for record in records:
        contacts |= {record.id, *sync_page.merged_ids(record)}
        for kind, value in sync_page.identities(property_map, record):
            values[kind].add(value)
    named = {"emails": sorted(values["email"]), "manychats": sorted(values["manychat"])}
    rows = queries.every(conn, "sync_match", contacts=sorted(contacts), **named)
    owners = queries.every(conn, "sync_owners", **named)
    return People(
        {row["lead_id"]: from_row(row) for row in rows},
        {(row["kind"], row["value"]): row["lead_id"] for row in owners},
    )


def save(conn: Connection, plan: Plan, full_run: int | None = None) -> None:
    """Write what a page changes; the caller's transaction makes it one."""
    for loser, winner in plan.folded.items():
        queries.one(conn, "sync_fold", loser=loser, winner=winner)
        queries.run(conn, "sync_drop", lead_id=loser)
    if plan.people:
        queries.run(conn, "sync_put_leads", rows=_rows(map(_as_row, plan.people.values())))
    if plan.identities:
        owned = [{"kind": kind, "value": value, "lead_id": owner} for (kind, value), owner in plan.identities.items()]
        queries.run(conn, "sync_put_identities", rows=_rows(owned))
    settle(conn, [_settled(person) for person in plan.people.values()])
    settle(conn, [{"lead_id": lead_id, "problem": sync_page.UNCLEAR} for lead_id in plan.held])
    tell(conn, ((lead_id, "sync_unclear", "", contact) for lead_id, contact in plan.held.items()))
    if full_run:
        queries.run(conn, "sync_seen", run_id=full_run, leads=sorted(set(plan.looked) - plan.folded.keys()))


def settle(conn: Connection, rows: Iterable[Row]) -> None:
    """Note of some leads what the sync has settled: `lead_id`, `looked_at`, `problem`, `seen`, `seen_at`."""
    found = list(rows)
    if found:
        queries.run(conn, "sync_settle", rows=_rows(found))


def write_log(conn: Connection, entries: Sequence[Entry], execution_id: str) -> None:
    """Keep lines of the log."""
    if entries:
        queries.run(conn, "sync_log_put", rows=_rows(entry.as_row() for entry in entries), execution_id=execution_id)


def candidates(conn: Connection, after: str, most: int, *, unread: bool = False) -> list[Person]:
    """Leads of which something may be left to send, by their ids; `unread`: only those whose contact was never read."""
    rows = queries.every(conn, "sync_candidates", after=after, most=most, unread=unread)
    return [from_row(row) for row in rows]


def adopt(conn: Connection, given: Iterable[tuple[Person, datetime | None]]) -> None:
    """Let ours give way to what HubSpot has; with each, the moment for which it was decided."""
    rows = [_as_row(p) | {"read_at": read_at} for p, read_at in given]
    if rows:
        queries.run(conn, "sync_adopt", rows=_rows(rows))


def written(conn: Connection, rows: Sequence[Row]) -> None:
    """Note what HubSpot took: `lead_id`, `hubspot_id`, `sent`, `seen`, `problem`, `hubspot_updated_at`."""
    if rows:
        queries.run(conn, "sync_written", rows=_rows(rows))


def refused(conn: Connection, rows: Sequence[Row]) -> None:
    """Note what HubSpot refused as a whole: `lead_id`, `problem`."""
    if rows:
        queries.run(conn, "sync_refused", rows=_rows(rows))


def gone(conn: Connection, contacts: Sequence[str]) -> list[Row]:
    """Mark the leads of deleted contacts; returns those that were not marked before."""
    return queries.every(conn, "sync_gone", contacts=list(contacts)) if contacts else []


def unseen(conn: Connection, run_id: int, after: str, most: int) -> list[Row]:
    """Linked leads whose contact a full run did not meet."""
    return queries.every(conn, "sync_unseen", run_id=run_id, after=after, most=most)


def forget(conn: Connection, days: int) -> int:
    """Delete what is older; returns how much."""
    found = queries.one(conn, "sync_forget", days=days)
    return int(found["forgotten"]) if found else 0


def tell(conn: Connection, troubles: Iterable[Trouble]) -> None:
    """Keep what a person should look at; the flow of new leads tells Slack of it, once."""
    for lead_id, code, name, detail in troubles:
        queries.run(conn, "insert_trouble", lead_id=lead_id, event_key=None, code=code, property=name, detail=detail)


def _settled(person: Person) -> Row:
    looked_at = person.updated_at if person.settled else None
    return {"lead_id": person.lead_id, "looked_at": looked_at, "seen": person.seen, "seen_at": person.seen_at}


def _as_row(person: Person) -> Row:
    whole = asdict(person)
    return {name: whole[name] for name in _PERSON}


def _rows(rows: Iterable[Mapping[str, Any]]) -> Json:
    return Json(list(rows), dumps=partial(json.dumps, default=str))
