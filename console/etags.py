"""`ETag`: a browser that has a page already is told so instead of being sent it again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request

_CACHING: Final = {"Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization"}


def answer(request: Request, made: Response) -> Response:
    """The response with its `ETag`, or 304 when the browser has it.

    The tag is the body's hash: who asks, their role, language and colours are all in the body where they matter.
    """
    tag = f'W/"{hashlib.sha256(made.body).hexdigest()[:32]}"'
    if tag.removeprefix("W/") in _known(request):
        return Response(status_code=304, headers={"ETag": tag, **_CACHING})
    made.headers.update({"ETag": tag, **_CACHING})
    return made


def _known(request: Request) -> list[str]:
    return [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
