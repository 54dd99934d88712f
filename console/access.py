"""Who may see what: a signed link opens one review; everything else needs the console's user and password."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from fastapi import Request  # noqa: TC002 - FastAPI reads the annotation
from starlette.exceptions import HTTPException

from console.guesses import Guesses
from kit import dates, secrets, settings
from kit.errors import RefusedInputError
from tickets import review_link

if TYPE_CHECKING:
    from tickets.review_link import Claims

PASSWORD: Final = "OPSFLOWS_CONSOLE_PASSWORD"  # noqa: S105 - a name
_ASK: Final = {"WWW-Authenticate": 'Basic realm="opsflows", charset="UTF-8"'}

guesses = Guesses()


def claims(request: Request, token: str) -> Claims:
    """What a link's token says.

    Raises:
        RefusedInputError: it is none of ours, or it has ended.
        HTTPException: 429, this client has tried too many wrong ones; a right one is never refused for that.
    """
    try:
        return review_link.verify(token, secrets=secrets.live(review_link.SECRET), now=dates.utcnow())
    except RefusedInputError as error:
        if error.code != "link_invalid":
            raise
        if guesses.too_many(client(request)):
            raise HTTPException(429, headers={"Retry-After": "60"}) from None
        guesses.wrong(client(request))
        raise


def person(request: Request) -> str:
    """The user whose password came with the request; a dependency of every page that no link opens.

    Raises:
        HTTPException: 401, or 429 after too many wrong ones.
    """
    if guesses.too_many(client(request)):
        raise HTTPException(429, headers={"Retry-After": "60"})
    user, password = _credentials(request.headers.get("authorization", ""))
    wanted = (settings.get().console_username, secrets.get(PASSWORD))
    fits = [
        hmac.compare_digest(given.encode(), want.encode()) for given, want in zip((user, password), wanted, strict=True)
    ]
    if not all(fits):
        if user or password:
            guesses.wrong(client(request))
        raise HTTPException(401, headers=_ASK)
    return user


def same_origin(request: Request) -> None:
    """Refuse a form that another site's page sent.

    Browsers say where a request comes from in `Sec-Fetch-Site`; older ones in `Origin`, which is `null` for pages
    that send no Referer, as ours.

    Raises:
        HTTPException: 403.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "null")
    foreign = origin != "null" and urlsplit(origin).netloc != request.headers.get("host")
    if foreign or site not in (None, "same-origin"):
        raise HTTPException(403)


def client(request: Request) -> str:
    """Whom guesses are counted for."""
    return request.client.host if request.client else ""


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password
