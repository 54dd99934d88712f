"""Leads: who came lately, how the sync with HubSpot does, and one person's story for operators.

The list shows everybody masked, operators too: to watch over a flow nobody needs names. One person's page shows all,
to operators alone, and each look is written down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response  # noqa: TC002 - FastAPI reads the annotation

from console import access, actions, db, etags, pages, paging
from console.visit import Person  # noqa: TC001 - FastAPI reads the annotation
from kit import dead_letters, links
from kit.errors import NotFoundError
from kit.queries import Queries

if TYPE_CHECKING:
    from kit.db import Row

STATES: Final = ("new", "synced", "refused", "deleted")
PAGE: Final = 25
RUNS: Final = 8
PROVIDERS: Final = ("hubspot", "manychat")
SYNC: Final = ("leads_sync_hubspot", "opsflows.leads")
_KEYS: Final = ("updated_at", "lead_id")
_sql = Queries("console")

LeadId = Annotated[str, Path(pattern="^L-[0-9A-Z]{10}$")]
router = APIRouter()


@router.get("/leads", dependencies=[Depends(access.reader)])
def listed(request: Request) -> Response:
    """Who changed last, first."""
    asked = request.query_params
    state = asked.get("state", "") if asked.get("state") in STATES else ""
    place = paging.read(asked.get("after", ""), (str, str)) or (None, None)
    with db.connect() as conn:
        found = _sql.every(
            conn,
            "leads_page",
            state=state or None,
            after_at=paging.moment(place[0]),
            after_id=place[1],
            most=PAGE + 1,
        )
        runs = _sql.every(conn, "sync_runs", most=RUNS)
        waiting = _sql.one(conn, "leads_waiting")
        letters = [row for name in PROVIDERS for row in dead_letters.open_counts(conn, name)]
    page = paging.cut(found, PAGE, _KEYS)
    answer = pages.page(
        "leads.html",
        rows=page.rows,
        after=page.after,
        state=state,
        states=STATES,
        runs=[row | {"url": _url(row)} for row in runs],
        waiting=waiting,
        letters=letters,
    )
    return etags.answer(request, answer)


@router.get("/leads/{lead_id}")
def show(request: Request, lead_id: LeadId, person: Annotated[Person, Depends(access.operator)]) -> Response:
    """One person's story; the look is written down before it is shown."""
    with db.connect() as conn:
        lead = _sql.one(conn, "lead", lead_id=lead_id)
        if lead is None:
            raise NotFoundError("There is no such lead.", code="lead_unknown")
        actions.note(conn, request, person.name, "leads.look", lead_id)
        events = _sql.every(conn, "lead_events", lead_id=lead_id)
        log = _sql.every(conn, "lead_log", lead_id=lead_id)
        troubles = _sql.every(conn, "lead_troubles", lead_id=lead_id)
    return pages.page("lead.html", lead=lead, events=events, log=log, troubles=troubles)


def _url(row: Row) -> str | None:
    return links.execution_of(row["execution_id"], *SYNC)
