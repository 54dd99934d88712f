"""The first page: how every flow does today, and what needs a person."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response  # noqa: TC002 - FastAPI reads the annotation

from console import access, db, etags, pages, today

router = APIRouter(dependencies=[Depends(access.reader)])


@router.get("/")
def show(request: Request) -> Response:
    """The day at a glance."""
    with db.connect() as conn:
        needs, flows = today.needs(conn), today.flows(conn)
    marks = Counter(flow.mark for flow in flows)
    return etags.answer(request, pages.page("home.html", needs=needs, flows=flows, marks=marks))
