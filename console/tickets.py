"""Tickets behind a password: the list, a ticket's page, and its birth certificate."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response  # noqa: TC002 - FastAPI reads the annotation

from console import access, db, etags, fields, pages, paging, pictures
from kit import settings
from kit.errors import NotFoundError
from tickets import certificate, lookups, reviews, store, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tickets.store import Row

STATES: Final = ("received", "processing", "pending", "done", "failed")
VERDICTS: Final = ("accept", "review", "reject")
PAGE: Final = 50
_MONTH: Final = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
_DECEMBER: Final = 12
_NEWEST: Final = ("infinity", "")

TicketId = Annotated[str, Path(pattern="^T-[0-9A-Z]{10}$")]
router = APIRouter(dependencies=[Depends(access.reader)])


@router.get("/tickets")
def listed(request: Request) -> Response:
    """The newest tickets first; filters that make no sense do not count."""
    chosen = _filters(request.query_params)
    begins, ends = _month(chosen["month"])
    after = request.query_params.get("after", "")
    at, ticket_id = _place(after)
    with db.connect() as conn:
        rows = lookups.tickets(
            conn,
            **{name: chosen[name] or None for name in ("state", "verdict", "sender")},
            begins=begins,
            ends=ends,
            before_at=at,
            before_id=ticket_id,
            most=PAGE + 1,
        )
    page = paging.cut(rows, PAGE, ("received_at", "ticket_id"))
    shown = [row | {"sender": texts.sender(row), "amount": _amount(row)} for row in page.rows]
    kept = {name: value for name, value in chosen.items() if value}
    made = pages.page(
        "tickets.html",
        rows=shown,
        chosen=chosen,
        states=STATES,
        verdicts=VERDICTS,
        after=after,
        first=_address(kept),
        older=_address(kept | {"after": page.after}) if page.after else "",
    )
    return etags.answer(request, made)


@router.get("/tickets/{ticket_id}")
def show(ticket_id: TicketId) -> Response:
    """A ticket: its picture, its fields with the pieces of the picture that they were read from, its history."""
    with db.connect() as conn:
        message, ticket = store.message(conn, ticket_id), store.ticket(conn, ticket_id)
        if message is None:
            raise NotFoundError("There is no such ticket.", code="ticket_unknown")
        if ticket is None:
            return pages.page("unread.html", message=message, sender=texts.sender(message))
        review = reviews.get(conn, reviews.review_id(ticket_id))
        corrections = lookups.corrections(conn, ticket_id)
        attempts = lookups.attempts(conn, ticket_id)
    return pages.page(
        "ticket.html",
        ticket=ticket,
        message=message,
        fields=fields.of(ticket),
        sender=texts.sender(ticket),
        reasons=texts.reasons(ticket),
        total=texts.total(ticket),
        review=review,
        corrections=corrections,
        attempts=attempts,
    )


@router.get("/tickets/{ticket_id}/picture")
def picture(ticket_id: TicketId) -> Response:
    """The ticket's picture."""
    return pictures.whole(_ticket(ticket_id))


@router.get("/tickets/{ticket_id}/piece/{field}")
def piece(ticket_id: TicketId, field: str) -> Response:
    """The piece of the picture that a field was read from."""
    return pictures.place(_ticket(ticket_id), field)


@router.get("/tickets/{ticket_id}/certificate")
def born(ticket_id: TicketId) -> Response:
    """The birth certificate of a ticket."""
    with db.connect() as conn:
        found = certificate.build(conn, ticket_id)
    return pages.page("certificate.html", born=found)


def _ticket(ticket_id: str) -> Row:
    with db.connect() as conn:
        found = store.ticket(conn, ticket_id)
    if found is None:
        raise NotFoundError("There is no such ticket.", code="ticket_unknown")
    return found


def _place(after: str) -> tuple[str, str]:
    """Where a page begins: the first one for what makes no sense."""
    found = paging.read(after, (str, str))
    try:
        return (datetime.fromisoformat(found[0]).isoformat(), found[1]) if found else _NEWEST
    except ValueError:
        return _NEWEST


def _address(query: Mapping[str, str]) -> str:
    return f"/tickets?{urlencode(query)}" if query else "/tickets"


def _filters(asked: Mapping[str, str]) -> dict[str, str]:
    """What was asked for, each blank when it is not one of the choices."""
    month = asked.get("month", "").strip()
    return {
        "state": asked.get("state", "") if asked.get("state") in STATES else "",
        "verdict": asked.get("verdict", "") if asked.get("verdict") in VERDICTS else "",
        "sender": asked.get("sender", "").replace("\x00", "").strip()[:100],
        "month": month if _MONTH.fullmatch(month) else "",
    }


def _month(text: str) -> tuple[datetime | None, datetime | None]:
    """Begin and end of a month where the company is."""
    found = _MONTH.fullmatch(text)
    if not found:
        return None, None
    year, month = int(found[1]), int(found[2])
    zone = ZoneInfo(settings.get().timezone)
    after = (year + 1, 1) if month == _DECEMBER else (year, month + 1)
    return datetime(year, month, 1, tzinfo=zone).astimezone(UTC), datetime(*after, 1, tzinfo=zone).astimezone(UTC)


def _amount(row: Row) -> str:
    return "" if row["total"] is None else texts.amount(row["total"], row["currency"])
