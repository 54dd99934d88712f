"""The addresses of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from console import db
from console.api import access, answers, exposition, health, params, problems, shapes, sheets
from console.etl import book

if TYPE_CHECKING:
    from kit.db import Row

_PAGE: Final = 100
_PROBLEM: Final[dict[str, Any]] = {"model": problems.Problem, "content": {problems.MEDIA_TYPE: {}}}
_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    400: {**_PROBLEM, "description": "a parameter is wrong, unknown, or given twice"},
    401: {**_PROBLEM, "description": "no token, or a wrong one"},
    429: {**_PROBLEM, "description": "too many wrong tokens"},
    503: {**_PROBLEM, "description": "the database is away"},
}

router = APIRouter(prefix="/api", dependencies=[Depends(access.caller)], responses=_REFUSALS)


def _asked(model: Any) -> dict[str, Any]:
    """The parameters of a model, as OpenAPI names them; `params` reads them itself, to refuse what it does not know."""
    return {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": about.pop("description", ""),
                "schema": about,
            }
            for name, about in model.model_json_schema()["properties"].items()
        ]
    }


@router.get("/metrics/latest", response_model=shapes.Latest, dependencies=[Depends(params.nothing)])
def latest(request: Request) -> Response:
    """The run that ended last with figures, a rehearsal too, and all that it measured."""
    with db.connect() as conn:
        found = book.latest(conn)
    if found is None:
        return answers.model(request, shapes.Latest(run=None, metrics=[]))
    run, measured = found
    metrics = [shapes.Metric.model_validate(row) for row in measured]
    return answers.model(request, shapes.Latest(run=_run(run), metrics=metrics))


@router.get(
    "/metrics/history",
    response_model=shapes.History,
    openapi_extra=_asked(params.History),
    responses={200: {"content": {"text/csv": {}}, "description": "runs; `Link` names the next page"}},
)
def history(request: Request, asked: Annotated[params.History, Depends(params.history)]) -> Response:
    """Runs, the newest first. Pages by `cursor` hold each run once, also while others begin."""
    if asked.format == "csv":
        return sheets.download(asked.filters, asked.limit)
    with db.connect() as conn:
        page = book.history(conn, asked.filters, asked.limit or _PAGE, asked.cursor or "")
    content = shapes.History(runs=[_run(row) for row in page.rows], next=page.after or None)
    return answers.model(request, content, _link(request, page.after))


@router.get("/alerts/recent", response_model=shapes.Alerts, dependencies=[Depends(params.nothing)])
def alerts(request: Request) -> Response:
    """The 50 newest alerts: those that ETL runs raised, and the troubles that people were told of."""
    with db.connect() as conn:
        rows = book.alerts(conn)
    return answers.model(request, shapes.Alerts(alerts=[shapes.Alert.model_validate(row) for row in rows]))


@router.get("/etl/health", response_model=shapes.Health, dependencies=[Depends(params.nothing)])
def healthy() -> Response:
    """How the ETL is: its last run, runs that hang, critical alerts, the quarantine."""
    with db.connect() as conn:
        found = health.look(conn)
    return Response(found.model_dump_json(), media_type="application/json")


@router.get(
    "/etl/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus' text format 0.0.4"}},
    dependencies=[Depends(params.nothing)],
)
def metrics() -> Response:
    """The ETL's figures for Prometheus: the latest run, the last 30 days, all time."""
    with db.connect() as conn:
        return Response(exposition.text(conn), media_type=exposition.MEDIA_TYPE)


def _run(row: Row) -> shapes.Run:
    return shapes.Run.model_validate(row)


def _link(request: Request, after: str) -> dict[str, str]:
    if not after:
        return {}
    query = urlencode({**request.query_params, "cursor": after})
    return {"Link": f'<{request.url.path}?{query}>; rel="next"'}
