"""Style sheets, icons and scripts, from `console/static`.

What the review pages need lies under their path, which is all that the edge lets through.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

PREFIX: Final = "/tickets/review/"
OTHERS: Final = "/assets/"
_REVIEWS: Final = ("console.css", "icon.svg")
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOLDER: Final = Path(__file__).parent / "static"
_FOR_A_YEAR: Final = {"Cache-Control": "public, max-age=31536000, immutable"}

router = APIRouter()


@router.get(f"{PREFIX}console.css")
def style() -> Response:
    """The style sheet."""
    return _answer("console.css")


@router.get(f"{PREFIX}icon.svg")
def icon() -> Response:
    """The icon."""
    return _answer("icon.svg")


@router.get(f"{OTHERS}{{name}}")
def other(name: str) -> Response:
    """A file of `console/static`, which holds nothing that is secret."""
    if name not in _names():
        raise HTTPException(404)
    return _answer(name)


def address(name: str) -> str:
    """The path of an asset; it changes with the content, so that a browser may keep it for ever."""
    prefix = PREFIX if name in _REVIEWS else OTHERS
    return f"{prefix}{name}?v={hashlib.sha256(_content(name)).hexdigest()[:12]}"


def _answer(name: str) -> Response:
    return Response(_content(name), media_type=_TYPES[Path(name).suffix], headers=_FOR_A_YEAR)


@cache
def _names() -> frozenset[str]:
    return frozenset(path.name for path in _FOLDER.iterdir() if path.suffix in _TYPES)


@cache
def _content(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()
