"""Rows that were not good enough, of one dataset and reason."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response  # noqa: TC002 - FastAPI reads the annotation

from console import access, db, etags, pages, visit
from console.etl import book, masks
from kit.errors import NotFoundError

SIZE: Final = 25
PATH: Final = "/etl/quarantine"
_LONGEST: Final = 200

router = APIRouter(dependencies=[Depends(access.reader)])


@router.get(PATH)
def show(request: Request) -> Response:
    """The page; readers see the shape of the rows, operators their text."""
    dataset, code = (request.query_params.get(name, "")[:_LONGEST] for name in ("dataset", "code"))
    if not dataset or not code or "\x00" in dataset + code:
        raise NotFoundError("There is no such reason.", code="reason_unknown")
    after = request.query_params.get("after", "")
    with db.connect() as conn:
        found = book.quarantined(conn, dataset, code, SIZE, after)
    person = visit.current().person
    role = person.role if person else "reader"
    rows = [row | {"text": masks.shown(row["raw"], role)} for row in found.rows]
    here = {"dataset": dataset, "code": code}
    page = pages.page(
        "quarantine.html",
        rows=rows,
        masked=role != "operator",
        after=after,
        first=f"{PATH}?{urlencode(here)}",
        older=f"{PATH}?{urlencode(here | {'after': found.after})}" if found.after else "",
        dataset=dataset,
        code=code,
    )
    return etags.answer(request, page)
