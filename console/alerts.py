"""Alerts: what is wrong now and what was, with acknowledging and snoozing for operators."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response  # noqa: TC002 - FastAPI reads the annotation

from console import access, actions, db, etags, pages, paging, sign_in
from console.actions import Action, Done
from console.forms import Form  # noqa: TC001 - FastAPI reads the annotation
from console.visit import Person
from kit import links
from kit.errors import NotFoundError
from kit.queries import Queries
from platform_tasks.alerts import book

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kit.db import Connection, Row

STATES: Final = ("firing", "resolved", "all")
LEVELS: Final = ("CRITICAL", "WARNING", "INFO")
HOURS: Final = (1, 4, 24, 72)
PAGE: Final = 25
_KEYS: Final = ("fired_at", "alert_id")
_sql = Queries("console")

AlertId = Annotated[int, Path(ge=1, le=2**62)]
Operator = Annotated[Person, Depends(access.operator)]
router = APIRouter()


@router.get("/alerts", dependencies=[Depends(access.reader)])
def listed(request: Request) -> Response:
    """The newest alerts first; filters that make no sense do not count."""
    chosen = _filters(request.query_params)
    with db.connect() as conn:
        drawn = actions.newest(conn)
        counts = _sql.one(conn, "alert_counts")
        page = paging.cut(_rows(conn, chosen, request.query_params.get("after", "")), PAGE, _KEYS)
    shown = [
        row | {"url": links.execution_of(row["execution_id"], row["flow_id"], row["namespace"])} for row in page.rows
    ]
    answer = pages.page(
        "alerts.html",
        rows=shown,
        drawn=drawn,
        after=page.after,
        chosen=chosen,
        counts=counts,
        states=STATES,
        levels=LEVELS,
        hours=HOURS,
    )
    return etags.answer(request, answer)


@router.post("/alerts/{alert_id}/acknowledge")
def acknowledge(request: Request, alert_id: AlertId, form: Form, person: Operator) -> Response:
    """Somebody looks after it."""

    def work(conn: Connection) -> Done:
        _known(conn, alert_id)
        return Done("acknowledged") if book.acknowledge(conn, alert_id, person.name) else Done("already", good=False)

    return _perform(request, person, form, ("alerts.acknowledge", alert_id), work)


@router.post("/alerts/{alert_id}/snooze")
def snooze(request: Request, alert_id: AlertId, form: Form, person: Operator) -> Response:
    """Say nothing of it for some hours."""
    hours = int(form["hours"]) if form.get("hours", "") in map(str, HOURS) else HOURS[0]
    until = datetime.now(UTC) + timedelta(hours=hours)

    def work(conn: Connection) -> Done:
        _known(conn, alert_id)
        done = book.snooze(conn, alert_id, until)
        return Done("snoozed", {"hours": hours}) if done else Done("already", good=False)

    return _perform(request, person, form, ("alerts.snooze", alert_id), work)


def _perform(
    request: Request, person: Person, form: Mapping[str, str], what: tuple[str, int], work: Callable[[Connection], Done]
) -> Response:
    back = sign_in.back(form.get("back", "/alerts"))
    action = Action(what[0], str(what[1]), form.get("seen", ""), back, drawn=actions.drawn(form))
    return actions.perform(request, person, action, work)


def _known(conn: Connection, alert_id: int) -> None:
    if _sql.one(conn, "alert", alert_id=alert_id) is None:
        raise NotFoundError("There is no such alert.", code="alert_unknown")


def _rows(conn: Connection, chosen: Mapping[str, str], after: str) -> list[Row]:
    place = paging.read(after, (str, int)) or (None, None)
    return _sql.every(
        conn,
        "alerts_page",
        state=chosen["state"] if chosen["state"] != "all" else None,
        level=chosen["level"] or None,
        flow=chosen["flow"] or None,
        after_at=paging.moment(place[0]),
        after_id=place[1],
        most=PAGE + 1,
    )


def _filters(asked: Mapping[str, str]) -> dict[str, str]:
    """What was asked for; firing ones when nothing was."""
    return {
        "state": asked.get("state", "") if asked.get("state") in STATES else STATES[0],
        "level": asked.get("level", "") if asked.get("level") in LEVELS else "",
        "flow": asked.get("flow", "").replace("\x00", "").strip()[:100],
    }
