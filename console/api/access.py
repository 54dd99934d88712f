"""Who may read the API: whoever has signed in, and programs with the token."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import Final

from fastapi import Request  # noqa: TC002 - FastAPI reads the annotation
from starlette.exceptions import HTTPException

from console import access, metrics
from kit import secrets

TOKEN: Final = "OPSFLOWS_API_TOKEN"  # noqa: S105 - a name
FIGURES: Final = "/api/etl/metrics"
_ASK: Final = {"WWW-Authenticate": 'Bearer realm="opsflows"'}


def caller(request: Request) -> None:
    """Let in a session, a program's HTTP Basic, or the token; a dependency of every address of the API.

    Raises:
        HTTPException: 401, or 429 after too many wrong tokens or passwords.
    """
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        _person(request)
        return
    # Prometheus' own token opens the figures and nothing else.
    names = (TOKEN, metrics.TOKEN) if request.url.path == FIGURES else (TOKEN,)
    fits = [hmac.compare_digest(given.strip().encode(), (secrets.optional(name) or "").encode()) for name in names]
    if given.strip() and any(fits):
        return
    # Only now: whoever has the right token is not kept out by others who guess from the same address.
    access.refuse_guessing(request)
    access.guesses.wrong(access.client(request))
    raise HTTPException(HTTPStatus.UNAUTHORIZED, headers=_ASK)


def _person(request: Request) -> None:
    try:
        access.reader(request)
    except access.SignInNeeded:
        raise HTTPException(HTTPStatus.UNAUTHORIZED, headers=_ASK) from None
