"""The style sheet and the icon. They lie under the review pages' path, which is all that the edge lets through."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

PREFIX: Final = "/tickets/review/"
_TYPES: Final = {"console.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}
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


def address(name: str) -> str:
    """The path of an asset; it changes with the content, so that a browser may keep it for ever."""
    return f"{PREFIX}{name}?v={hashlib.sha256(_content(name)).hexdigest()[:12]}"


def _answer(name: str) -> Response:
    return Response(_content(name), media_type=_TYPES[name], headers=_FOR_A_YEAR)


@cache
def _content(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()
