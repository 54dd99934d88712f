"""Who may see what: a signed link opens one review; everything else needs somebody who has signed in.

reader(request)      may see: a session, or a program's HTTP Basic
operator(request)    may act: a session of the role operator, and in a form its CSRF token
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, Annotated, Final, TypeVar
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from console import identify, people, visit
from console.forms import typed
from console.guesses import Guesses
from console.visit import Person
from kit import dates, secrets, signed
from kit.errors import RefusedInputError
from tickets import review_link

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tickets.review_link import Claims

PASSWORD: Final = people.PASSWORD
CSRF_FIELD: Final = "csrf"
_READS: Final = ("GET", "HEAD")
T = TypeVar("T")

guesses = Guesses()


class SignInNeeded(Exception):  # noqa: N818 - no error: the way to the sign-in page
    """Nobody has signed in, or the session has ended."""


class Refused(Exception):  # noqa: N818 - told as a page
    """Somebody who may not do this; `why` names the text: `role` or `form`."""

    def __init__(self, why: str) -> None:
        """Keep the reason."""
        super().__init__(why)
        self.why = why


def claims(request: Request, token: str) -> Claims:
    """What a link's token says.

    Raises:
        RefusedInputError: it is none of ours, or it has ended.
        HTTPException: 429, this client has tried too many wrong ones; a right one is never refused for that.
    """
    return linked(request, lambda: review_link.verify(token, secrets=secrets.live(signed.SECRET), now=dates.utcnow()))


def linked(request: Request, verify: Callable[[], T]) -> T:
    """Verify a link's token; who tries many wrong ones must wait.

    Raises:
        RefusedInputError: it is none of ours, or it has ended.
        HTTPException: 429, as `claims`.
    """
    try:
        return verify()
    except RefusedInputError as error:
        if error.code != "link_invalid":
            raise
        if guesses.too_many(client(request)):
            raise HTTPException(429, headers={"Retry-After": "60"}) from None
        guesses.wrong(client(request))
        raise


def reader(request: Request) -> Person:
    """Whoever has signed in; a dependency of every page that no link opens.

    Raises:
        SignInNeeded: nobody has; a browser is shown where, a program is asked for a password.
        HTTPException: 429 after too many wrong passwords; 403 when a proxy names a person and is none that is believed.
    """
    now = visit.current()
    now.person = identify.by_proxy(request) or identify.by_session(request) or _by_password(request)
    if now.person is None:
        raise SignInNeeded
    return now.person


def operator(request: Request, form: Annotated[dict[str, str], Depends(typed)]) -> Person:
    """An operator, whose form came from our own page in this very session; a dependency of everything that acts.

    Raises:
        SignInNeeded: nobody has signed in, or the session has ended.
        Refused: a reader, a program, or a form that is none of this session's.
    """
    person = reader(request)
    if not person.acts:
        raise Refused("role")
    if request.method not in _READS:
        from_our_form(request, person, form)
    return person


def from_our_form(request: Request, person: Person, form: Mapping[str, str]) -> None:
    """Refuse what was not sent by a form of this session.

    Raises:
        Refused: the token is missing, foreign or of an earlier session.
        HTTPException: 403, another site's page sent it.
    """
    same_origin(request)
    if not person.csrf or not hmac.compare_digest(form.get(CSRF_FIELD, "").encode(), person.csrf.encode()):
        raise Refused("form")


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


def count_wrong(request: Request, name: str) -> None:
    """Take note of a wrong password: for the client, and for the name, which many clients may guess at."""
    guesses.wrong(client(request))
    guesses.wrong(_guessed(name))


def refuse_guessing(request: Request, name: str = "") -> None:
    """Refuse whoever has guessed too often.

    Raises:
        HTTPException: 429.
    """
    if guesses.too_many(client(request)) or (name and guesses.too_many(_guessed(name))):
        raise HTTPException(429, headers={"Retry-After": "60"})


def _guessed(name: str) -> str:
    """What a name is counted by: as short for a name of a whole form as for one of ours."""
    return f"name {hashlib.sha256(name.encode(errors='replace')).hexdigest()}"


def _by_password(request: Request) -> Person | None:
    """A program's HTTP Basic: it reads, and acts on nothing, because browsers send it along by themselves."""
    name, password = _credentials(request.headers.get("authorization", ""))
    if not name and not password:
        return None
    refuse_guessing(request, name)
    user = people.by_password(name, password)
    if user is None:
        count_wrong(request, name)
        return None
    return Person(user.name, user.role, "basic")


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password
