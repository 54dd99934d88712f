"""The first half of a sync: what HubSpot has comes to us, page by page, each in a transaction of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kit import dates, db, logging
from kit.errors import ConflictError, UnavailableError
from leads import sync_runs, sync_store
from leads.sync_contacts import BATCH, SEARCH_PAGE
from leads.sync_log import Entry
from leads.sync_page import Planner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.hubspot import Record
    from kit.db import Connection
    from leads.mapping import PropertyMap
    from leads.sync_contacts import Contacts
    from leads.sync_log import Journal
    from leads.sync_person import Person
    from leads.sync_runs import Run

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Work:
    """What the parts of a sync share.

    Attributes:
        dry_run: nothing is written, here nor there.
        planned: of a dry run, leads as they would be of which something would be left to send.
        full_run: the run that looks at every contact; None when only changes are read.
        overlap_s: how far a window reaches back into the one before.
    """

    conn: Connection
    contacts: Contacts
    property_map: PropertyMap
    journal: Journal
    execution_id: str
    dry_run: bool = False
    full_run: int | None = None
    overlap_s: float = 300.0
    planned: dict[str, Person] = field(default_factory=dict)


def pull(work: Work, run: Run) -> Run:
    """Read what is new, from where the run stands; returns the run in its next phase."""
    step = _listed if run.mode == "full" else _changed
    while run.phase == "pull":
        run = step(work, run)
    return run


def gone(work: Work, run: Run) -> Run:
    """Follow deletions: of a full run the contacts that it did not meet, else the bin."""
    step = _unseen if run.mode == "full" else _binned
    while run.phase == "gone":
        run = step(work, run)
    return run


def take_in(work: Work, records: Sequence[Record], following: Run | None) -> None:
    """Merge some contacts into the leads, and move the run on, in one transaction.

    Whoever gave a lead an address or a contact at the same moment wins; the page is then looked at again. A contact
    that still does not fit is told and left, so that it does not keep the others away.
    """
    if not records and not following:
        return
    for attempt in range(_TRIES):
        try:
            _merge(work, records, following)
        except (ConflictError, UnavailableError) as error:
            if work.conn.closed or (attempt == _TRIES - 1 and isinstance(error, UnavailableError)):
                raise
            logging.get(__name__).info("sync.page_again", code=error.code)
        else:
            return
    if len(records) == 1:
        _note(work, [Entry("clash", None, records[0].id, code="conflict")], following)
        return
    for record in records:
        take_in(work, [record], None)
    _note(work, [], following)


def _merge(work: Work, records: Sequence[Record], following: Run | None) -> None:
    planner = Planner(work.property_map, sync_store.new_id, dates.utcnow())
    with db.transaction(work.conn):
        plan = planner.page(records, sync_store.people(work.conn, work.property_map, records))
        if work.dry_run:
            work.planned.update({name: person for name, person in plan.people.items() if not person.settled})
        else:
            sync_store.save(work.conn, plan, work.full_run)
        _write(work, plan.log, following)
    work.journal.note(plan.log)


def _note(work: Work, entries: Sequence[Entry], following: Run | None) -> None:
    with db.transaction(work.conn):
        _write(work, entries, following)
    work.journal.note(entries)


def _write(work: Work, entries: Sequence[Entry], following: Run | None) -> None:
    """The log, and how far the run is, in the transaction of what was done."""
    if work.dry_run:
        return
    sync_store.write_log(work.conn, entries, work.execution_id)
    if following:
        counts = work.journal.counts.copy()
        counts.update(entry.action for entry in entries)
        sync_runs.move(work.conn, following, counts)


def _listed(work: Work, run: Run) -> Run:
    page = work.contacts.listed(run.cursor)
    following = run.at("pull", page.after) if page.after else run.at("gone")
    take_in(work, page.results, following)
    return following


def _changed(work: Work, run: Run) -> Run:
    records = work.contacts.changed(run.window(work.overlap_s))
    following = run.at("pull", records[-1].id) if len(records) == SEARCH_PAGE else run.at("gone")
    take_in(work, records, following)
    return following


def _binned(work: Work, run: Run) -> Run:
    page = work.contacts.archived(run.cursor)
    following = run.at("gone", page.after) if page.after else run.at("push")
    _mark(work, [record.id for record in page.results], following)
    return following


def _unseen(work: Work, run: Run) -> Run:
    """What a listing did not show may have come while it went on, so it is asked for by its id before it counts."""
    rows = [] if work.dry_run else sync_store.unseen(work.conn, run.run_id, run.cursor, BATCH)
    if not rows:
        following = run.at("push")
        _mark(work, [], following)
        return following
    asked = [row["hubspot_id"] for row in rows]
    there = {record.id: record for record in work.contacts.read(asked)}
    following = run.at("gone", rows[-1]["lead_id"])
    take_in(work, list(there.values()), None)
    _mark(work, [contact for contact in asked if contact not in there], following)
    return following


def _mark(work: Work, contacts: Sequence[str], following: Run) -> None:
    if work.dry_run:
        return
    with db.transaction(work.conn):
        rows = sync_store.gone(work.conn, contacts)
        entries = [Entry("gone", row["lead_id"], row["hubspot_id"]) for row in rows]
        _write(work, entries, following)
    work.journal.note(entries)
