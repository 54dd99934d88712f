"""The application: routes, headers, and what a browser sees when something is wrong."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlencode

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from console import (
    access,
    alert_link,
    alerts,
    assets,
    costs,
    home,
    leads,
    metrics,
    pages,
    review,
    sign_in,
    state,
    tickets,
    visit,
)
from console.api import docs as api_docs
from console.api import problems
from console.api import routes as api
from console.etl import pages as etl
from console.etl import quarantine as etl_quarantine
from console.etl import runs as etl_runs
from console.guard import Guard
from console.visit import Visits
from kit import logging
from kit.errors import NotFoundError, OpsflowsError, TransientError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

_ASK = {"WWW-Authenticate": 'Basic realm="opsflows", charset="UTF-8"'}
# The first that knows an address answers it.
_MODULES: Final = (
    assets,
    sign_in,
    home,
    alerts,
    leads,
    state,
    metrics,
    review,
    alert_link,
    tickets,
    api,
    api_docs,
    etl,
    etl_runs,
    etl_quarantine,
    costs,
)
_KNOWN = (400, 401, 403, 404, 405, 413, 429, 503)


def create() -> FastAPI:
    """Return the application. It reads its settings and secrets when it is asked, not now."""
    app = FastAPI(title="opsflows console", docs_url=None, redoc_url=None, openapi_url=None)
    for module in _MODULES:
        app.include_router(module.router)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _nowhere)
    app.add_exception_handler(OpsflowsError, _failed)
    app.add_exception_handler(access.SignInNeeded, _nobody)
    app.add_exception_handler(access.Refused, _not_theirs)
    app.add_exception_handler(problems.BadRequestError, problems.wrong)
    app.add_middleware(Guard)
    app.add_middleware(Visits)
    return app


def _refused(request: Request, error: Exception) -> Response:
    known = cast("HTTPException", error)
    status = known.status_code if known.status_code in _KNOWN else HTTPStatus.BAD_REQUEST
    return _told(request, status, known.headers)


def _told(request: Request, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """What is wrong: a page for people, problem+json for programs."""
    if problems.asked(request):
        return problems.answer(status, headers=headers)
    return pages.problem(f"http_{int(status)}", status=status, headers=headers)


def _nowhere(request: Request, _error: Exception) -> Response:
    """An address with a part of the wrong form is none of ours."""
    return _told(request, HTTPStatus.NOT_FOUND)


def _nobody(request: Request, _error: Exception) -> Response:
    """People are shown the sign-in page, and come back from there; programs are asked for a password."""
    if "text/html" not in request.headers.get("accept", ""):
        return pages.problem("http_401", status=HTTPStatus.UNAUTHORIZED, headers=_ASK)
    came_from = visit.current().path if request.method == "GET" else sign_in.HOME
    where = f"{sign_in.SIGN_IN}?{urlencode({'next': came_from})}" if came_from != sign_in.HOME else sign_in.SIGN_IN
    return RedirectResponse(where, status_code=303)


def _not_theirs(_request: Request, error: Exception) -> Response:
    return pages.problem(f"not_{cast('access.Refused', error).why}", status=HTTPStatus.FORBIDDEN)


def _failed(request: Request, error: Exception) -> Response:
    known = cast("OpsflowsError", error)
    if isinstance(known, NotFoundError):
        return _told(request, HTTPStatus.NOT_FOUND)
    logging.get(__name__).warning("console.failed", code=known.code, error=str(known))
    if isinstance(known, TransientError):
        return _told(request, HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "10"})
    return _told(request, HTTPStatus.INTERNAL_SERVER_ERROR)
