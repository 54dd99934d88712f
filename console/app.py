"""The application: routes, headers, and what a browser sees when something is wrong."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from fastapi import FastAPI
from starlette.exceptions import HTTPException

from console import assets, pages, review, tickets
from console.guard import Guard
from kit import logging
from kit.errors import NotFoundError, OpsflowsError, TransientError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_KNOWN = (400, 401, 403, 404, 405, 413, 429, 503)


def create() -> FastAPI:
    """Return the application. It reads its settings and secrets when it is asked, not now."""
    app = FastAPI(title="opsflows console", docs_url=None, redoc_url=None, openapi_url=None)
    for module in (assets, review, tickets):
        app.include_router(module.router)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(OpsflowsError, _failed)
    app.add_middleware(Guard)
    return app


def _refused(_request: Request, error: Exception) -> Response:
    known = cast("HTTPException", error)
    status = known.status_code if known.status_code in _KNOWN else HTTPStatus.BAD_REQUEST
    return pages.problem(f"http_{int(status)}", status=status, headers=known.headers)


def _failed(_request: Request, error: Exception) -> Response:
    known = cast("OpsflowsError", error)
    if isinstance(known, NotFoundError):
        return pages.problem("http_404", status=HTTPStatus.NOT_FOUND)
    logging.get(__name__).warning("console.failed", code=known.code, error=str(known))
    if isinstance(known, TransientError):
        return pages.problem("http_503", status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "10"})
    return pages.problem("http_500", status=HTTPStatus.INTERNAL_SERVER_ERROR)
