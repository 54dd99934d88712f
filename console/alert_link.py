"""The page behind an alert's signed link: what is wrong, and a form to look after it or to silence it for a while.

A GET changes nothing, since mail programs and chats open links by themselves.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from console import access, actions, db, pages
from console.forms import typed
from kit import dates, i18n, logging, secrets, signed
from kit.errors import NotFoundError, RefusedInputError
from platform_tasks.alerts import act_link, book, queries

if TYPE_CHECKING:
    from kit.db import Row

ACTIONS: Final = ("acknowledge", "snooze")
HOURS: Final = (1, 4, 24, 72)
_LONGEST_NAME: Final = 80
_ENDED: Final = {"link_expired": 410, "link_invalid": 404}

router = APIRouter()


@router.get("/alerts/act/{token}")
def show(request: Request, token: str) -> Response:
    """The alert as it stands, with the form while it is open."""
    try:
        alert = _alert(_verified(request, token))
    except RefusedInputError as error:
        return pages.problem(f"alert_{error.code}", status=_ENDED[error.code])
    return _page(request, alert)


@router.post("/alerts/act/{token}")
def act(request: Request, token: str, form: Annotated[dict[str, str], Depends(typed)]) -> Response:
    """Acknowledge or snooze."""
    access.same_origin(request)
    try:
        alert = _alert(_verified(request, token))
    except RefusedInputError as error:
        return pages.problem(f"alert_{error.code}", status=_ENDED[error.code])
    alert_id = alert["alert_id"]
    by = " ".join(form.get("by", "").split())[:_LONGEST_NAME]
    if not by:
        return _page(request, alert, error="by")
    action, hours = form.get("action", ""), form.get("hours", "")
    if action not in ACTIONS or (action == "snooze" and hours not in map(str, HOURS)):
        return _page(request, alert, error="action")
    with db.connect() as conn:
        if action == "acknowledge":
            done = book.acknowledge(conn, alert_id, by)
        else:
            done = book.snooze(conn, alert_id, dates.utcnow() + timedelta(hours=int(form["hours"])))
        if done:
            # The name is what they typed: nobody has signed in here.
            actions.note(conn, request, f"{by} (link)", f"alerts.{action}", str(alert_id))
    logging.get(__name__).info("alert.acted", alert_id=alert_id, action=action)
    return RedirectResponse(f"{act_link.PATH}{token}", status_code=303)


def _verified(request: Request, token: str) -> int:
    return access.linked(
        request, lambda: act_link.verify(token, secrets=secrets.live(signed.SECRET), now=dates.utcnow())
    )


def _alert(alert_id: int) -> Row:
    with db.connect() as conn:
        alert = queries.one(conn, "alert_get", alert_id=alert_id)
    if alert is None:
        raise NotFoundError("There is no such alert.", code="alert_unknown")
    return alert


def _page(request: Request, alert: Row, *, error: str = "") -> Response:
    state = "acknowledged" if alert["state"] == "firing" and alert["acknowledged_at"] else alert["state"]
    until = alert["snoozed_until"]
    return pages.page(
        "alert_act.html",
        status=422 if error else 200,
        path=request.url.path,
        alert=alert,
        state=i18n.t(f"alert.state.{state}"),
        level=i18n.t(f"alert.level.{alert['level']}"),
        snoozed_until=until if until and until > dates.utcnow() else None,
        hours=HOURS,
        error=error,
    )
