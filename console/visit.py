"""What is known of the request that is being answered: who asks, in which language, with which colours.

Templates and texts read it from here, so that a page is rendered without being handed the request.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Final, Literal

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection

from kit import locales

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from console.people import Role

LANGUAGES: Final = {"es": "Español", "en": "English"}
THEMES: Final = ("system", "light", "dark")
LANGUAGE_COOKIE: Final = "opsflows_language"
THEME_COOKIE: Final = "opsflows_theme"
_A_YEAR_S: Final = 365 * 86_400
_SECURE: Final = "__Host-"


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks.

    Attributes:
        name: as they signed in.
        role: `reader` sees, `operator` acts.
        via: how they proved it: `password` and `proxy` have a session, `basic` is a program.
        csrf: what each form of theirs must carry; blank without a session.
        session: SHA-256 of their cookie; blank without a session.
    """

    name: str
    role: Role
    via: Literal["password", "proxy", "basic"]
    csrf: str = ""
    session: bytes = b""

    @property
    def acts(self) -> bool:
        """Whether they may press buttons: programs with a password only read."""
        return self.role == "operator" and bool(self.csrf)


@dataclass(slots=True)
class Visit:
    """One request.

    Attributes:
        path: with its query, to come back to; `/` when a form was sent.
        theme: `system`, `light` or `dark`.
        secure: whether the browser speaks TLS, to us or to a proxy that is believed.
        person: None while nobody is known.
        has_notice: whether the session has something to tell.
        cookies: `Set-Cookie` headers of the answer.
    """

    path: str = "/"
    theme: str = "system"
    secure: bool = False
    person: Person | None = None
    has_notice: bool = False
    cookies: list[str] = field(default_factory=list)

    def set_cookie(self, name: str, value: str, *, lives_s: int | None = None, gone: bool = False) -> None:
        """Have the answer set a cookie that no script reads and no other site's page sends; None: with the browser."""
        found: SimpleCookie = SimpleCookie({self.cookie(name): value})
        morsel = found[self.cookie(name)]
        morsel["path"], morsel["samesite"] = "/", "Strict"
        morsel["httponly"], morsel["secure"] = True, self.secure
        if lives_s is not None or gone:
            morsel["max-age"] = 0 if gone else lives_s
        self.cookies.append(morsel.OutputString())

    def is_at(self, address: str) -> bool:
        """Whether this is the page at an address of the navigation, or one below it."""
        path = self.path.partition("?")[0]
        return path == address or (address != "/" and path.startswith(f"{address}/"))

    @property
    def here(self) -> str:
        """Where to come back to after a form that belongs to no page."""
        return self.path

    def cookie(self, name: str) -> str:
        """A cookie's name; behind TLS one that only this host itself can set."""
        return f"{_SECURE if self.secure else ''}{name}"

    def prefer(self, name: str, value: str) -> None:
        """Remember a language or a theme for a year."""
        self.set_cookie(name, value, lives_s=_A_YEAR_S)


_current: ContextVar[Visit | None] = ContextVar("visit", default=None)


def current() -> Visit:
    """The visit that is being answered; an empty one outside a request."""
    return _current.get() or Visit()


class Visits:
    """ASGI middleware: makes the visit before everything else, and hands out its cookies."""

    def __init__(self, app: ASGIApp) -> None:
        """Keep the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        visit = _visit(asked)
        token = _current.set(visit)
        language = asked.cookies.get(visit.cookie(LANGUAGE_COOKIE), "")

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for cookie in visit.cookies:
                    headers.append("Set-Cookie", cookie)
            await send(message)

        try:
            with locales.spoken(language if language in LANGUAGES else None):
                await self.app(scope, receive, answer)
        finally:
            _current.reset(token)


def _visit(asked: HTTPConnection) -> Visit:
    query = asked.url.query
    path = asked.url.path + (f"?{query}" if query else "")
    visit = Visit(path if asked.scope["method"] == "GET" else "/", secure=asked.url.scheme == "https")
    theme = asked.cookies.get(visit.cookie(THEME_COOKIE), "")
    visit.theme = theme if theme in THEMES else "system"
    return visit
