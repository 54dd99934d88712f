"""Pictures of tickets, read from Kestra's storage through its API, which stays unreachable for browsers."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from kit import kestra, settings
from kit.errors import NotFoundError
from tickets import crops

if TYPE_CHECKING:
    from tickets.store import Row

# Checked pictures are of 2400 pixels at most: about a megabyte each.
_KEPT: Final = 16
_SHORTLY: Final = {"Cache-Control": "private, max-age=300"}


def whole(ticket: Row) -> Response:
    """The picture of a ticket, upright.

    Raises:
        NotFoundError: it has none, or no longer.
        OpsflowsError: Kestra is away.
    """
    return _jpeg(_upright(_uri(ticket), ticket["rotation"]))


def place(ticket: Row, field: str) -> Response:
    """The piece of the picture that a field was read from.

    Raises:
        NotFoundError: there is none.
        OpsflowsError: Kestra is away.
    """
    evidence = ticket["evidence"].get(field)
    found = crops.pieces(_stored(_uri(ticket)), {field: evidence}, rotation=ticket["rotation"]) if evidence else {}
    if field not in found:
        raise NotFoundError("There is no such piece.", code="crop_unknown")
    return _jpeg(found[field])


def has_place(ticket: Row, field: str) -> bool:
    """Whether a field has a piece of the picture to show."""
    evidence = ticket["evidence"].get(field)
    return bool(ticket["image_uri"] and evidence and evidence.get("box"))


def _uri(ticket: Row) -> str:
    uri = ticket["image_uri"]
    if not uri:
        raise NotFoundError("There is no picture.", code="picture_unknown")
    return str(uri)


@lru_cache(maxsize=_KEPT)
def _stored(uri: str) -> bytes:
    return kestra.Client(settings.get()).file(uri)


@lru_cache(maxsize=_KEPT)
def _upright(uri: str, rotation: int) -> bytes:
    return crops.upright(_stored(uri), rotation)


def _jpeg(content: bytes) -> Response:
    return Response(content, media_type="image/jpeg", headers=_SHORTLY)


def forget() -> None:
    """Drop what is kept in memory."""
    _stored.cache_clear()
    _upright.cache_clear()
