"""What a program is told when something is wrong: application/problem+json (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

PREFIX: Final = "/api/"
DOCS: Final = f"{PREFIX}docs"
MEDIA_TYPE: Final = "application/problem+json"
_DETAILS: Final = {
    HTTPStatus.UNAUTHORIZED: "Send the token as Authorization: Bearer, or sign in.",
    HTTPStatus.FORBIDDEN: "This is not yours to see.",
    HTTPStatus.NOT_FOUND: "There is nothing here. The addresses are listed at /api/docs.",
    HTTPStatus.METHOD_NOT_ALLOWED: "The API only reads: use GET.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many wrong tokens or passwords from this address. Try again in a minute.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database does not answer. Try again in a few seconds.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "This is a fault of ours; the console's log tells more.",
}


class Wrong(BaseModel):
    """One parameter that cannot be taken as it is."""

    name: str = Field(description="of the parameter")
    problem: str = Field(description="what is wrong with it")


class Problem(BaseModel):
    """What is wrong, and what to do."""

    type: str = Field("about:blank", description="always about:blank: `status` says which kind it is")
    title: str = Field(description="the status in words")
    status: int
    detail: str = Field(description="what to do")
    errors: list[Wrong] = Field(default_factory=list, description="each parameter that is wrong")


class BadRequestError(Exception):
    """Parameters that cannot be taken as they are."""

    def __init__(self, errors: Sequence[Wrong]) -> None:
        """Keep them."""
        super().__init__("; ".join(f"{one.name}: {one.problem}" for one in errors))
        self.errors = list(errors)


def asked(request: Request) -> bool:
    """Whether a request is one of a program, which gets problems instead of pages."""
    return meant(request.url.path)


def meant(path: str) -> bool:
    """Whether a path is one of the API's, other than its page for people."""
    return path.startswith(PREFIX) and path != DOCS


def answer(
    status: int, detail: str = "", *, errors: Sequence[Wrong] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A problem as a response."""
    known = HTTPStatus(status)
    told = Problem(
        type="about:blank",
        title=known.phrase,
        status=int(known),
        detail=detail or _DETAILS.get(known, known.description or known.phrase),
        errors=list(errors),
    )
    content: dict[str, Any] = told.model_dump(exclude={"errors"} if not errors else None)
    return JSONResponse(content, status_code=int(known), headers=dict(headers or {}), media_type=MEDIA_TYPE)


def wrong(_request: Request, error: Exception) -> JSONResponse:
    """The answer to parameters that cannot be taken."""
    errors = error.errors if isinstance(error, BadRequestError) else []
    return answer(
        HTTPStatus.BAD_REQUEST, "Correct the parameters named in errors; /api/docs lists them.", errors=errors
    )
