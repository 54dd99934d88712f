"""`ETag`: a browser that has a page already is told so instead of being sent it again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from console import visit
from kit import i18n

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

_OURS: Final = "private, no-cache"


def answer(request: Request, made: Response | Callable[[], Response], version: str = "") -> Response:
    """The response with its `ETag`, or 304 when the browser has it.

    Args:
        request: what asks.
        made: the response; or what makes it, which is left out when `version` says that the browser has it.
        version: stands for all that the answer depends on, such as the newest id, beside who asks, in which language
            and theme; blank: the body's hash.
    """
    if isinstance(made, Response):
        return _known(request, made, _tag(bytes(made.body) + version.encode()))
    tag = _tag(f"{_asker()} {request.url} {version}".encode()) if version else ""
    if tag and _has(request, tag):
        return _not_modified(tag)
    response = made()
    return _known(request, response, tag or _tag(bytes(response.body)))


def _known(request: Request, response: Response, tag: str) -> Response:
    if _has(request, tag):
        return _not_modified(tag)
    response.headers.update({"ETag": tag, "Cache-Control": _OURS, "Vary": "Cookie, Authorization"})
    return response


def _not_modified(tag: str) -> Response:
    return Response(status_code=304, headers={"ETag": tag, "Cache-Control": _OURS, "Vary": "Cookie, Authorization"})


def _has(request: Request, tag: str) -> bool:
    given = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return tag.removeprefix("W/") in given


def _tag(content: bytes) -> str:
    return f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'


def _asker() -> str:
    """Notices are told once, so that a page with one is none that the browser has."""
    now = visit.current()
    who = (now.person.name, now.person.role, now.person.csrf) if now.person else ()
    return f"{who} {i18n.language()} {now.theme} {now.has_notice}"
