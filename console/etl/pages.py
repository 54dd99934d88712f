"""The ETL at a glance: the newest figures, the ratio of each day, the runs, alerts, the quarantine."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from console import access, db, etags, pages
from console.etl import asked, book

if TYPE_CHECKING:
    from kit.db import Row

SIZE: Final = 25
_ALERTS: Final = 8

router = APIRouter(prefix="/etl", dependencies=[Depends(access.reader)])


@router.get("")
def show(request: Request) -> Response:
    """The page."""
    wanted = asked.read(request.query_params)
    with db.connect() as conn:
        flows, labels = book.choices(conn)
        shown: dict[str, Any] = {
            "latest": book.sql.one(conn, "latest_run"),
            "newest": book.sql.every(conn, "newest_of_flows", flows=flows),
            "days": book.days(conn, wanted.days, wanted.chosen["flow"] or None),
            "runs": book.history(conn, wanted.filters, SIZE, wanted.after),
            "alerts": book.sql.every(conn, "alerts_recent", most=_ALERTS),
            "quarantine": book.sql.every(conn, "quarantine_reasons", most=book.COUNTED),
        }
    page = pages.page(
        "etl.html", asked=wanted, flows=flows, labels=labels, spans=asked.SPANS, counted=book.COUNTED, **shown
    )
    return etags.answer(request, page)


@router.get("/chart.json")
def chart(request: Request) -> Response:
    """The figures of the chart, a list a series; days are seconds since 1970, as the chart wants them."""
    wanted = asked.read(request.query_params)
    with db.connect() as conn:
        days = book.days(conn, wanted.days, wanted.chosen["flow"] or None)
    content = json.dumps({"low": book.LOW_RATIO, "series": _series(days)})
    return etags.answer(request, Response(content, media_type="application/json"))


def _series(days: list[Row]) -> list[list[Any]]:
    def column(name: str) -> list[Any]:
        return [row[name] for row in days]

    moments = [int(datetime.combine(row["day"], datetime.min.time(), UTC).timestamp()) for row in days]
    return [moments, column("ratio_avg"), column("total_rows"), column("runs"), column("low_ratio_runs")]
